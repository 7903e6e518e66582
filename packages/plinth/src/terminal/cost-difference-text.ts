/** What a change does to the bill, and two stages beside each other. */
import type { Columns, PriceDifference } from "@plinth/pricing";
import { usd } from "./cost-text.ts";
import { table } from "./table.ts";
import { noColours, type Colours } from "./terminal.ts";
import { ofWidth, wrapped } from "./width.ts";

const width = 9;
const right = (text: string) => text.padStart(width);

/** `+12.30`, red where it is more, green where it is less. */
function signed(amount: number, colours: Colours): string {
  if (Math.abs(amount) < 0.005) return right("0.00");
  return amount > 0 ? colours.red(right(`+${usd(amount)}`)) : colours.green(right(`−${usd(-amount)}`));
}

const plainCells = ({ idle, expected, busy }: Columns) => [idle, expected, busy].map((amount) => right(usd(amount)));
const header = (colours: Colours) => ["", ...["idle", "expected", "busy"].map(right), ""].map((cell) => colours.dim(cell));

const changeCells = ({ idle, expected, busy }: Columns, colours: Colours) =>
  [idle, expected, busy].map((amount) => signed(amount, colours));

export type PriceChange = PriceDifference | { unknown: string };

/** How much more a stage is expected to cost than it may; `undefined` within its budget. */
export function overBudget(change: PriceChange, budget: number | undefined): string | undefined {
  if ("unknown" in change || budget === undefined || change.after.expected <= budget) return undefined;
  return `It is expected to cost ${usd(change.after.expected)} a month, ${usd(change.after.expected - budget)} above the budget of ${usd(budget)}.`;
}

/** How many things a plan names, unless all of them are asked for. */
const fewThings = 5;

/** One short block for a plan; empty where nothing changes. */
export function priceBlock(
  change: PriceChange,
  { colours, columns, verbose, budget }: { colours: Colours; columns: number; verbose: boolean; budget?: number | undefined },
): string[] {
  if ("unknown" in change) return [`${colours.bold("price")} ${colours.yellow(change.unknown)}`];
  const over = overBudget(change, budget);
  const { things, newlyNotPriced } = change;
  if (things.length === 0 && newlyNotPriced.length === 0 && over === undefined) return [];
  const heading = `${colours.bold("price")} ${colours.dim("US dollars a month on AWS, plinth cost has more")}`;
  const overLines = over === undefined ? [] : wrapped(`  ${colours.red(over)}`, columns);
  if (things.length === 0 && newlyNotPriced.length === 0) return [heading, ...overLines];
  const shown = things.slice(0, verbose ? things.length : fewThings);
  const rest = things.length - shown.length;
  const room = columns - 2 - Math.max(10, ...shown.map(({ name }) => name.length)) - 3 * (width + 2) - 2;
  const rows = [
    header(colours),
    ...shown.map(({ name, change: own, items }) => [
      name,
      ...changeCells(own, colours),
      room < 12 ? "" : colours.dim(ofWidth(whatChanged(items), room)),
    ]),
    ...(rest > 0 ? [[colours.dim(`${rest} more`), "", "", "", ""]] : []),
    [colours.bold("change"), ...changeCells(change.change, colours), ""],
    [colours.bold("then"), ...plainCells(change.after), ""],
  ];
  return [
    heading,
    ...table(rows, "  "),
    ...(newlyNotPriced.length > 0 ? wrapped(`  ${colours.yellow(`not priced: ${newlyNotPriced.join(", ")}`)}`, columns) : []),
    ...overLines,
  ];
}

/** The same for a comment on a pull request. */
export function priceMarkdown(change: PriceChange, budget: number | undefined): string[] {
  if ("unknown" in change) return ["### Price", "", change.unknown];
  const { things, newlyNotPriced } = change;
  const over = overBudget(change, budget);
  if (things.length === 0 && newlyNotPriced.length === 0 && over === undefined) return [];
  const row = (name: string, columns: Columns, sign: boolean, note = "") => {
    const cells = [columns.idle, columns.expected, columns.busy].map((amount) => (sign ? signed(amount, noColours).trim() : usd(amount)));
    return `| ${[name, ...cells, note].join(" | ")} |`;
  };
  return [
    "### Price",
    "",
    "| US dollars a month | idle | expected | busy | |",
    "|---|---:|---:|---:|---|",
    ...things.map(({ name, change: own, items }) => row(name, own, true, whatChanged(items).replaceAll("|", "\\|"))),
    row("**change**", change.change, true),
    row("**then**", change.after, false),
    ...(newlyNotPriced.length > 0 ? ["", `Not priced: ${newlyNotPriced.join(", ")}.`] : []),
    ...(over === undefined ? [] : ["", `**${over}**`]),
  ];
}

export function comparisonText(
  app: string,
  [first, second]: readonly [string, string],
  difference: PriceDifference,
  colours: Colours,
): string[] {
  const { before, after, change, things } = difference;
  const rows = [
    header(colours),
    [first, ...plainCells(before), ""],
    [second, ...plainCells(after), ""],
    [colours.bold("difference"), ...changeCells(change, colours), ""],
    [],
    ...things.map(({ name, change: own, items }) => [name, ...changeCells(own, colours), colours.dim(whatChanged(items))]),
  ];
  return [`${colours.bold(app)} ${first} and ${second}${colours.dim(", US dollars a month")}`, "", ...table(rows)];
}

/** The reasons in words, the greatest first; of what is changed in place that one alone. */
function whatChanged(items: PriceDifference["things"][number]["items"]): string {
  const sorted = items.toSorted((a, b) => Math.abs(b.change.expected) - Math.abs(a.change.expected));
  const [greatest] = sorted;
  if (!greatest) return "";
  const { before, after, item } = greatest;
  const all = (side: "before" | "after") => [...new Set(sorted.map((one) => one[side]))].join(", ");
  if (items.every((one) => one.before === "")) return `new: ${all("after")}`;
  if (items.every((one) => one.after === "")) return `gone: ${all("before")}`;
  if (before === "" || after === "") return before === "" ? `new: ${after}` : `gone: ${before}`;
  return before === after ? item : `${before} → ${after}`;
}
