/** A price as people read it: things by what they cost, what serves all of them, the sum; then what it rests on. */
import type { Columns, CostLine, Estimate, FreeTier, Saving } from "@plinth/pricing";
import type { Colours } from "./terminal.ts";
import { inLines as wrap, shownWidth } from "./width.ts";

export interface ShownCost {
  title: string;
  estimate: Estimate;
  savings: readonly Saving[];
  free: readonly FreeTier[];
  budget: number | undefined;
  verbose: boolean;
  /** The width of the terminal. */
  columns: number;
}

interface Row extends Columns {
  name: string;
  notes: { text: string; resource: string; cost: number }[];
}

/** Things that cost less share one row, unless all is shown: of the sum, and in dollars where the sum is small itself. */
const small = { ofExpected: 0.002, ofBusy: 0.01, usd: 1 };

export function costText(shown: ShownCost, colours: Colours): string[] {
  const { title, estimate, savings, free, budget, verbose, columns } = shown;
  const { lines, total } = estimate;
  const where = estimate.regions.join(", ");
  const text = [
    ...heading(title, [`${where === "" ? "" : `in ${where}, `}US dollars a month`, `prices of ${estimate.pricesOf}`], shown, colours),
    "",
  ];

  const own = together(
    rowsBy(
      lines.filter(({ shared }) => !shared),
      ({ name }) => name,
    ),
    total,
  );
  const common = rowsBy(
    lines.filter(({ shared }) => shared),
    ({ item }) => item,
  );
  const widest = Math.max(16, ...[...own, ...common].map(({ name }) => name.length + 3));
  const layout: Layout = {
    nameWidth: Math.min(widest, columns < 16 + 3 * figureWidth ? Math.max(4, columns - 3 * figureWidth) : Math.max(16, columns - 40)),
    columns,
    colours,
  };

  text.push(colours.dim(`${"".padEnd(layout.nameWidth)}${figures("idle", "expected", "busy")}`));
  if (verbose) text.push(...allLines(lines, layout));
  else {
    for (const row of own) text.push(...rowText(row, layout));
    if (common.length > 0) text.push(colours.dim("shared"), ...common.flatMap((row) => rowText({ ...row, name: `  ${row.name}` }, layout)));
  }
  text.push(
    ...beside(estimate.notPriced.length > 0 ? "total as priced" : "total", money(total), layout.nameWidth).map((line) =>
      colours.bold(line),
    ),
  );

  if (budget !== undefined) {
    const over = total.expected - budget;
    const sentence =
      over > 0 ? colours.red(`${usd(over)} above the budget of ${usd(budget)}`) : colours.green(`within the budget of ${usd(budget)}`);
    text.push("", sentence);
  }
  const off = free.reduce((sum, one) => sum + one.off, 0);
  const paragraphs = [
    free.length > 0 ? `Free tiers of the account would take off up to ${usd(off)}: ${free.map(({ what }) => what).join(", ")}.` : undefined,
    lines.length > 0 ? `${certainty(estimate)}` : undefined,
  ];
  for (const paragraph of paragraphs)
    if (paragraph !== undefined) text.push("", ...wrap(paragraph, columns).map((line) => colours.dim(line)));

  text.push(...notPricedText(estimate, layout, verbose), ...savingsText(savings, layout, verbose));
  if (!verbose) text.push("", ...wrap(assumedText(lines), columns).map((line) => colours.dim(line)));
  return text;
}

/** On one line where it fits; else what is named, and below it what is said of it. */
function heading(title: string, said: readonly string[], { columns }: ShownCost, colours: Colours): string[] {
  const one = `${colours.bold(title)} ${colours.dim(said.join(", "))}`;
  if (shownWidth(one) <= columns) return [one];
  return [colours.bold(title), ...wrap(said.join(", "), columns - 2).map((line) => colours.dim(`  ${line}`))];
}

/** A name with what stands in its row; a name that is too long for its column has a line of its own. */
const beside = (name: string, figures: string, nameWidth: number): string[] =>
  name.length < nameWidth ? [name.padEnd(nameWidth) + figures] : [name, " ".repeat(nameWidth) + figures];

interface Layout {
  nameWidth: number;
  columns: number;
  colours: Colours;
}

