/** Patterns over events whose fields are apart by spaces: `[ip, user, ..., status = 4* && status != 404, bytes > 1000]`. */
import type { FilterPattern } from "./match.ts";
import { compileRegex, invalidPattern, percentRegex, quoted, scan, unquote, wildcard, type Scanner } from "./scanner.ts";

export function parseColumns(text: string): FilterPattern {
  const scanner = scan(text);
  scanner.expect(/\[/y);
  const columns: (Column | typeof rest)[] = [];
  if (!scanner.take(/\]/y)) {
    do columns.push(scanner.take(/\.\.\./y) ? rest : column(scanner, columns.length));
    while (scanner.take(/,/y));
    scanner.expect(/\]/y);
  }
  if (!scanner.done() || columns.filter((each) => each === rest).length > 1) throw invalidPattern();
  const gap = columns.indexOf(rest);
  return (message) => {
    const fields = split(message);
    const laid = gap < 0 || fields.length < columns.length - 1 ? columns : spread(columns, gap, fields.length);
    if (columns.length > 0 && laid.length !== fields.length) return undefined;
    const extracted = new Map<string, string>();
    for (const [index, field] of fields.entries()) {
      const each = laid[index] as Column | undefined;
      if (each?.test && !each.test(field)) return undefined;
      extracted.set(`$${each?.name || index + 1}`, field);
    }
    return extracted;
  };
}

interface Column {
  /** Empty for one that only counts: its value is then `$1`, `$2`, … */
  name: string;
  test?: (value: string) => boolean;
}

const rest = Symbol("...");

/** Puts nameless columns where `...` stands, so that there are as many as fields. */
function spread(columns: (Column | typeof rest)[], gap: number, count: number): (Column | typeof rest)[] {
  const filler = Array.from({ length: count - (columns.length - 1) }, (): Column => ({ name: "" }));
  return [...columns.slice(0, gap), ...filler, ...columns.slice(gap + 1)];
}

/** Text between double quotes, or between brackets, is one field. */
function split(message: string): string[] {
  return [...message.matchAll(/"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|(\S+)/gu)].map(
    ([, inQuotes, inBrackets, word]) => (inQuotes ?? inBrackets ?? word)!,
  );
}

function column(scanner: Scanner, index: number): Column {
  const name = scanner.take(/[\w-]+/y)?.[0] ?? "";
  const tests: ((value: string) => boolean)[] = [];
  let operator = scanner.take(/!=|>=|<=|=|>|</y)?.[0];
  if (operator === undefined) {
    if (name === "" && scanner.take(/[^,\]\s]/y)) throw invalidPattern();
    return { name };
  }
  // `w1 = a || w1 = b && w1 != c`: the name is repeated before each comparison.
  const alternatives: ((value: string) => boolean)[][] = [tests];
  for (;;) {
    alternatives.at(-1)!.push(comparison(operator!, scanner));
    const joint = scanner.take(/&&|\|\|/y)?.[0];
    if (!joint) break;
    if (joint === "||") alternatives.push([]);
    const again = scanner.take(/[\w-]+(?=\s*(?:!=|>=|<=|=|>|<))/y)?.[0] ?? name;
    if (again !== name) throw invalidPattern(`Invalid filter pattern: column ${index + 1} is compared as ${again}`);
    operator = scanner.expect(/!=|>=|<=|=|>|</y)[0];
  }
  return { name, test: (value) => alternatives.some((all) => all.every((each) => each(value))) };
}

function comparison(operator: string, scanner: Scanner): (value: string) => boolean {
  const regex = scanner.take(percentRegex);
  const text = regex ? undefined : scanner.take(quoted);
  const word = regex || text ? undefined : scanner.expect(/[^\s,\]&|]+/y)[0];
  if (operator === "=" || operator === "!=") {
    const expression = regex && compileRegex(regex[1]!);
    const matches = expression ? (value: string) => expression.test(value) : wildcard(text ? unquote(text[1]!) : word!);
    const number = word !== undefined && isNumber(word) ? Number(word) : undefined;
    return (value) => (matches(value) || (number !== undefined && isNumber(value) && Number(value) === number)) === (operator === "=");
  }
  if (word === undefined || !isNumber(word)) throw invalidPattern();
  const bound = Number(word);
  return (value) => {
    if (!isNumber(value)) return false;
    const number = Number(value);
    if (operator === ">") return number > bound;
    if (operator === ">=") return number >= bound;
    return operator === "<" ? number < bound : number <= bound;
  };
}

function isNumber(text: string): boolean {
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/iu.test(text);
}
