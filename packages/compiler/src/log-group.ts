/** Where programs write: a CloudWatch log group for each, or one that several name. */
import type { AnyDeclared } from "@plinth/language/reading";
import type { Compilation } from "./compilation.ts";
import { databasesOf } from "./inventory.ts";
import { encrypted } from "./stage-key.ts";
import type { Made } from "./value.ts";

export interface LogGroups {
  of(declared: AnyDeclared): Made;
  /** What CloudWatch calls it. */
  nameOf(declared: AnyDeclared): string;
  readonly administration: Made | undefined;
}

/** As long as one looks back: in production a month, elsewhere a week. */
const defaultRetain = (production: boolean): string => (production ? "30 days" : "7 days");

export function buildLogGroups(compilation: Compilation): LogGroups {
  const { draft, programs, stem, production, inventory, faults, key } = compilation;
  const byName = new Map<string, { made: Made; retain: string; key: string }>();
  const byProgram = new Map<AnyDeclared, { made: Made; name: string }>();
  const policies = { DeletionPolicy: "Delete", UpdateReplacePolicy: production ? "Retain" : "Delete" } as const;

  for (const { named } of programs) {
    if (named.declared.kind === "appRunner") continue; // it writes into groups of its own
    const { group = `/ecs/${stem}/${named.kebab}`, retain = defaultRetain(production) } = named.declared.options.logs ?? {};
    const shared = byName.get(group);
    if (shared && shared.retain !== retain) {
      faults.add({
        code: "log-group-shared",
        key: named.key,
        message: `${shared.key} and ${named.key} write into ${group}, but keep it for ${shared.retain} and ${retain}: keep one`,
        at: named.declared.source,
      });
    }
    const made =
      shared?.made ??
      draft.add("storage", `${named.id}LogGroup`, { ...compilation.origin(named), part: "LogGroup" }, (here) => ({
        Type: "AWS::Logs::LogGroup",
        ...policies,
        Properties: { LogGroupName: group, ...retention(retain), ...encrypted(here, key) },
      }));
    if (!shared) byName.set(group, { made, retain, key: named.key });
    byProgram.set(named.declared, { made, name: group });
  }
  const databases = databasesOf(inventory);
  const administration =
    databases.length > 0
      ? draft.add("storage", "AdministrationLogGroup", { key: databases[0]!.key }, (here) => ({
          Type: "AWS::Logs::LogGroup",
          DeletionPolicy: "Delete",
          UpdateReplacePolicy: "Delete",
          Properties: {
            LogGroupName: `/ecs/${stem}/administration`,
            ...retention(defaultRetain(production)),
            ...encrypted(here, key),
          },
        }))
      : undefined;
  const found = (declared: AnyDeclared) => {
    const one = byProgram.get(declared);
    if (!one) throw new Error(`the ${declared.kind} has no log group`);
    return one;
  };
  return {
    of: (declared) => found(declared).made,
    nameOf: (declared) => found(declared).name,
    administration,
  };
}

/** `RetentionInDays` of a log group; nothing for `forever`. */
export function retention(retain: string): { RetentionInDays?: number } {
  return retain === "forever" ? {} : { RetentionInDays: Number.parseInt(retain, 10) };
}
