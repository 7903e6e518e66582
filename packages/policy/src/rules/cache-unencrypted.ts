/** Caches are encrypted at rest. */
import { isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ElastiCache::ReplicationGroup"];

export const rule: Rule = {
  id: "cache-unencrypted",
  severity: "medium",
  controls: ["ElastiCache.4"],
  types,
  reason: "Snapshots and swapped pages are readable by whoever gets hold of them.",
  remedy: "Set AtRestEncryptionEnabled to true.",
  find: each(types, ({ properties }) => !isTrue(properties["AtRestEncryptionEnabled"]) && "AtRestEncryptionEnabled is not set"),
};
