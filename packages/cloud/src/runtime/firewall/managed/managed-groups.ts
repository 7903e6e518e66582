/** The managed rule groups that are served, by name. */
import { anonymousIps, ipReputation } from "./address-lists.ts";
import { common } from "./common.ts";
import { knownBadInputs } from "./known-bad-inputs.ts";
import type { ManagedGroup } from "./managed-rule.ts";
import { sqlDatabase } from "./sql-database.ts";
import { adminProtection, linux, posix } from "./systems.ts";

export const managedGroups: readonly ManagedGroup[] = [
  common,
  adminProtection,
  knownBadInputs,
  sqlDatabase,
  linux,
  posix,
  ipReputation,
  anonymousIps,
];

export const managedGroupNamed = (vendor: string, name: string): ManagedGroup | undefined =>
  vendor === "AWS" ? managedGroups.find((group) => group.name === name) : undefined;
