/** Patterns over JSON events: comparisons of `$.path` values with `&&`, `||` and parentheses. */
import type { FilterPattern } from "./match.ts";
import { compileRegex, invalidPattern, percentRegex, quoted, scan, unquote, wildcard, type Scanner } from "./scanner.ts";

export function parseJsonPattern(text: string, also: readonly string[]): FilterPattern {
  const scanner = scan(text);
  scanner.expect(/\{/y);
  const paths = new Map<string, Path>();
  const test = either(scanner, paths);
  scanner.expect(/\}/y);
  if (!scanner.done()) throw invalidPattern();
  for (const source of also) paths.set(source, readPath(scan(source)).path);
  return (message) => {
    const event = parseObject(message);
    if (event === undefined || !test(event)) return undefined;
    const extracted = new Map<string, string>();
    for (const [source, path] of paths) {
      const [value] = valuesAt(event, path);
      if (value !== undefined && value !== null) extracted.set(source, typeof value === "object" ? JSON.stringify(value) : String(value));
    }
    return extracted;
  };
}

type Test = (event: unknown) => boolean;
/** Names, indexes, or `*` for every member. */
type Path = (string | number | typeof everything)[];
const everything = Symbol("*");

function parseObject(message: string): unknown {
  const start = message.trimStart()[0];
  if (start !== "{" && start !== "[") return undefined;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

function either(scanner: Scanner, paths: Map<string, Path>): Test {
  const tests = [both(scanner, paths)];
  while (scanner.take(/\|\|/y)) tests.push(both(scanner, paths));
  return tests.length === 1 ? tests[0]! : (event) => tests.some((test) => test(event));
}

function both(scanner: Scanner, paths: Map<string, Path>): Test {
  const tests = [single(scanner, paths)];
  while (scanner.take(/&&/y)) tests.push(single(scanner, paths));
  return tests.length === 1 ? tests[0]! : (event) => tests.every((test) => test(event));
}

function single(scanner: Scanner, paths: Map<string, Path>): Test {
  if (scanner.take(/\(/y)) {
    const inner = either(scanner, paths);
    scanner.expect(/\)/y);
    return inner;
  }
  const { source, path } = readPath(scanner);
  paths.set(source, path);
  const state = scanner.take(/(IS\s+TRUE|IS\s+FALSE|IS\s+NULL|NOT\s+EXISTS|EXISTS)\b/iy)?.[1];
  if (state) return stateTest(path, state.toUpperCase().replaceAll(/\s+/gu, " "));
  const [operator] = scanner.expect(/!=|>=|<=|=|>|</y);
  const compare = comparison(operator, scanner);
  return (event) => valuesAt(event, path).some((value) => compare(value));
}

function stateTest(path: Path, state: string): Test {
  if (state === "NOT EXISTS") return (event) => valuesAt(event, path).length === 0;
  if (state === "EXISTS") return (event) => valuesAt(event, path).length > 0;
  const wanted = state === "IS TRUE" ? true : state === "IS FALSE" ? false : null;
  return (event) => valuesAt(event, path).includes(wanted);
}

function comparison(operator: string, scanner: Scanner): (value: unknown) => boolean {
  const regex = scanner.take(percentRegex);
  if (regex) {
    if (operator !== "=" && operator !== "!=") throw invalidPattern();
    const expression = compileRegex(regex[1]!);
    return (value) => isScalar(value) && expression.test(String(value)) === (operator === "=");
  }
  const text = scanner.take(quoted);
  if (text) return textComparison(operator, unquote(text[1]!));
  const [word] = scanner.expect(/[^\s(){}&|"]+/y);
  const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/iu.test(word) ? Number(word) : undefined;
  if (number === undefined) return textComparison(operator, word);
  return (value) => {
    if (typeof value !== "number") return typeof value === "string" && textComparisonHolds(operator, value, word);
    if (operator === "=") return value === number;
    if (operator === "!=") return value !== number;
    if (operator === ">") return value > number;
    if (operator === ">=") return value >= number;
    return operator === "<" ? value < number : value <= number;
  };
}

function textComparisonHolds(operator: string, value: string, word: string): boolean {
  if (operator === "=") return value === word;
  return operator === "!=" && value !== word;
}

function textComparison(operator: string, text: string): (value: unknown) => boolean {
  if (operator !== "=" && operator !== "!=") throw invalidPattern();
  const matches = wildcard(text);
  return (value) => isScalar(value) && matches(String(value)) === (operator === "=");
}

function isScalar(value: unknown): boolean {
  return value !== null && typeof value !== "object";
}

function readPath(scanner: Scanner): { source: string; path: Path } {
  let source = scanner.expect(/\$/y)[0];
  const path: Path = [];
  for (;;) {
    const step = scanner.take(/(?<=[\w$\]*])(?:\.?\[(\d+|\*)\]|\.?\[(?:'([^']*)'|"([^"]*)")\]|\.([\w@#:-]+|\*))/y);
    if (!step) break;
    source += step[0];
    const [, index, single, double, name] = step;
    if (index === "*" || name === "*") path.push(everything);
    else if (index !== undefined) path.push(Number(index));
    else path.push((single ?? double ?? name)!);
  }
  if (path.length === 0) throw invalidPattern();
  return { source, path };
}

function valuesAt(event: unknown, path: Path): unknown[] {
  let values: unknown[] = [event];
  for (const step of path) {
    values = values.flatMap((value) => {
      if (typeof value !== "object" || value === null) return [];
      if (step === everything) return Object.values(value);
      return Object.hasOwn(value, step) ? [(value as Record<string | number, unknown>)[step]] : [];
    });
  }
  return values;
}
