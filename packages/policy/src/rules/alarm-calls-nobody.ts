/** Alarms call somebody. */
import { asList } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::CloudWatch::Alarm"];

export const rule: Rule = {
  id: "alarm-calls-nobody",
  severity: "medium",
  controls: ["CloudWatch.15", "CloudWatch.17"],
  types,
  reason: "It turns red and nobody hears of it.",
  remedy: "Name an AlarmActions, and leave ActionsEnabled alone.",
  find: each(
    types,
    ({ properties }) =>
      (String(properties["ActionsEnabled"]) === "false" && "its actions are switched off") ||
      (asList(properties["AlarmActions"]).length === 0 && "it has no action"),
  ),
};
