/** Patterns of terms: all that are plain have to be there, none of those with `-`, or, where no others stand, any of those with `?`. */
import { type FilterPattern, nothingExtracted } from "./match.ts";
import { compileRegex, invalidPattern, percentRegex, quoted, scan, unquote } from "./scanner.ts";

export function parseTerms(text: string): FilterPattern {
  const required: Test[] = [];
  const excluded: Test[] = [];
  const optional: Test[] = [];
  const scanner = scan(text);
  while (!scanner.done()) {
    const sign = scanner.take(/[-?](?=\S)/y)?.[0];
    (sign === "-" ? excluded : sign === "?" ? optional : required).push(term(scanner));
  }
  // AWS: where `?` is combined with other terms, it is ignored.
  const any = required.length === 0 && excluded.length === 0 ? optional : [];
  return (message) => {
    if (!required.every((test) => test(message)) || excluded.some((test) => test(message))) return undefined;
    if (any.length > 0 && !any.some((test) => test(message))) return undefined;
    return nothingExtracted;
  };
}

type Test = (message: string) => boolean;

function term(scanner: ReturnType<typeof scan>): Test {
  const phrase = scanner.take(quoted);
  if (phrase) return contains(unquote(phrase[1]!));
  const regex = scanner.take(percentRegex);
  if (regex) {
    const expression = compileRegex(regex[1]!);
    return (message) => expression.test(message);
  }
  const [word] = scanner.expect(/\S+/uy);
  if (!/^[\p{L}\p{N}_.]+$/u.test(word)) throw invalidPattern(`Invalid character(s) in term '${word}'`);
  return contains(word);
}

function contains(text: string): Test {
  return (message) => message.includes(text);
}
