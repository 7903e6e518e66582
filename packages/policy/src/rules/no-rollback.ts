/** A bad version goes back by itself. */
import { asRecord, isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ECS::Service"];

export const rule: Rule = {
  id: "no-rollback",
  severity: "low",
  controls: [],
  types,
  reason: "ECS starts tasks that fail again and again, for hours.",
  remedy: "Set DeploymentCircuitBreaker: { Enable: true, Rollback: true }.",
  find: each(types, ({ properties }) => {
    const configuration = asRecord(properties["DeploymentConfiguration"]);
    const controller = asRecord(properties["DeploymentController"])["Type"] ?? "ECS";
    return controller === "ECS" && !isTrue(asRecord(configuration["DeploymentCircuitBreaker"])["Enable"]) && "it has no circuit breaker";
  }),
};
