/** How many instances a service needs as its requests come and go, and how its start command is read. */
import { expect, test } from "vitest";
import { calmMs, scaling } from "../../../src/services/apprunner/scaling.ts";
import { wordsOf } from "../../../src/services/apprunner/start-command.ts";

test("more instances come at once, fewer after a calm, and never beyond the bounds", () => {
  const sizes = { maxConcurrency: 10, minSize: 1, maxSize: 4 };
  const { sizeFor } = scaling();
  const seen = [
    [0, 0],
    [1_000, 11],
    [2_000, 35],
    [3_000, 400],
    [4_000, 15],
    [3_000 + calmMs - 1, 0],
    [3_000 + calmMs, 0],
    [4_000 + calmMs, 0],
  ].map(([atMs, concurrency]) => sizeFor(concurrency!, atMs!, sizes));
  expect(seen).toEqual([1, 2, 4, 4, 4, 4, 2, 1]);
  expect(scaling().sizeFor(0, 0, { ...sizes, minSize: 3 })).toBe(3);
});

test.each([
  ["node main.js", ["node", "main.js"]],
  [`  sh -c 'npm run migrate && "x"'  `, ["sh", "-c", `npm run migrate && "x"`]],
  [String.raw`a\ b "c \" d" ''`, ["a b", `c " d`, ""]],
  ["", []],
])("the start command %s", (line, words) => {
  expect(wordsOf(line)).toEqual(words);
});
