/** Caches ask who is there. */
import { asList } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ElastiCache::ReplicationGroup"];

export const rule: Rule = {
  id: "cache-no-password",
  severity: "medium",
  controls: ["ElastiCache.6"],
  types,
  reason: "Whoever reaches the port reads and writes everything.",
  remedy: "Set AuthToken, or UserGroupIds.",
  find: each(
    types,
    ({ properties }) =>
      properties["AuthToken"] === undefined && asList(properties["UserGroupIds"]).length === 0 && "it has neither a token nor users",
  ),
};
