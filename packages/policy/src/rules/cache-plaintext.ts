/** Caches take encrypted connections only. */
import { isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ElastiCache::ReplicationGroup"];

export const rule: Rule = {
  id: "cache-plaintext",
  severity: "medium",
  controls: ["ElastiCache.5"],
  types,
  reason: "Tokens and data cross the network in the open.",
  remedy: "Set TransitEncryptionEnabled to true.",
  find: each(types, ({ properties }) => !isTrue(properties["TransitEncryptionEnabled"]) && "TransitEncryptionEnabled is not set"),
};
