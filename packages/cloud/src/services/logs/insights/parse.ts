/**
 * Queries of Logs Insights (CWLI), read into commands: fields, display, filter, sort, limit, dedup, parse and stats. Source: "CloudWatch Logs
 * Insights query syntax" in AWS's guide. What is not here is refused by name.
 */
import { AwsError } from "../../../aws-error.ts";

export type Value = string | number | undefined;
/** One event, or one row of an aggregation, by field. */
export type Row = Map<string, Value>;

export type Command =
  | { kind: "fields" | "display"; columns: Column[] }
  | { kind: "filter"; holds: (row: Row) => boolean }
  | { kind: "sort"; keys: { field: string; descending: boolean }[] }
  | { kind: "limit"; count: number }
  | { kind: "dedup"; fields: string[] }
  | { kind: "parse"; field: string; expression: RegExp; names: string[] }
  | { kind: "stats"; aggregates: Aggregate[]; by: Column[] };

export interface Column {
  name: string;
  value: (row: Row) => Value;
}

export interface Aggregate {
  name: string;
  function: string;
  field: string | undefined;
  percent?: number;
}

const malformed = (message: string) => new AwsError("MalformedQueryException", message);

export function parseQuery(text: string): Command[] {
  const tokens = tokenize(text);
  const commands: Command[] = [];
  let at = 0;
  const peek = () => tokens[at]?.toLowerCase();
  const next = () => {
    const token = tokens[at++];
    if (token === undefined) throw malformed("unexpected end of the query");
    return token;
  };
  const take = (wanted: string) => peek() === wanted && ++at > 0;
  const expect = (wanted: string) => {
    if (!take(wanted)) throw malformed(`'${wanted}' is expected before '${tokens[at] ?? "the end"}'`);
  };
  const list = <T>(read: () => T): T[] => {
    const all = [read()];
    while (take(",")) all.push(read());
    return all;
  };
  const field = () => {
    const token = next();
    if (!/^[@\w`][\w.@`-]*$/u.test(token) || /^\d/u.test(token)) throw malformed(`a field is expected at '${token}'`);
    return token.replaceAll("`", "");
  };
  const named = (fallback: string) => (take("as") ? field() : fallback);

  function column(): Column {
    if (peek() === "bin" && tokens[at + 1] === "(") {
      at += 2;
      const period = next();
      expect(")");
      const periodMs = durationMs(period);
      return {
        name: named(`bin(${period})`),
        value: (row) => shownTime(Math.floor(Number(row.get("@timestamp")) / periodMs) * periodMs),
      };
    }
    const name = field();
    if (tokens[at] === "(") throw malformed(`the function ${name} is not served by the embedded cloud`);
    return { name: named(name), value: (row) => row.get(name) };
  }

  function aggregate(): Aggregate {
    const called = next().toLowerCase();
    if (!["count", "sum", "avg", "min", "max", "count_distinct", "pct", "earliest", "latest"].includes(called)) {
      throw malformed(`the function ${called} is not served by the embedded cloud`);
    }
    expect("(");
    const of = peek() === "*" || peek() === ")" ? undefined : field();
    take("*");
    const percent = called === "pct" && take(",") ? Number(next()) : undefined;
    expect(")");
    if (of === undefined && called !== "count") throw malformed(`${called} takes a field`);
    const name = named(`${called}(${[of ?? "*", ...(percent === undefined ? [] : [percent])].join(", ")})`);
    return { name, function: called, field: of, ...(percent !== undefined && { percent }) };
  }

  type Test = (row: Row) => boolean;
  function either(): Test {
    const tests = [both()];
    while (take("or")) tests.push(both());
    return (row) => tests.some((test) => test(row));
  }
  function both(): Test {
    const tests = [single()];
    while (take("and")) tests.push(single());
    return (row) => tests.every((test) => test(row));
  }
  function single(): Test {
    if (take("not")) {
      const inner = single();
      return (row) => !inner(row);
    }
    if (take("(")) {
      const inner = either();
      expect(")");
      return inner;
    }
    if (peek() === "ispresent") {
      at++;
      expect("(");
      const name = field();
      expect(")");
      return (row) => row.get(name) !== undefined;
    }
    const name = field();
    if (tokens[at] === "(") throw malformed(`the function ${name} is not served by the embedded cloud`);
    const negated = take("not");
    const operator = next().toLowerCase();
    if (operator === "in") {
      expect("[");
      const wanted = list(literal);
      expect("]");
      return (row) => wanted.some((each) => equal(row.get(name), each)) !== negated;
    }
    if (operator === "like" || operator === "=~") {
      const token = next();
      const test = regexOf(token) ?? ((text: string) => text.includes(String(literalOf(token))));
      return (row) => (row.get(name) !== undefined && test(String(row.get(name)))) !== negated;
    }
    if (negated) throw malformed(`'not ${operator}' is no comparison`);
    return comparison(name, operator, literal());
  }
  const literal = () => literalOf(next());

  while (at < tokens.length) {
    const command = next().toLowerCase();
    switch (command) {
      case "fields":
      case "display":
        commands.push({ kind: command, columns: list(column) });
        break;
      case "filter":
      case "where":
        commands.push({ kind: "filter", holds: either() });
        break;
      case "sort":
        commands.push({ kind: "sort", keys: list(() => ({ field: sortField(), descending: take("desc") || (take("asc") && false) })) });
        break;
      case "limit":
      case "head":
        commands.push({ kind: "limit", count: Number(next()) });
        break;
      case "dedup":
        commands.push({ kind: "dedup", fields: list(field) });
        break;
      case "parse": {
        const source = tokens[at]?.startsWith('"') || tokens[at]?.startsWith("'") || tokens[at]?.startsWith("/") ? "@message" : field();
        commands.push({ kind: "parse", field: source, ...parsePattern(next(), () => (take("as") ? list(field) : [])) });
        break;
      }
      case "stats":
        commands.push({ kind: "stats", aggregates: list(aggregate), by: take("by") ? list(column) : [] });
        break;
      default:
        throw malformed(`the command ${command} is not served by the embedded cloud`);
    }
    if (at < tokens.length) expect("|");
  }
  return commands;

  /** Also the name that an aggregate has without `as`, as `count(*)`. */
  function sortField(): string {
    const first = next();
    if (tokens[at] !== "(") return first.replaceAll("`", "");
    const end = tokens.indexOf(")", at);
    const inside = tokens
      .slice(at + 1, end)
      .join("")
      .replaceAll(",", ", ");
    at = end + 1;
    return `${first.toLowerCase()}(${inside || "*"})`;
  }
}

