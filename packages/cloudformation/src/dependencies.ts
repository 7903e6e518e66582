/** Which resource needs which: by `Ref`, `Fn::GetAtt`, `Fn::Sub` and DependsOn. */
import type { Template } from "./template.ts";
import { TemplateError } from "./template-error.ts";
import { references } from "./walk.ts";

/**
 * For every active resource those that must stand before it. Of `Fn::If` only the chosen branch counts where `conditions`
 * is given.
 */
export function dependencies(
  template: Template,
  isActive: (logicalId: string) => boolean = () => true,
  conditions?: Readonly<Record<string, boolean>>,
): Map<string, Set<string>> {
  const active = Object.keys(template.Resources).filter(isActive);
  const known = new Set(active);
  return new Map(
    active.map((logicalId) => {
      const resource = template.Resources[logicalId]!;
      const named = [...references(resource.Properties ?? {}, conditions).map(({ name }) => name), ...[resource.DependsOn ?? []].flat()];
      return [logicalId, new Set(named.filter((name) => known.has(name) && name !== logicalId))];
    }),
  );
}

/**
 * The resources in an order in which each stands behind what it needs; ties in the order of the template.
 * @throws TemplateError `Circular dependency between resources: [A, B]`.
 */
export function inOrder(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const order: string[] = [];
  const done = new Set<string>();
  let waiting = [...graph.keys()];
  while (waiting.length > 0) {
    const ready = waiting.filter((logicalId) => [...graph.get(logicalId)!].every((need) => done.has(need) || !graph.has(need)));
    if (ready.length === 0) throw new TemplateError(`Circular dependency between resources: [${onCycles(graph, waiting).join(", ")}]`);
    for (const logicalId of ready) {
      order.push(logicalId);
      done.add(logicalId);
    }
    waiting = waiting.filter((logicalId) => !done.has(logicalId));
  }
  return order;
}

/** Of what is left without an order, that which lies on a circle, not what merely waits for one. */
function onCycles(graph: ReadonlyMap<string, ReadonlySet<string>>, left: readonly string[]): string[] {
  const reaches = (from: string, to: string) => {
    const seen = new Set<string>();
    const stack = [...graph.get(from)!];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (next === to) return true;
      if (seen.has(next) || !graph.has(next)) continue;
      seen.add(next);
      stack.push(...graph.get(next)!);
    }
    return false;
  };
  return left.filter((logicalId) => reaches(logicalId, logicalId));
}
