/** What updates from templates to templates would do, without a cloud: the same view as a plan's, of anybody's templates. */
import { diffTemplates, sameValue, type Template, transformsNotRun } from "@plinth/cloudformation";
import { resourceTypeSchema } from "@plinth/cloudformation/resource-types";
import { dataFate, type DataFate } from "../data-fate.ts";
import { plannedChange, type PlannedChange } from "./planned-change.ts";

export interface TemplateDiff {
  layers: {
    stack: string;
    layer: undefined;
    action: "create" | "update" | "delete" | "none";
    changes: PlannedChange[];
    others: OtherChange[];
  }[];
  data: DataFate[];
  /** Types that no schema is known of here. */
  unknownTypes: string[];
  /** Transforms that are not run here: what they make is not compared. */
  notTransformed: { stack: string; transform: string }[];
  summary: Record<"create" | "update" | "interrupt" | "replace" | "delete", number>;
}

/** A part of a template that is no resource. */
export interface OtherChange {
  section: "parameter" | "mapping" | "condition" | "output" | "rule";
  name: string;
  change: "add" | "change" | "remove";
}

const sections = { parameter: "Parameters", mapping: "Mappings", condition: "Conditions", output: "Outputs", rule: "Rules" } as const;

/** Parameters count with their defaults: one whose default changes changes what names it. */
export function diffStacks(pairs: readonly { name: string; before: Template | undefined; after: Template | undefined }[]): TemplateDiff {
  const data: DataFate[] = [];
  const unknown = new Set<string>();
  const layers = pairs.map(({ name, before, after = { Resources: {} } }) => {
    const [old, next] = [defaults(before), defaults(after)];
    const changed = new Set(
      [...next].flatMap(([parameter, value]) => (old.has(parameter) && old.get(parameter) !== value ? [parameter] : [])),
    );
    const differences = diffTemplates(before, after, changed);
    const sides = {
      before,
      after,
      beforeValues: new Map<string, string>(),
      afterValues: new Map<string, string>(),
      changedParameters: changed,
    };
    data.push(...dataFate({ stack: name, keyOf: () => undefined, differences, deployed: before, next: after }));
    for (const { type } of differences) if (!resourceTypeSchema(type)) unknown.add(type);
    const others = otherChanges(before, after);
    const gone = Object.keys(after.Resources).length === 0;
    const action = !before ? "create" : gone ? "delete" : differences.length + others.length > 0 ? "update" : "none";
    return {
      stack: name,
      layer: undefined,
      action,
      changes: differences.map((one) => plannedChange(one, sides, differences)),
      others,
    } as const;
  });
  const all = layers.flatMap(({ changes }) => changes.map(({ action }) => action));
  const count = (...actions: string[]) => all.filter((action) => actions.includes(action)).length;
  return {
    layers: [...layers],
    data,
    unknownTypes: [...unknown].sort(),
    notTransformed: pairs.flatMap(({ name, before, after }) =>
      [...new Set([before, after].flatMap((one) => (one ? transformsNotRun(one) : [])))].map((transform) => ({ stack: name, transform })),
    ),
    summary: {
      create: count("create"),
      update: count("update", "metadata", "interrupt", "revise"),
      interrupt: count("interrupt"),
      replace: count("replace", "perhaps-replace"),
      delete: count("delete"),
    },
  };
}

const defaults = (template: Template | undefined) =>
  new Map(
    Object.entries(template?.Parameters ?? {}).flatMap(([name, { Default }]) =>
      Default === undefined ? [] : [[name, String(Default)] as const],
    ),
  );

function otherChanges(before: Template | undefined, after: Template): OtherChange[] {
  return (Object.keys(sections) as (keyof typeof sections)[]).flatMap((section) => {
    const [old, next] = [before?.[sections[section]] ?? {}, after[sections[section]] ?? {}] as Record<string, unknown>[];
    return [...new Set([...Object.keys(next!), ...Object.keys(old!)])].flatMap((name): OtherChange[] => {
      const [one, other] = [old![name], next![name]];
      if (sameValue(one, other)) return [];
      return [{ section, name, change: one === undefined ? "add" : other === undefined ? "remove" : "change" }];
    });
  });
}
