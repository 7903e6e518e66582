/** What happened in a rehearsal: what was made anew before, each step of the update, how it ended, how the stacks stood afterwards. */
import type { Rehearsal } from "@plinth/deployer/plan/rehearsal";
import type { Style } from "./change-lines.ts";
import { table } from "./table.ts";
import { spanText } from "./time-lines.ts";
import { wrapped } from "./width.ts";

export function rehearsalLines(rehearsal: Rehearsal, { colours, columns, verbose }: Style): string[] {
  const { steps, failure, outcome } = rehearsal;
  const done = steps.filter(({ state }) => state !== "skipped" || verbose);
  const mark = { finished: colours.green("✓"), skipped: colours.dim("·"), failed: colours.red("✗") };
  return [
    colours.bold("rehearsal in a throw-away embedded cloud"),
    ...wrapped(colours.dim(`  ${seededText(rehearsal)}`), columns),
    ...done.flatMap(({ state, id, detail, seconds }) =>
      wrapped(`  ${mark[state]} ${id}${detail === undefined ? "" : ` ${colours.dim(detail)}`} ${colours.dim(spanText(seconds))}`, columns),
    ),
    ...(failure
      ? [failure.message, ...(verbose ? failure.evidence : failure.evidence.slice(0, 5))].flatMap((line) =>
          wrapped(`  ${colours.red(line)}`, columns),
        )
      : []),
    ...table(dataRows(rehearsal), "  "),
    ...wrapped(`  ${outcome === "done" ? colours.green(outcomeText(rehearsal)) : colours.yellow(outcomeText(rehearsal))}`, columns),
  ];
}

export function rehearsalMarkdown(rehearsal: Rehearsal): string[] {
  const { steps, failure } = rehearsal;
  return [
    "#### Rehearsal",
    "",
    `${seededText(rehearsal)} ${outcomeText(rehearsal)}`,
    "",
    ...steps
      .filter(({ state }) => state !== "skipped")
      .map(({ id, state, seconds }) => `- ${state === "failed" ? "❌" : "✅"} ${id}, ${spanText(seconds)}`),
    ...dataRows(rehearsal).map(([database, name, before, after]) => `- ${database} ${name}: ${before} ${after}`.trimEnd()),
    ...(failure ? ["", "```", failure.message, ...failure.evidence, "```"] : []),
  ];
}

function seededText({ seeded, data }: Rehearsal): string {
  if (seeded === 0) return "Nothing stands yet: it begins empty.";
  const rows = data ? data.map(({ database, of }) => `${database} with the rows of ${of}`).join(", ") : "databases are empty";
  return `It begins with ${seeded} ${seeded === 1 ? "stack" : "stacks"} made anew from the templates that are deployed; ${rows}.`;
}

/** Of each table the rows before and after the update. */
function dataRows({ data = [] }: Rehearsal): string[][] {
  const number = (rows: number | null) => (rows === null ? "no table" : rows < 0 ? "not readable" : `${rows} rows`);
  return data.flatMap(({ database, tables }) =>
    tables.map(({ name, before, after }) => [database, name, number(before), before === after ? "" : `→ ${number(after)}`]),
  );
}

function outcomeText({ outcome, seconds, failedAt, stacks }: Rehearsal): string {
  if (outcome === "not-seeded") return "What stands could not be made anew here, so the update was not rehearsed.";
  const took = `in ${spanText(seconds)}`;
  if (outcome === "done") return `The update went through ${took}.`;
  const back = stacks.filter(({ status }) => status.includes("ROLLBACK")).map(({ stack, status }) => `${stack} ${status}`);
  const why = failedAt === undefined ? "The update failed" : `The update failed at ${failedAt}, as it was asked to,`;
  return `${why} ${took}${back.length > 0 ? `; rolled back: ${back.join(", ")}` : ""}. Stacks that had not begun stayed as they were.`;
}
