/** Weighted forwards: exact over each round, at random within it, and nothing for a group without weight. */
import { expect, test } from "vitest";
import { randomSource } from "../../../src/runtime/load-balancer/random-source.ts";
import { drawGroup } from "../../../src/runtime/load-balancer/weighted-turns.ts";
import { seededRandom } from "../../../src/world/simulated.ts";

const random = randomSource(seededRandom(7));
const draws = (groups: Parameters<typeof drawGroup>[0], count: number) => Array.from({ length: count }, () => drawGroup(groups, random));
const counted = (all: readonly (string | undefined)[]) =>
  Object.fromEntries(Object.entries(Object.groupBy(all, String)).map(([key, found]) => [key, found!.length]));

test.each([
  [[90, 10], 100, { a: 90, b: 10 }],
  [[990, 10], 100, { a: 99, b: 1 }],
  [[875, 125], 8, { a: 7, b: 1 }],
  [[1, 1], 10, { a: 5, b: 5 }],
  [[0, 100], 9, { b: 9 }],
])("weights %j over %i requests", (weights, count, expected) => {
  const groups = weights.map((weight, i) => ({ arn: "ab"[i]!, weight }));
  for (let round = 0; round < 3; round++) expect(counted(draws(groups, count))).toEqual(expected);
});

test("the order is not always the same, and not by turns", () => {
  const groups = [
    { arn: "a", weight: 50 },
    { arn: "b", weight: 50 },
  ];
  const rounds = Array.from({ length: 4 }, () => draws(groups, 2).join(""));
  const long = draws(groups, 64).join("");
  expect([
    new Set([...rounds, long.slice(0, 2)]).size > 1,
    /aaa|bbb/.test(
      draws(
        [
          { arn: "a", weight: 3 },
          { arn: "b", weight: 2 },
        ],
        200,
      ).join(""),
    ),
  ]).toEqual([true, true]);
});

test("one group alone gets all, several without weight get none", () => {
  expect(drawGroup([{ arn: "a", weight: 0 }], random)).toBe("a");
  expect(
    drawGroup(
      [
        { arn: "a", weight: 0 },
        { arn: "b", weight: 0 },
      ],
      random,
    ),
  ).toBeUndefined();
});
