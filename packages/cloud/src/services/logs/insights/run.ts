/** Runs the commands of a query over events. */
import { type Aggregate, type Command, type Row, shownTime, type Value } from "./parse.ts";

/** What comes out of a row at a time, before what needs them all (sort, stats, dedup, limit). */
export function splitAtFirstWhole(commands: readonly Command[]): { each: Command[]; whole: Command[] } {
  const at = commands.findIndex(({ kind }) => kind === "sort" || kind === "stats" || kind === "dedup" || kind === "limit");
  return at < 0 ? { each: [...commands], whole: [] } : { each: commands.slice(0, at), whole: commands.slice(at) };
}

/** The row as it leaves these commands, or `undefined` where a filter holds it back. */
export function pass(commands: readonly Command[], row: Row): Row | undefined {
  for (const command of commands) {
    if (command.kind === "filter" && !command.holds(row)) return undefined;
    if (command.kind === "fields" || command.kind === "display") for (const { name, value } of command.columns) row.set(name, value(row));
    if (command.kind === "parse") {
      const found = command.expression.exec(String(row.get(command.field) ?? ""));
      if (found) for (const [index, name] of command.names.entries()) row.set(name, found[index + 1]);
    }
  }
  return row;
}

export function runWhole(commands: readonly Command[], rows: Row[]): Row[] {
  let current = rows;
  for (const command of commands) {
    switch (command.kind) {
      case "sort":
        current = current.toSorted((a, b) => order(command.keys, a, b));
        break;
      case "limit":
        current = current.slice(0, command.count);
        break;
      case "dedup": {
        const seen = new Set<string>();
        current = current.filter((row) => {
          const key = JSON.stringify(command.fields.map((field) => row.get(field) ?? null));
          return !seen.has(key) && seen.add(key);
        });
        break;
      }
      case "stats":
        current = [...Map.groupBy(current, (row) => JSON.stringify(command.by.map(({ value }) => value(row) ?? null))).values()].map(
          (group) => {
            const first = group[0]!;
            return new Map<string, Value>([
              ...command.by.map(({ name, value }): [string, Value] => [name, value(first)]),
              ...command.aggregates.map((each): [string, Value] => [each.name, aggregate(each, group)]),
            ]);
          },
        );
        break;
      default:
        current = current.flatMap((row) => pass([command], row) ?? []);
    }
  }
  return current;
}

/** The columns that a query shows: those of the last display, else all of fields together; those of the last stats. */
export function columnsOf(commands: readonly Command[]): { columns: string[]; aggregated: boolean } {
  let columns: string[] = [];
  let aggregated = false;
  let displayed = false;
  for (const command of commands) {
    if (command.kind === "stats") {
      columns = [...command.by, ...command.aggregates].map(({ name }) => name);
      aggregated = true;
      displayed = false;
    }
    if (command.kind === "display") {
      columns = command.columns.map(({ name }) => name);
      displayed = true;
    }
    if (command.kind === "fields" && !displayed) columns.push(...command.columns.map(({ name }) => name));
    if (command.kind === "parse" && !displayed && columns.length > 0) columns.push(...command.names);
  }
  return { columns: columns.length > 0 ? [...new Set(columns)] : ["@timestamp", "@message"], aggregated };
}

/** A value as answers write it. */
export function shown(name: string, value: Value): string {
  return (name === "@timestamp" || name === "@ingestionTime") && typeof value === "number" ? shownTime(value) : String(value);
}

function order(keys: readonly { field: string; descending: boolean }[], a: Row, b: Row): number {
  for (const { field, descending } of keys) {
    const [x, y] = [a.get(field), b.get(field)];
    if (x === y) continue;
    if (x === undefined) return 1;
    if (y === undefined) return -1;
    const [m, n] = [Number(x), Number(y)];
    const less = Number.isNaN(m) || Number.isNaN(n) ? String(x) < String(y) : m < n;
    if (m !== n) return less === descending ? 1 : -1;
  }
  return 0;
}

function aggregate({ function: called, field, percent = 50 }: Aggregate, rows: readonly Row[]): Value {
  const values = field === undefined ? [] : rows.map((row) => row.get(field)).filter((value) => value !== undefined);
  if (called === "count") return field === undefined ? rows.length : values.length;
  if (called === "count_distinct") return new Set(values.map(String)).size;
  const byTime = () =>
    rows.filter((row) => row.get(field!) !== undefined).toSorted((a, b) => Number(a.get("@timestamp")) - Number(b.get("@timestamp")));
  if (called === "earliest") return byTime()[0]?.get(field!);
  if (called === "latest") return byTime().at(-1)?.get(field!);
  const numbers = values
    .map(Number)
    .filter((value) => !Number.isNaN(value))
    .toSorted((a, b) => a - b);
  if (numbers.length === 0) return undefined;
  const sum = numbers.reduce((total, value) => total + value, 0);
  if (called === "sum") return sum;
  if (called === "avg") return sum / numbers.length;
  if (called === "min") return numbers[0];
  if (called === "max") return numbers.at(-1);
  return numbers[Math.max(0, Math.ceil((percent / 100) * numbers.length) - 1)];
}

/** The fields of an event: its own with `@`, and those of its message where that is JSON, nested ones with dots. */
export function rowOf(own: Record<string, Value>): Row {
  const row: Row = new Map(Object.entries(own));
  const message = String(own["@message"]);
  if (!message.trimStart().startsWith("{")) return row;
  try {
    flatten(JSON.parse(message), "", row, 0);
  } catch {
    // A message that only looks like JSON has no fields.
  }
  return row;
}

function flatten(value: unknown, path: string, row: Row, depth: number): void {
  if (typeof value !== "object" || value === null) {
    if (path !== "" && value !== null) row.set(path, typeof value === "number" ? value : String(value));
    return;
  }
  if (depth > 20) return;
  for (const [key, each] of Object.entries(value)) flatten(each, path === "" ? key : `${path}.${key}`, row, depth + 1);
}
