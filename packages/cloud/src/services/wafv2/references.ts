/** Where the firewall's engine finds what rules name: sets, groups, lists, counters. */
import { createHash } from "node:crypto";
import type { Rule, Statement } from "@aws-sdk/client-wafv2";
import type { Cloud } from "../../cloud.ts";
import type { References } from "../../runtime/firewall/acl.ts";
import { listOf } from "../../runtime/firewall/managed/address-lists.ts";
import { managedGroupNamed } from "../../runtime/firewall/managed/managed-groups.ts";
import { type RateCounter, rateCounter } from "../../runtime/firewall/rates.ts";
import { addressList } from "./address-lists.ts";
import { findByArn } from "./items.ts";
import { readRules } from "./stored-rules.ts";
import type { StoredAcl, StoredGroup, StoredIpSet, StoredPatternSet } from "./things.ts";

const key = Symbol("wafv2 rate counters");
const counters = (cloud: Cloud): Map<string, RateCounter> => cloud.memory(key, () => new Map());

const counterKey = (aclArn: string, ruleName: string) => `${aclArn} ${ruleName}`;

/** A rule keeps its counts until its statement changes. */
function counterFor(cloud: Cloud, aclArn: string, ruleName: string, statement: NonNullable<Statement["RateBasedStatement"]>): RateCounter {
  const print = createHash("sha256").update(JSON.stringify(statement)).digest("base64url");
  const id = `${counterKey(aclArn, ruleName)} ${print}`;
  const all = counters(cloud);
  let found = all.get(id);
  if (!found) {
    for (const other of all.keys()) if (other.startsWith(`${counterKey(aclArn, ruleName)} `)) all.delete(other);
    all.set(id, (found = rateCounter(statement)));
  }
  return found;
}

/** The counter of a rule that has seen requests. */
export function knownCounter(cloud: Cloud, aclArn: string, ruleName: string): RateCounter | undefined {
  for (const [id, counter] of counters(cloud)) if (id.startsWith(`${counterKey(aclArn, ruleName)} `)) return counter;
  return undefined;
}

export function forgetCounters(cloud: Cloud): void {
  counters(cloud).clear();
}

export const labelPrefix = (account: string, kind: "webacl" | "rulegroup", name: string) => `awswaf:${account}:${kind}:${name}:`;

export function referencesOf(cloud: Cloud, region: string, aclArn: string): References {
  const place = { cloud, region, account: cloud.account };
  return {
    ipSet: (arn) => {
      const list = listOf(arn);
      return list === undefined ? (findByArn<StoredIpSet>(place, "ipset", arn)?.addresses ?? []) : addressList(cloud, list);
    },
    regexPatternSet: (arn) => findByArn<StoredPatternSet>(place, "regexpatternset", arn)?.patterns ?? [],
    ruleGroup: (arn) => {
      const group = findByArn<StoredGroup>(place, "rulegroup", arn);
      return (
        group && {
          id: arn,
          managed: false,
          labelPrefix: labelPrefix(cloud.account, "rulegroup", group.name),
          rules: readRules(group.rules),
          customResponseBodies: group.customResponseBodies,
        }
      );
    },
    managedRuleGroup: (vendor, name) => {
      const group = managedGroupNamed(vendor, name);
      return group && { id: `${vendor}#${name}`, managed: true, labelPrefix: group.labelNamespace, rules: group.rules };
    },
    rateCounter: (ruleName, statement) => counterFor(cloud, aclArn, ruleName, statement),
  };
}

/** Whether a rule names the thing with that ARN. */
export const namesArn = (rules: readonly Rule[], arn: string): boolean => JSON.stringify(rules).includes(JSON.stringify(arn));

export const aclDefinition = (acl: StoredAcl, account: string) => ({
  labelPrefix: labelPrefix(account, "webacl", acl.name),
  defaultAction: acl.defaultAction,
  rules: readRules(acl.rules),
  visibility: acl.visibility,
  customResponseBodies: acl.customResponseBodies,
});
