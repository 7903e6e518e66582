/** Services run on the present version of Fargate. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ECS::Service"];

export const rule: Rule = {
  id: "fargate-old-platform",
  severity: "medium",
  controls: ["ECS.10"],
  types,
  reason: "It misses fixes of the machine under it.",
  remedy: "Leave out PlatformVersion, or write LATEST.",
  find: each(
    types,
    ({ properties }) =>
      properties["PlatformVersion"] !== undefined &&
      !["LATEST", "1.4.0"].includes(String(properties["PlatformVersion"])) &&
      `PlatformVersion is ${String(properties["PlatformVersion"])}`,
  ),
};