function tokenize(text: string): string[] {
  const withoutComments = text.replace(/(^|\n)\s*#[^\n]*/gu, "$1");
  return (
    withoutComments.match(
      /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\/(?:[^/\\\n]|\\.)+\/[a-z]*|`[^`]+`|!=|>=|<=|=~|[|(),[\]=<>*]|-?\d+(?:\.\d+)?[a-z]*|[@\w](?:[\w.@-]*[\w@])?|\S/gu,
    ) ?? []
  );
}

function literalOf(token: string): string | number {
  if (/^["']/u.test(token)) return token.slice(1, -1).replace(/\\(["'\\])/gu, "$1");
  const number = Number(token);
  if (Number.isNaN(number)) throw malformed(`a value is expected at '${token}'`);
  return number;
}

function regexOf(token: string): ((text: string) => boolean) | undefined {
  const [, source, flags] = /^\/(.+)\/([a-z]*)$/u.exec(token) ?? [];
  if (source === undefined) return undefined;
  try {
    const inline = source.startsWith("(?i)");
    const expression = new RegExp(inline ? source.slice(4) : source, flags || inline ? "i" : "");
    return (text) => expression.test(text);
  } catch {
    throw malformed(`the regular expression ${token} cannot be read`);
  }
}

/** `"* took * ms" as what, ms`, or a regular expression with named groups. */
function parsePattern(token: string, names: () => string[]): { expression: RegExp; names: string[] } {
  const [, regex] = /^\/(.+)\/[a-z]*$/u.exec(token) ?? [];
  try {
    if (regex !== undefined) {
      const expression = new RegExp(regex.replaceAll("(?P<", "(?<"));
      return { expression, names: [...regex.matchAll(/\(\?P?<(\w+)>/gu)].map(([, name]) => name!) };
    }
  } catch {
    throw malformed(`the regular expression ${token} cannot be read`);
  }
  const parts = String(literalOf(token))
    .split("*")
    .map((part) => part.replace(/[$()*+.?[\\\]^{|}/-]/gu, "\\$&"));
  const given = names();
  if (given.length !== parts.length - 1) throw malformed("parse needs as many names as there are * in its pattern");
  return { expression: new RegExp(parts.join("(.*?)") + (parts.at(-1) === "" ? "$" : "")), names: given };
}

function comparison(name: string, operator: string, wanted: string | number): (row: Row) => boolean {
  const against = (test: (a: number, b: number) => boolean) => (row: Row) => {
    const value = row.get(name);
    return value !== undefined && !Number.isNaN(Number(value)) && test(Number(value), Number(wanted));
  };
  switch (operator) {
    case "=":
      return (row) => equal(row.get(name), wanted);
    case "!=":
      return (row) => !equal(row.get(name), wanted);
    case "<":
      return against((a, b) => a < b);
    case "<=":
      return against((a, b) => a <= b);
    case ">":
      return against((a, b) => a > b);
    case ">=":
      return against((a, b) => a >= b);
    default:
      throw malformed(`'${operator}' is no comparison`);
  }
}

function equal(value: Value, wanted: string | number): boolean {
  if (value === undefined) return false;
  return typeof wanted === "number" ? Number(value) === wanted : String(value) === wanted;
}

function durationMs(text: string): number {
  const [, count, unit] = /^(\d+)(ms|s|m|h|d|w)$/u.exec(text) ?? [];
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
  if (unit === undefined || Number(count) === 0) throw malformed(`'${text}' is no period`);
  return Number(count) * units[unit as keyof typeof units];
}

/** `2026-01-01 00:00:00.000`. */
export function shownTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("T", " ").replace("Z", "");
}
