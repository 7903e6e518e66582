/** What a change does to the bill, and two stages beside each other. */
import type { Columns, PriceDifference } from "@plinth/pricing";
import { usd } from "./cost-text.ts";
import { table } from "./table.ts";
import type { Colours } from "./terminal.ts";

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

/** One short block for a plan; empty where nothing changes. @param most how many things are named */
export function priceBlock(difference: PriceDifference | { unknown: string }, colours: Colours, most = 5): string[] {
  if ("unknown" in difference) return [`${colours.bold("price")} ${colours.yellow(difference.unknown)}`];
  const { change, after, things, newlyNotPriced } = difference;
  if (things.length === 0 && newlyNotPriced.length === 0) return [];
  const shown = things.slice(0, most);
  const rest = things.length - shown.length;
  const rows = [
    header(colours),
    ...shown.map(({ name, change: own, items }) => [name, ...changeCells(own, colours), colours.dim(whatChanged(items))]),
    ...(rest > 0 ? [[colours.dim(`${rest} more`), "", "", "", ""]] : []),
    [colours.bold("change"), ...changeCells(change, colours), ""],
    [colours.bold("then"), ...plainCells(after), ""],
  ];
  const unknown = newlyNotPriced.length > 0 ? [`  ${colours.yellow(`not priced: ${newlyNotPriced.join(", ")}`)}`] : [];
  return [`${colours.bold("price")} ${colours.dim("US dollars a month on AWS, plinth cost has more")}`, ...table(rows, "  "), ...unknown];
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

/** The greatest reason in words. */
function whatChanged(items: PriceDifference["things"][number]["items"]): string {
  const [greatest] = items.toSorted((a, b) => Math.abs(b.change.expected) - Math.abs(a.change.expected));
  if (!greatest) return "";
  const { before, after, item } = greatest;
  if (before === "") return `new: ${after}`;
  if (after === "") return `gone: ${before}`;
  return before === after ? item : `${before} → ${after}`;
}
