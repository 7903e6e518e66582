/** Which behavior serves a path: the first whose pattern fits. Source: CloudFront Developer Guide, "Path pattern". */
import type { BehaviorSpec, EdgeSpec } from "./specification.ts";

const compiled = new WeakMap<BehaviorSpec, RegExp>();

/** `*` stands for any characters, `?` for one; letters count as they are, and the slash at the beginning may be left out. */
export function pathMatcher(pattern: string): RegExp {
  const text = pattern.startsWith("/") || pattern.startsWith("*") ? pattern : `/${pattern}`;
  const source = text
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s");
}

export function behaviorFor({ behaviors }: Pick<EdgeSpec, "behaviors">, path: string): BehaviorSpec {
  for (const behavior of behaviors) {
    let matcher = compiled.get(behavior);
    if (!matcher) compiled.set(behavior, (matcher = pathMatcher(behavior.pattern)));
    if (matcher.test(path)) return behavior;
  }
  return behaviors.at(-1)!;
}
