/** Regular expressions: the same answers as the language's own engine, in time that no pattern can stretch. */
import { expect, test } from "vitest";
import { compileRegexes, RegexError } from "../../../src/runtime/firewall/regex/automaton.ts";

const texts = [
  "",
  "abc",
  "xfoo bar foo.",
  "dxx",
  "555-1234",
  "a\nb",
  "AA",
  "abc9",
  "zzz",
  "aaaaaaaab",
  "foo_bar",
  "-",
  "aXbXc",
  "]",
  "\\d",
  "1 2\t3",
];

test.each([
  "(a+)+$",
  "^abc$",
  "\\bfoo\\b",
  "[^a-c]x{2,3}",
  "a|b|",
  "^(\\d{3}-)?\\d{4}$",
  "\\x41+",
  "x*y?z+",
  "(?:ab|a)(?:c|bcd)?9",
  "[\\]\\\\]",
  "\\Bo\\B",
  "[\\s\\d]+3",
  "^$",
  "(a|b)*c",
  "[a-]",
])("%s", (pattern) => {
  const ours = compileRegexes([pattern]);
  const theirs = new RegExp(pattern, "u".slice(1));
  for (const text of texts) expect([text, ours(text)]).toEqual([text, theirs.test(text)]);
});

test("random patterns agree with the language's own engine", () => {
  let state = 7;
  const draw = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const atoms = ["a", "b", ".", "[ab]", "[^a]", "\\w", "\\b", "^", "$", "c"];
  const make = (depth: number): string => {
    const kind = draw(depth > 3 ? 1 : 5);
    if (kind === 0) return atoms[draw(atoms.length)]!;
    if (kind === 1) return make(depth + 1) + make(depth + 1);
    if (kind === 2) return `(?:${make(depth + 1)}|${make(depth + 1)})`;
    return `(?:${make(depth + 1)})${["*", "+", "?", "{1,2}", "{2}"][draw(5)]!}`;
  };
  for (let round = 0; round < 400; round++) {
    const pattern = make(0);
    const ours = compileRegexes([pattern]);
    const theirs = new RegExp(pattern);
    for (let text = 0; text < 20; text++) {
      const sample = Array.from({ length: draw(7) }, () => "abc -"[draw(5)]!).join("");
      expect([pattern, sample, ours(sample)]).toEqual([pattern, sample, theirs.test(sample)]);
    }
  }
});

test("patterns that make engines backtrack take a moment", () => {
  const matches = compileRegexes(["^(a+)+$", "(x+x+)+y", "(.*)*z$", "(a|aa)+b$"]);
  const start = process.cpuUsage();
  expect(matches(`${"a".repeat(100_000)}!${"x".repeat(100_000)}`)).toBe(false);
  expect(process.cpuUsage(start).user).toBeLessThan(2_000_000);
});

test("PCRE's own: flags, POSIX classes, the last line end, literal spans", () => {
  const matches = (pattern: string, text: string) => compileRegexes([pattern])(text);
  expect(matches("(?i)SeLeCt", "select")).toBe(true);
  expect(matches("(?i:a)b", "AB")).toBe(false);
  expect(matches("[[:alpha:]]+9", "abc9")).toBe(true);
  expect(matches("a$", "a\n")).toBe(true);
  expect(matches("a\\z", "a\n")).toBe(false);
  expect(matches("(?m)^b$", "a\nb\nc")).toBe(true);
  expect(matches("(?s)a.b", "a\nb")).toBe(true);
  expect(matches("\\Qa.b\\E", "axb")).toBe(false);
  expect(matches("ü", Buffer.from("für").toString("latin1"))).toBe(true);
});

test.each(["(a)\\1", "(?=a)b", "(?<!a)b", "a++", "(?>a)", "(*FAIL)", "(a", "a)", "[a", "*a", "a{2,1}", "\\", "(?:a{1000}){1000}", "\\K"])(
  "%s is refused",
  (pattern) => expect(() => compileRegexes([pattern])).toThrow(RegexError),
);
