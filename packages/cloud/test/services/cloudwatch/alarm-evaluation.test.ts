/** The tables of AWS's guide on missing data: 0 does not breach, X does, - is missing; the newest point is on the right. */
import { describe, expect, it } from "vitest";
import { evaluateAlarm, type TreatMissingData } from "../../../src/services/cloudwatch/alarm-evaluation.ts";
import { javaDouble } from "../../../src/services/cloudwatch/alarm-reason.ts";

const treatments: TreatMissingData[] = ["missing", "ignore", "breaching", "notBreaching"];
const keep = undefined;

describe.each([
  // M of N | points      | missing              | ignore | breaching | notBreaching
  [3, 3, "0 - X - X", ["OK", "OK", "OK", "OK"]],
  [3, 3, "0 - - - -", ["OK", "OK", "OK", "OK"]],
  [3, 3, "- - - - -", ["INSUFFICIENT_DATA", keep, "ALARM", "OK"]],
  [3, 3, "0 X X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
  [3, 3, "- - X - -", ["ALARM", keep, "ALARM", "OK"]],
  [2, 3, "0 - X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
  [2, 3, "0 0 X 0 X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
  [2, 3, "0 - X - -", ["OK", "OK", "ALARM", "OK"]],
  [2, 3, "- - - - 0", ["OK", "OK", "ALARM", "OK"]],
  [2, 3, "- - - X -", ["ALARM", keep, "ALARM", "OK"]],
  [1, 1, "- - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
  [1, 1, "X - 0", ["OK", "OK", "OK", "OK"]],
] as const)("%d of %d over %s", (datapointsToAlarm, evaluationPeriods, text, expected) => {
  it.each(treatments.map((treatMissingData, index) => [treatMissingData, expected[index]] as const))(
    "%s: %s",
    (treatMissingData, state) => {
      const values = { "0": 0, X: 1, "-": undefined };
      const points = text.split(" ").map((each) => values[each as "0" | "X" | "-"]);
      const rule = { evaluationPeriods, datapointsToAlarm, treatMissingData, breaches: (value: number) => value > 0 };
      expect(evaluateAlarm(points.toReversed(), rule).state).toBe(state);
    },
  );
});

it.each([
  [90, "90.0"],
  [21.5, "21.5"],
  [0, "0.0"],
  [12_345_678, "1.2345678E7"],
  [0.0001, "1.0E-4"],
])("writes %d as %s", (value, text) => {
  expect(javaDouble(value)).toBe(text);
});
