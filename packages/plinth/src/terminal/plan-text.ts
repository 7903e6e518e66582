/**
 * A plan as people read it. What moves comes first (replaced, interrupted, deleted), then changes in place, then what is made; then what
 * becomes of data, drift, secrets, time, and a sum. Short unless everything is asked for.
 */
import type { Plan, PlannedChange, PlannedLayer } from "@plinth/deployer";
import type { BlockContent } from "./plan-blocks.ts";
import { changeLines, type Style } from "./change-lines.ts";
import { dataLines } from "./data-lines.ts";
import { driftLines } from "./drift-lines.ts";
import { timeLines } from "./time-lines.ts";
import { wrapped } from "./width.ts";

/** @param blocks what else is told of the plan: price, reach, findings. */
export function planText(plan: Plan, style: Style, blocks: readonly BlockContent[] = []): string[] {
  const { colours, columns } = style;
  const where = plan.target === "embedded" ? "the embedded cloud" : `AWS ${plan.region}`;
  const lines = wrapped(`${colours.bold(`${plan.app} ${plan.stage}`)} in ${where}${plan.first ? ", for the first time" : ""}`, columns);
  const section = (some: string[]) => {
    if (some.length > 0) lines.push("", ...some);
  };
  for (const one of changeSections(plan.layers, style)) section(one);
  const made = plan.images.filter(({ action }) => action === "make");
  if (made.length > 0) section(wrapped(`${colours.bold("images")} ${made.map(({ name }) => name).join(", ")}`, columns));
  section(dataLines(plan, style));
  section(driftLines(plan, style));
  for (const block of blocks) section(block.lines(style));
  if (plan.missingSecrets.length > 0) {
    section([
      ...wrapped(colours.yellow(`secrets without a value: ${plan.missingSecrets.join(", ")}`), columns),
      ...wrapped(colours.dim("  the deploy stops before databases and programs until they are set: plinth secrets set NAME"), columns),
    ]);
  }
  section(plan.notes.flatMap((note) => wrapped(colours.dim(note), columns)));
  section(timeLines(plan, style));
  section(wrapped(summaryText(plan), columns));
  return lines;
}

export function summaryText({ summary, images }: Pick<Plan, "summary" | "images">): string {
  const parts = [
    [summary.create, "to create"],
    [summary.update, summary.interrupt > 0 ? `to update (${summary.interrupt} with an interruption)` : "to update"],
    [summary.replace, "to replace"],
    [summary.delete, "to delete"],
    [images.filter(({ action }) => action === "make").length, "images to make"],
  ] as const;
  const some = parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${count === 1 ? what.replace("images", "image") : what}`);
  return some.length > 0 ? `${some.join(", ")}.` : "Nothing to change.";
}

/** By risk, the greatest first. */
export const riskGroups: readonly { title: string; actions: readonly PlannedChange["action"][] }[] = [
  { title: "replaced", actions: ["replace", "perhaps-replace"] },
  { title: "interrupted", actions: ["interrupt"] },
  { title: "deleted", actions: ["delete"] },
  { title: "changed in place", actions: ["update", "revise", "metadata"] },
  { title: "made", actions: ["create"] },
];

/** The sections that tell the changes of stacks or templates, those that are empty left out. */
export function changeSections(layers: readonly Pick<PlannedLayer, "stack" | "layer" | "changes">[], style: Style): string[][] {
  return riskGroups.flatMap(({ title, actions }) => {
    const some = layers
      .map((layer) => ({ ...layer, changes: layer.changes.filter(({ action }) => actions.includes(action)) }))
      .filter(({ changes }) => changes.length > 0);
    if (some.length === 0) return [];
    const short = title === "made" && !style.verbose;
    const body = short ? madeLines(some, style) : some.flatMap((layer) => layerLines(layer, style));
    return [[style.colours.bold(title), ...body]];
  });
}

/** In groups by the thing of the inventory that they come from, in the order of the template. */
function layerLines({ stack, layer, changes }: Pick<PlannedLayer, "stack" | "layer" | "changes">, style: Style): string[] {
  const groups = Map.groupBy(changes, ({ key = "" }) => key);
  const { colours } = style;
  const head = colours.dim(`  ${layer === undefined ? stack : `${layer}, ${stack}`}`);
  return [
    head,
    ...[...groups].flatMap(([key, group]) => {
      const source = group.find((change) => change.source !== undefined)?.source;
      const title = key === "" ? [] : [`  ${key}${source === undefined ? "" : colours.dim(` ${source}`)}`];
      return [...title, ...group.flatMap((change) => changeLines(change, style, "    "))];
    }),
  ];
}

/** Each layer in a line: how many, and of what. */
function madeLines(layers: readonly Pick<PlannedLayer, "stack" | "layer" | "changes">[], { colours, columns }: Style): string[] {
  const name = ({ layer, stack }: Pick<PlannedLayer, "stack" | "layer">) => layer ?? stack;
  const widest = Math.max(...layers.map((one) => name(one).length));
  return layers.flatMap((one) => {
    const parts = [...Map.groupBy(one.changes, ({ key, logicalId }) => key ?? logicalId)].map(([key, group]) =>
      group.length === 1 ? key : `${key} ${group.length}`,
    );
    const count = String(one.changes.length).padStart(4);
    const head = `  ${colours.green("+")} ${name(one).padEnd(widest)} ${count}  `;
    const [first = "", ...rest] = wrapped(parts.join(", "), Math.max(20, columns - widest - 11));
    return [head + first, ...rest.map((more) => " ".repeat(widest + 11) + more.trimStart())];
  });
}
