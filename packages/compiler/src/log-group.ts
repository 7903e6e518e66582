/** Where programs write: a CloudWatch log group for each, or one that several name. */
import type { AnyDeclared } from "@plinth/language/reading";
import type { Compilation } from "./compilation.ts";
import type { Made } from "./value.ts";

export interface LogGroups {
  of(declared: AnyDeclared): Made;
  readonly administration: Made | undefined;
}

const defaultRetain = "30 days";

export function buildLogGroups(compilation: Compilation): LogGroups {
  const { draft, programs, stem, production, inventory, faults } = compilation;
  const byName = new Map<string, { made: Made; retain: string; key: string }>();
  const byProgram = new Map<AnyDeclared, Made>();
  const policies = { DeletionPolicy: "Delete", UpdateReplacePolicy: production ? "Retain" : "Delete" } as const;

  for (const { named } of programs) {
    const { group = `/ecs/${stem}/${named.kebab}`, retain = defaultRetain } = named.declared.options.logs ?? {};
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
      draft.add("storage", `${named.id}LogGroup`, { ...compilation.origin(named), part: "LogGroup" }, () => ({
        Type: "AWS::Logs::LogGroup",
        ...policies,
        Properties: { LogGroupName: group, ...retention(retain) },
      }));
    if (!shared) byName.set(group, { made, retain, key: named.key });
    byProgram.set(named.declared, made);
  }
  const databases = inventory.of("postgres");
  const administration =
    databases.length > 0
      ? draft.add("storage", "AdministrationLogGroup", { key: databases[0]!.key }, () => ({
          Type: "AWS::Logs::LogGroup",
          DeletionPolicy: "Delete",
          UpdateReplacePolicy: "Delete",
          Properties: { LogGroupName: `/ecs/${stem}/administration`, ...retention(defaultRetain) },
        }))
      : undefined;
  return {
    of(declared) {
      const found = byProgram.get(declared);
      if (!found) throw new Error(`the ${declared.kind} has no log group`);
      return found;
    },
    administration,
  };
}

/** `RetentionInDays` of a log group; nothing for `forever`. */
export function retention(retain: string): { RetentionInDays?: number } {
  return retain === "forever" ? {} : { RetentionInDays: Number.parseInt(retain, 10) };
}
