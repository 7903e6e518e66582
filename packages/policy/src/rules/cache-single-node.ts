/** A cache in production has a replica to turn to. */
import { isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ElastiCache::ReplicationGroup"];

export const rule: Rule = {
  id: "cache-single-node",
  severity: "medium",
  controls: ["ElastiCache.3"],
  production: true,
  types,
  reason: "When its node fails, all sessions and all that is cached are gone, and programs wait until a new one stands.",
  remedy: "Set AutomaticFailoverEnabled with two nodes or more: in the app replicas: 1.",
  find: each(types, ({ properties }) => !isTrue(properties["AutomaticFailoverEnabled"]) && "nothing takes over when its node fails"),
};
