/** Logs that are kept for a month instead of longer. */
import type { FindSavings } from "./saving.ts";
import { figure } from "../reading.ts";

const keptDays = 30;

export const logRetention: FindSavings = ({ estimate: { lines, set } }) => {
  let saves = 0;
  for (const group of set.ofType("AWS::Logs::LogGroup")) {
    const line = lines.find(({ item, resource, stack }) => item === "log storage" && resource === group.logicalId && stack === group.stack);
    const days = figure(group.properties, "RetentionInDays") ?? 360;
    if (line && days > keptDays) saves += line.expected * (1 - keptDays / days);
  }
  return saves > 0
    ? [{ what: `logs kept for ${keptDays} days`, saves, tradeOff: "older lines are gone, unless they go to a bucket first" }]
    : [];
};
