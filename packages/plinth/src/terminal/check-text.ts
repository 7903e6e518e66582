/** Findings as a page: the gravest first, one line for each rule with the things it speaks of. */
import { howToTransform } from "@plinth/cloudformation";
import type { CheckReport, Finding } from "@plinth/policy";
import { brokenText } from "./reach-text.ts";
import { table } from "./table.ts";
import type { Colours } from "./terminal.ts";
import { inLines, shownWidth, wrapped as fitted } from "./width.ts";

interface Page {
  colours: Colours;
  columns: number;
  verbose: boolean;
  /** The name and version of what looked as well. */
  validator?: string | undefined;
}

export function checkText(title: string, report: CheckReport, page: Page): string[] {
  const { colours, verbose } = page;
  const lines = [...fitted(title, page.columns).map((line) => colours.bold(line)), ...brokenText(report.broken, colours)];
  for (const severity of ["high", "medium", "low"] as const) {
    const found = report.findings.filter((one) => one.severity === severity);
    if (found.length === 0 || (severity === "low" && !verbose)) continue;
    lines.push(
      "",
      marked(severity, colours)(severity),
      ...[...Map.groupBy(found, ({ rule }) => rule).values()].flatMap((group) => ruleLines(group, page)),
    );
  }
  if (report.waived.length > 0) lines.push("", colours.bold("waived by the app"), ...waivedLines(report, colours));
  for (const { rule, of } of report.idleWaivers)
    lines.push(colours.yellow(`waive ${rule}${of === undefined ? "" : ` of ${of}`}: nothing here needs it`));
  for (const name of report.unknownNames) lines.push(colours.yellow(`never names ${name}, which is not here`));
  if (report.unknown.length > 0) {
    const types = report.unknown.map(({ type, count }) => (count === 1 ? type : `${type} (${count})`));
    lines.push("", colours.yellow(`unknown to every rule: ${types.join(", ")}`));
  }
  for (const { stack, transform } of report.notTransformed)
    lines.push(...wrapped(`what ${transform} makes of ${stack} was not looked at: ${howToTransform}`, page.columns).map(colours.yellow));
  lines.push("", ...fitted(sum(report, page), page.columns));
  return lines;
}

const marked = (severity: Finding["severity"], colours: Colours) =>
  ({ high: colours.red, medium: colours.yellow, low: colours.dim })[severity];

/** Of one rule. Short: its things in one line. */
function ruleLines(found: readonly Finding[], { colours, columns, verbose }: Page): string[] {
  const { rule, severity, controls, reason, remedy } = found[0]!;
  const head = `  ${marked(severity, colours)(rule)}${controls.length > 0 ? colours.dim(` ${controls.join(", ")}`) : ""}`;
  const things = [...new Map(found.map((one) => [`${one.name} ${one.what}`, one])).values()];
  if (verbose) {
    const rows = things.map(({ name, logicalId, what, source, stack }) => [
      name,
      what,
      colours.dim([logicalId === name ? undefined : logicalId, source ?? stack].filter((one) => one !== undefined && one !== "").join(" ")),
    ]);
    const said = (word: string, text: string) => {
      const [first = "", ...more] = inLines(text, columns - 10);
      return [`    ${colours.dim(word)}${" ".repeat(6 - word.length)}${first}`, ...more.map((line) => " ".repeat(10) + line)];
    };
    return [...fitted(head, columns), ...thingLines(rows, columns), ...said("why", reason), ...said("helps", remedy)];
  }
  const byWhat = [...Map.groupBy(things, ({ what }) => what)].map(([what, same]) => {
    const names = [...new Set(same.map(({ name, source }) => (source === undefined ? name : `${name} ${colours.dim(source)}`)))];
    return `    ${names.slice(0, 4).join(", ")}${names.length > 4 ? ` and ${names.length - 4} more` : ""}: ${what}`;
  });
  return [head, ...byWhat, ...wrapped(remedy, columns).map((line) => colours.dim(`    ${line}`))];
}

/** Side by side where that fits, else below each other. */
function thingLines(rows: readonly string[][], columns: number): string[] {
  const lines = table(rows, "    ");
  if (lines.every((line) => shownWidth(line) <= columns)) return lines;
  return rows.flatMap(([name = "", what = "", where = ""]) => [
    `    ${name}`,
    ...inLines(what, columns - 6).map((line) => `      ${line}`),
    ...(shownWidth(where) > 0 ? [`      ${where}`] : []),
  ]);
}

function wrapped(text: string, columns: number): string[] {
  const width = Math.max(40, columns - 4);
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function waivedLines({ waived }: CheckReport, colours: Colours): string[] {
  const groups = Map.groupBy(waived, ({ rule, because }) => `${rule}\n${because}`);
  return [...groups.values()].map((group) => {
    const { rule, because } = group[0]!;
    return `  ${rule} ${colours.dim([...new Set(group.map(({ name }) => name))].join(", "))}  ${because}`;
  });
}

function sum({ findings, rules, resources, waived, broken }: CheckReport, { colours, verbose, validator }: Page): string {
  const count = (severity: Finding["severity"]) => findings.filter((one) => one.severity === severity).length;
  const low = count("low");
  const looked = `${rules} rules over ${resources} resources${validator === undefined ? "" : `, and ${validator}`}`;
  if (findings.length === 0 && broken.length === 0) return colours.green(`Nothing found: ${looked}.`);
  const parts = [
    ...(broken.length > 0 ? [`${broken.length} never broken`] : []),
    `${count("high")} high`,
    `${count("medium")} medium`,
    `${low} low${low > 0 && !verbose ? " (--verbose shows them)" : ""}`,
    ...(waived.length > 0 ? [`${waived.length} waived`] : []),
  ];
  return `${parts.join(", ")}: ${looked}.`;
}
