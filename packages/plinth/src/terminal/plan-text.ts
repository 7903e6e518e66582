/** A plan as people read it: layer by layer, then data, secrets, and a sum. */
import type { Plan, PlannedChange, PlannedLayer } from "@plinth/deployer";
import type { Colours } from "./terminal.ts";

export function planText(plan: Plan, colours: Colours): string[] {
  const where = plan.target === "embedded" ? "the embedded cloud" : `AWS ${plan.region}`;
  const lines = [`${colours.bold(`${plan.app} ${plan.stage}`)} in ${where}${plan.first ? ", for the first time" : ""}`];
  for (const layer of plan.layers) {
    if (layer.action === "none") continue;
    lines.push("", `${colours.bold(layer.layer ?? layer.stack)} ${colours.dim(`${layer.stack}, ${layer.action}`)}`);
    lines.push(...layerLines(layer, colours));
  }
  const images = plan.images.filter(({ action }) => action === "make");
  if (images.length > 0) lines.push("", `${colours.bold("images")} ${images.map(({ name }) => name).join(", ")}`);
  if (plan.data.length > 0) {
    lines.push("", colours.bold("data"));
    for (const { text, fate } of plan.data) lines.push(`  ${fate === "lost" ? colours.red(`! ${text}`) : colours.yellow(`  ${text}`)}`);
  }
  if (plan.missingSecrets.length > 0) {
    lines.push("", colours.yellow(`secrets without a value: ${plan.missingSecrets.join(", ")}`));
    lines.push(colours.dim("  the deploy stops before databases and programs until they are set: plinth secrets set NAME"));
  }
  if (plan.notes.length > 0) lines.push("", ...plan.notes.map((note) => colours.dim(note)));
  lines.push("", summaryText(plan));
  return lines;
}

export function summaryText({ summary, images }: Plan): string {
  const parts = [
    [summary.create, "to create"],
    [summary.update, "to update"],
    [summary.replace, "to replace"],
    [summary.delete, "to delete"],
    [images.filter(({ action }) => action === "make").length, "images to make"],
  ] as const;
  const some = parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${count === 1 ? what.replace("images", "image") : what}`);
  return some.length > 0 ? `${some.join(", ")}.` : "Nothing to change.";
}

const marks: Record<PlannedChange["action"], { mark: string; colour: "green" | "yellow" | "red" | "magenta" }> = {
  create: { mark: "+", colour: "green" },
  update: { mark: "~", colour: "yellow" },
  metadata: { mark: "~", colour: "yellow" },
  replace: { mark: "±", colour: "magenta" },
  "perhaps-replace": { mark: "~", colour: "magenta" },
  delete: { mark: "-", colour: "red" },
};

/** In groups by the thing of the inventory that they come from, in the order of the template. */
function layerLines({ changes }: PlannedLayer, colours: Colours): string[] {
  const groups = new Map<string, PlannedChange[]>();
  for (const change of changes) {
    const key = change.key ?? "";
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return [...groups].flatMap(([key, group]) => {
    const source = group.find((change) => change.source !== undefined)?.source;
    const head = key === "" ? [] : [`  ${key}${source === undefined ? "" : colours.dim(` ${source}`)}`];
    return [...head, ...group.map((change) => changeLine(change, colours, key === "" ? "  " : "    "))];
  });
}

function changeLine({ action, logicalId, type, properties }: PlannedChange, colours: Colours, indent: string): string {
  const { mark, colour } = marks[action];
  const why = {
    create: "",
    delete: "",
    update: properties.join(", "),
    metadata: "its policies or its description",
    replace: properties.length > 0 ? `replaced by a new one: ${properties.join(", ")}` : "replaced by a new one, with what it names",
    "perhaps-replace": `may be replaced by a new one: ${properties.join(", ")}`,
  }[action];
  return `${indent}${colours[colour](mark)} ${logicalId} ${colours.dim(type)}${why === "" ? "" : ` ${colours.dim("·")} ${why}`}`;
}