const figureWidth = 10;
const figures = (...cells: string[]) => cells.map((cell) => cell.padStart(figureWidth)).join("");
const money = ({ idle, expected, busy }: Columns) => figures(usd(idle), usd(expected), usd(busy));
export const usd = (amount: number): string => (Math.abs(amount) < 0.005 ? "0.00" : amount.toFixed(2));

/** Lines that belong together, the dearest first. */
function rowsBy(lines: readonly CostLine[], keyOf: (line: CostLine) => string): Row[] {
  const rows = new Map<string, Row>();
  for (const line of lines) {
    const key = keyOf(line);
    const row = rows.get(key) ?? { name: key, idle: 0, expected: 0, busy: 0, notes: [] };
    row.idle += line.idle;
    row.expected += line.expected;
    row.busy += line.busy;
    row.notes.push({ text: line.detail, resource: `${line.stack}/${line.resource}`, cost: line.expected });
    rows.set(key, row);
  }
  return [...rows.values()].toSorted((a, b) => b.expected - a.expected || b.busy - a.busy);
}

/** Small things in one row, with their names. */
function together(rows: readonly Row[], total: Columns): Row[] {
  const expectedLimit = Math.max(small.usd, total.expected * small.ofExpected);
  const busyLimit = Math.max(small.usd, total.busy * small.ofBusy);
  const little = rows.filter(({ idle, expected, busy }) => Math.max(idle, expected) < expectedLimit && busy < busyLimit);
  if (little.length < 3) return [...rows];
  const sum: Row = {
    name: `${little.length} more`,
    idle: 0,
    expected: 0,
    busy: 0,
    notes: little.map(({ name, expected }) => ({ text: name, resource: name, cost: expected })),
  };
  for (const { idle, expected, busy } of little) {
    sum.idle += idle;
    sum.expected += expected;
    sum.busy += busy;
  }
  return [...rows.filter((row) => !little.includes(row)), sum];
}

/** The dearest first; `secret` of four things is `4 secrets`, what one thing says twice (logs, and that they are kept) stands once. */
function counted(row: Row): string {
  const counts = new Map<string, Set<string>>();
  for (const { text, resource } of row.notes.toSorted((a, b) => b.cost - a.cost)) {
    if (text === row.name.trim()) continue;
    const resources = counts.get(text) ?? new Set();
    counts.set(text, resources.add(resource));
  }
  return [...counts]
    .map(([text, { size }]) => (size === 1 ? text : text in plurals ? `${size} ${plurals[text]}` : `${size} × ${text}`))
    .join(", ");
}

/** What stacks have many of. */
const plurals: Readonly<Record<string, string>> = {
  secret: "secrets",
  alarm: "alarms",
  gateway: "gateways",
  "elastic address": "elastic addresses",
  "public IPv4": "public IPv4",
};

/** The notes stand behind the figures, or below them where there is no room. */
function rowText(row: Row, { nameWidth, columns, colours }: Layout): string[] {
  const head = beside(row.name, money(row), nameWidth);
  const start = nameWidth + 3 * figureWidth + 3;
  const room = columns - start;
  const note = counted(row);
  if (note === "") return head;
  if (room < 40 && note.length > room) return [...head, ...wrap(note, columns - 4).map((line) => colours.dim(`    ${line}`))];
  const [first = "", ...more] = wrap(note, room);
  return [...head.slice(0, -1), `${head.at(-1)!}   ${colours.dim(first)}`, ...more.map((line) => " ".repeat(start) + colours.dim(line))];
}

function allLines(lines: readonly CostLine[], { nameWidth, columns, colours }: Layout): string[] {
  const groups = Map.groupBy(lines, ({ name, shared }) => `${shared ? "1" : "0"}${name}`);
  return [...groups]
    .toSorted(([a], [b]) => Number(a[0]) - Number(b[0]))
    .flatMap(([key, group]) => [
      `${colours.bold(key.slice(1))}${key.startsWith("1") ? colours.dim(" shared") : ""}`,
      ...group.flatMap((line) => [
        ...beside(`  ${line.item}`, money(line), nameWidth),
        ...wrap(
          `${quantity(line.quantity)} ${line.unit} × ${line.unitPrice} · ${line.detail} · ${line.confidence}, ${line.asOf === "-" ? "no date" : line.asOf}, source ${line.price.source}`,
          columns - 6,
        ).map((one) => colours.dim(`      ${one}`)),
        ...line.assumptions.flatMap((assumed) =>
          wrap(
            `assumes ${assumed.key} ${quantity(assumed.figures.expected)} (idle ${quantity(assumed.figures.idle)}, busy ${quantity(assumed.figures.busy)}): ${assumed.meaning}${assumed.said ? "; as you said" : ""}`,
            columns - 6,
          ).map((one) => colours.cyan(`      ${one}`)),
        ),
      ]),
    ]);
}

