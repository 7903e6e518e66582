/** A changed resource as lines: a mark by its risk, what it is, and each changed entry, old → new. */
import type { PlannedChange, PlannedDifference } from "@plinth/deployer";
import { ofWidth, wrapped } from "./width.ts";
import type { Colours } from "./terminal.ts";

export interface Style {
  colours: Colours;
  /** How wide a line may be. */
  columns: number;
  /** Everything, at any length. */
  verbose: boolean;
}

type Action = PlannedChange["action"];

export const marks: Record<Action, { mark: string; colour: "green" | "yellow" | "red" | "magenta" }> = {
  create: { mark: "+", colour: "green" },
  update: { mark: "~", colour: "yellow" },
  metadata: { mark: "~", colour: "yellow" },
  revise: { mark: "~", colour: "yellow" },
  interrupt: { mark: "!", colour: "magenta" },
  replace: { mark: "±", colour: "red" },
  "perhaps-replace": { mark: "?", colour: "magenta" },
  delete: { mark: "-", colour: "red" },
};

/** How many entries of a resource are shown when not everything is. */
const shownEntries = 5;

/** Paths up to this length stand in a column; a longer one has its value below it, or behind it. */
const longestPath = 34;

export function changeLines(change: PlannedChange, { colours, columns, verbose }: Style, indent: string): string[] {
  const { mark, colour } = marks[change.action];
  const head = `${indent}${colours[colour](mark)} ${change.logicalId} ${colours.dim(change.type)}`;
  const entries = verbose ? change.differences : change.differences.slice(0, shownEntries);
  const widest = Math.max(0, ...entries.map(({ path }) => path.length).filter((length) => length <= longestPath));
  const lines = entries.flatMap((one) => entryLines(one, widest, { colours, columns, verbose }, `${indent}    `));
  const left = change.differences.length - entries.length;
  const more = left > 0 ? [colours.dim(`${indent}    and ${left} more (--verbose)`)] : [];
  const why = whyLines(change).map((line) => colours.dim(`${indent}    ${line}`));
  return [head, ...lines, ...more, ...why.flatMap((line) => wrapped(line, columns))];
}

/** What no entry says: that a new one is made, under which name, and what stands still. */
function whyLines({ action, replaces, differences, properties }: PlannedChange): string[] {
  if (action === "replace" && replaces !== undefined)
    return [
      `made beside ${replaces}, which goes when all that use it have moved${properties.length === 0 ? ": it follows what it belongs to" : ""}`,
    ];
  if (action === "replace" && !differences.some(({ effect }) => effect === "replaces"))
    return [properties.length > 0 ? `replaced by a new one: ${properties.join(", ")}` : "replaced by a new one, with what it names"];
  if (action === "perhaps-replace") return ["AWS decides by the values whether it is replaced"];
  if (action === "metadata" && differences.length === 0) return ["its policies or its description"];
  return [...new Set(differences.flatMap(({ interruption }) => (interruption === undefined ? [] : [interruption])))];
}

function entryLines(one: PlannedDifference, widest: number, { colours, columns, verbose }: Style, indent: string): string[] {
  const { path, effect, because } = one;
  const words = [effect === "in place" ? "" : effect, because === undefined ? "" : `because of ${because}`];
  const note = words.filter((part) => part !== "").join(", ");
  const value = valueText(one, verbose);
  const line = `${indent}${path.padEnd(widest)}  ${value}`;
  const dimmed = note === "" ? "" : `  ${colours.dim(note)}`;
  if (line.length + (note === "" ? 0 : note.length + 2) <= columns) return [`${line}${dimmed}`];
  // On a narrow terminal the value stands below its name, and what it becomes below what it was.
  const room = Math.max(20, columns - indent.length - 2);
  const values = value.length <= room ? [value] : value.split(/ (?=→ )/);
  return [...wrapped(`${indent}${path}${dimmed}`, columns), ...values.map((text) => `${indent}  ${verbose ? text : ofWidth(text, room)}`)];
}

export function valueText({ before, after, known }: PlannedDifference, whole: boolean): string {
  const short = (text: string) =>
    whole ? text : ofWidth(text.replaceAll(/(?:\S+\/)?([\w.-]+@sha256:[0-9a-f]{12})[0-9a-f]{52}/g, "$1"), 60);
  const quoted = (text: string) => (text === "" ? '""' : short(text));
  if (before === undefined) return `+ ${quoted(after ?? "")}`;
  if (after === undefined) return `- ${quoted(before)}`;
  const later = known || after.includes("(known after deploy)") ? "" : " (known after deploy)";
  if (before === after) return later === "" ? quoted(before) : `${quoted(before)}${later}`;
  return `${quoted(before)} → ${quoted(after)}${later}`;
}
