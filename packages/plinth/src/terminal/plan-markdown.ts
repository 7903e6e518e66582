/** A plan as a comment on a pull request: the sum and what moves in sight, everything else folded. */
import type { Plan, PlannedChange, PlannedDifference, PlannedLayer } from "@plinth/deployer";
import { marks, valueText } from "./change-lines.ts";
import type { BlockContent } from "./plan-blocks.ts";
import { riskGroups, summaryText } from "./plan-text.ts";
import { basisText, spanText } from "./time-lines.ts";

type Changed = Pick<PlannedLayer, "stack" | "layer" | "changes">;

export function planMarkdown(plan: Plan, blocks: readonly BlockContent[] = [], signature?: string): string[] {
  const where = plan.target === "embedded" ? "the embedded cloud" : `AWS ${plan.region}`;
  const lines = [
    `### Plan: ${plan.app} ${plan.stage} in ${where}${plan.first ? ", for the first time" : ""}`,
    "",
    `**${summaryText(plan)}**`,
  ];
  if (plan.time.criticalPath.length > 0) lines.push(`About ${spanText(plan.time.seconds)}.`);
  lines.push(...changesMarkdown(plan.layers));
  const touched = plan.data.filter(({ event }) => event !== "none" && event !== "created");
  if (touched.length > 0)
    lines.push("", "#### Data", "", ...touched.map(({ text, fate }) => `- ${fate === "lost" ? "🔴 " : ""}${escaped(text)}`));
  const calm = plan.data.filter((one) => !touched.includes(one));
  if (calm.length > 0) {
    lines.push(
      ...folded(`Data that is ${plan.first ? "made" : "kept"}: ${calm.length}`, [
        "| what | | protection |",
        "|---|---|---|",
        ...calm.map(({ key, logicalId, fate, protection }) =>
          row([code(key ?? logicalId), fate === "new" ? "made, empty" : "kept", protection.join(", ") || "none"]),
        ),
      ]),
    );
  }
  if (plan.drift.length > 0) {
    lines.push("", "#### Drift", "", "| resource | property | deployed | now |", "|---|---|---|---|");
    for (const { logicalId, status, differences } of plan.drift) {
      if (status === "deleted") lines.push(row([code(logicalId), "", "", "deleted by hand"]));
      for (const { path, expected = "", actual = "" } of differences)
        lines.push(row([code(logicalId), code(path), code(expected), code(actual)]));
    }
  }
  for (const block of blocks) {
    const some = block.markdown();
    if (some.length > 0) lines.push("", ...some);
  }
  if (plan.missingSecrets.length > 0) lines.push("", `**Secrets without a value:** ${plan.missingSecrets.map(code).join(", ")}`);
  if (plan.notes.length > 0) lines.push("", ...plan.notes.map((note) => `> ${escaped(note)}`));
  if (plan.time.criticalPath.length > 0) {
    lines.push(
      ...folded(`Time: about ${spanText(plan.time.seconds)}`, [
        ...plan.time.criticalPath.map(({ step, seconds }) => `1. ${escaped(step)}, ${spanText(seconds)}`),
        "",
        `${basisText(plan.time)}.`,
      ]),
    );
  }
  if (signature !== undefined) lines.push("", `<sub>${signature}</sub>`);
  return lines;
}

/** What moves as a table in sight; changes in place and what is made are folded, by layer. */
export function changesMarkdown(layers: readonly Changed[]): string[] {
  const lines: string[] = [];
  for (const { title, actions } of riskGroups) {
    const some = layers.flatMap((layer) =>
      layer.changes.filter(({ action }) => actions.includes(action)).map((change) => ({ layer, change })),
    );
    if (some.length === 0) continue;
    const rows = some.flatMap(({ layer, change }) => changeRows(change, layer.layer ?? layer.stack));
    const body = ["| | resource | what | was | becomes | |", "|---|---|---|---|---|---|", ...rows];
    const moves = ["replaced", "interrupted", "deleted"].includes(title);
    const heading = `${title.charAt(0).toUpperCase()}${title.slice(1)}: ${some.length}`;
    lines.push(...(moves ? ["", `#### ${heading}`, "", ...body] : folded(heading, body)));
  }
  return lines;
}

function changeRows(change: PlannedChange, layer: string): string[] {
  const { mark } = marks[change.action];
  const place = change.source === undefined ? layer : `${layer}, ${change.source}`;
  const name = `${change.key === undefined ? "" : `${code(change.key)} `}${code(change.logicalId)} ${change.type}<br><sub>${escaped(place)}</sub>`;
  if (change.differences.length === 0)
    return [
      row([
        code(mark),
        name,
        change.properties.map(code).join(", "),
        "",
        "",
        change.replaces === undefined ? "" : `takes the place of ${code(change.replaces)}`,
      ]),
    ];
  return change.differences.map((one, index) =>
    row([index === 0 ? code(mark) : "", index === 0 ? name : "", code(one.path), side(one, "before"), side(one, "after"), note(one)]),
  );
}

function side(one: PlannedDifference, which: "before" | "after"): string {
  const value = one[which];
  return value === undefined
    ? ""
    : code(valueText({ ...one, before: undefined, after: value } as PlannedDifference, false).replace(/^\+ /, ""));
}

function note({ effect, interruption, because, known }: PlannedDifference): string {
  return [
    effect === "in place" ? "" : `**${effect}**`,
    interruption ?? "",
    because === undefined ? "" : `because of ${because}`,
    known ? "" : "known after deploy",
  ]
    .filter((part) => part !== "")
    .map(escaped)
    .join(", ");
}

const folded = (summary: string, body: string[]) => ["", `<details><summary>${escaped(summary)}</summary>`, "", ...body, "", "</details>"];
const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

/** In a table cell a bar would end the cell, also within code. */
function code(text: string): string {
  if (text === "") return "";
  const plain = text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
  return plain.includes("`") ? `\`\` ${plain} \`\`` : `\`${plain}\``;
}

const escaped = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