const quantity = (value: number) => Number(value.toFixed(3)).toLocaleString("en-US", { maximumFractionDigits: 3 });

const confidenceInWords: Record<CostLine["confidence"], string> = {
  listed: "read from AWS by you",
  "confirmed-2026": "confirmed in 2026",
  "confirmed-older": "confirmed earlier",
  derived: "derived from such",
  memory: "from memory",
};

/** How much of the sum rests on which kind of price, and which prices are old. */
function certainty({ lines, total, stale }: Estimate): string {
  const shares = new Map<CostLine["confidence"], number>();
  for (const { confidence, expected } of lines) shares.set(confidence, (shares.get(confidence) ?? 0) + expected);
  const parts = [...shares]
    .toSorted((a, b) => b[1] - a[1])
    .map(([confidence, share]) => {
      const percent = total.expected === 0 ? 0 : (share / total.expected) * 100;
      return `${percent > 0 && percent < 1 ? "less than 1" : Math.round(percent)} % ${confidenceInWords[confidence]}`;
    });
  const old = stale.map(({ service, item, asOf }) => `${service} ${item}${/^\d/.test(asOf) ? ` (${asOf})` : ""}`);
  const stalePart = old.length > 0 ? ` Stale, older than a year or without a date: ${old.join(", ")}.` : "";
  return `Of the prices ${parts.join(", ")}.${stalePart}${old.length > 0 ? " plinth cost refresh reads them anew." : ""}`;
}

function notPricedText({ notPriced }: Estimate, { columns, colours }: Layout, verbose: boolean): string[] {
  if (notPriced.length === 0) return [];
  const byReason = [...Map.groupBy(notPriced, ({ type, reason }) => `${type}: ${reason}`)];
  const most = verbose ? byReason.length : 8;
  const lines = byReason
    .slice(0, most)
    .flatMap(([reason, all]) =>
      wrap(`${[...new Set(all.map(({ name }) => name))].join(", ")} (${reason})`, columns - 4).map(
        (line, index) => `${index === 0 ? "  ? " : "    "}${line}`,
      ),
    );
  const more = byReason.length - most;
  return ["", colours.yellow("not priced"), ...lines, ...(more > 0 ? [`    and ${more} more: --verbose`] : [])];
}

function savingsText(savings: readonly Saving[], { columns, colours }: Layout, verbose: boolean): string[] {
  if (savings.length === 0) return [];
  const shown = verbose ? savings : savings.slice(0, 4);
  const lines = shown.flatMap(({ what, saves, tradeOff }) => {
    const [first = "", ...more] = wrap(`${what}: ${tradeOff}`, columns - figureWidth - 2);
    return [`${usd(saves).padStart(figureWidth)}  ${first}`, ...more.map((line) => " ".repeat(figureWidth + 2) + line)];
  });
  const more = savings.length - shown.length;
  return [
    "",
    colours.green("could be saved (not all of it together)"),
    ...lines,
    ...(more > 0 ? [colours.dim(`${" ".repeat(figureWidth + 2)}and ${more} more: --verbose`)] : []),
  ];
}

/** The assumptions once each, and how to change them. */
function assumedText(lines: readonly CostLine[]): string {
  const seen = new Map<string, string>();
  for (const { assumptions } of lines)
    for (const { key, figures } of assumptions) if (key !== "tasks" && key !== "acu") seen.set(`${key} ${quantity(figures.expected)}`, key);
  const list = [...seen.keys()].join(", ");
  return list === ""
    ? "--verbose shows every line."
    : `Assumes ${list}. --verbose shows what each is and where; expect in the app file, or --expect KEY=VALUE, changes it.`;
}
