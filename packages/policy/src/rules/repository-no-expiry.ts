/** Old images go by themselves. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ECR::Repository"];

export const rule: Rule = {
  id: "repository-no-expiry",
  severity: "low",
  controls: ["ECR.3"],
  types,
  reason: "Each deploy adds an image that is paid for for ever.",
  remedy: "Set LifecyclePolicy: in the app image({ keep }).",
  find: each(types, ({ properties }) => properties["LifecyclePolicy"] === undefined && "it has no lifecycle policy"),
};
