/** IP sets and regex pattern sets: create, get, update, delete, list. */
import { parseNetwork } from "../../../runtime/firewall/addresses.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { associatedItem, invalidParameter, limitsExceeded } from "../errors.ts";
import { changeItem, check, findItem, items, keepItem, listItems, newItem, removeItem, summaryOf } from "../items.ts";
import { replaceFirewalls } from "../placement.ts";
import { namesArn } from "../references.ts";
import { checkPatterns } from "../field-check.ts";
import { readRules } from "../stored-rules.ts";
import type { StoredAcl, StoredGroup, StoredIpSet, StoredPatternSet } from "../things.ts";

const mostAddresses = 10_000;
const mostPatterns = 10;

/** Throws when a web ACL or a rule group uses it. */
export function checkUnused({ cloud, region }: OperationContext, arn: string): void {
  const owners = [...items<StoredAcl>(cloud, "webacl").list(region), ...items<StoredGroup>(cloud, "rulegroup").list(region)];
  if (owners.some(({ rules }) => namesArn(readRules(rules), arn))) throw associatedItem();
}

function checkAddresses(addresses: readonly string[], version: string): string[] {
  if (addresses.length > mostAddresses) throw limitsExceeded();
  for (const address of addresses) {
    const network = address.includes("/") ? parseNetwork(address) : undefined;
    // AWS takes every prefix but /0.
    if (!network || `IPV${network.version}` !== version || network.prefix === 0) {
      throw invalidParameter("The parameter contains formatting that is not valid.", "IP_ADDRESS", address);
    }
  }
  return [...new Set(addresses)];
}

export const createIpSet = operation("wafv2", "CreateIPSet", (input, context) => {
  check({ iPAddressVersion: [input.IPAddressVersion, { enum: ["IPV4", "IPV6"] }] });
  const item = newItem(context, "ipset", input);
  const set: StoredIpSet = {
    ...item,
    version: input.IPAddressVersion!,
    addresses: checkAddresses(input.Addresses ?? [], input.IPAddressVersion!),
  };
  keepItem(context, "ipset", set);
  return { Summary: summaryOf(set) };
});

export const getIpSet = operation("wafv2", "GetIPSet", (input, context) => {
  const set = findItem<StoredIpSet>(context, "ipset", input);
  const { LockToken, ...summary } = summaryOf(set);
  return { IPSet: { ...summary, IPAddressVersion: set.version, Addresses: set.addresses }, LockToken };
});

export const updateIpSet = operation("wafv2", "UpdateIPSet", async (input, context) => {
  const set = findItem<StoredIpSet>(context, "ipset", input);
  const addresses = checkAddresses(input.Addresses ?? [], set.version);
  const answer = changeItem(context, "ipset", set, input.LockToken, { addresses, description: input.Description ?? "" });
  await replaceFirewalls(context.cloud, context.region);
  return answer;
});

export const deleteIpSet = operation("wafv2", "DeleteIPSet", (input, context) => {
  const set = findItem<StoredIpSet>(context, "ipset", input);
  checkUnused(context, set.arn);
  removeItem(context, "ipset", set, input.LockToken);
  return {};
});

export const listIpSets = operation("wafv2", "ListIPSets", (input, context) => {
  const { summaries, ...page } = listItems(context, "ipset", input);
  return { IPSets: summaries, ...page };
});

function checkedPatterns(list: readonly { RegexString?: string | undefined }[]): string[] {
  if (list.length > mostPatterns) throw limitsExceeded();
  const patterns = list.map(({ RegexString = "" }) => RegexString);
  checkPatterns(patterns);
  return patterns;
}

export const createRegexPatternSet = operation("wafv2", "CreateRegexPatternSet", (input, context) => {
  const item = newItem(context, "regexpatternset", input);
  const set: StoredPatternSet = { ...item, patterns: checkedPatterns(input.RegularExpressionList ?? []) };
  keepItem(context, "regexpatternset", set);
  return { Summary: summaryOf(set) };
});

export const getRegexPatternSet = operation("wafv2", "GetRegexPatternSet", (input, context) => {
  const set = findItem<StoredPatternSet>(context, "regexpatternset", input);
  const { LockToken, ...summary } = summaryOf(set);
  return { RegexPatternSet: { ...summary, RegularExpressionList: set.patterns.map((RegexString) => ({ RegexString })) }, LockToken };
});

export const updateRegexPatternSet = operation("wafv2", "UpdateRegexPatternSet", async (input, context) => {
  const set = findItem<StoredPatternSet>(context, "regexpatternset", input);
  const patterns = checkedPatterns(input.RegularExpressionList ?? []);
  const answer = changeItem(context, "regexpatternset", set, input.LockToken, { patterns, description: input.Description ?? "" });
  await replaceFirewalls(context.cloud, context.region);
  return answer;
});

export const deleteRegexPatternSet = operation("wafv2", "DeleteRegexPatternSet", (input, context) => {
  const set = findItem<StoredPatternSet>(context, "regexpatternset", input);
  checkUnused(context, set.arn);
  removeItem(context, "regexpatternset", set, input.LockToken);
  return {};
});

export const listRegexPatternSets = operation("wafv2", "ListRegexPatternSets", (input, context) => {
  const { summaries, ...page } = listItems(context, "regexpatternset", input);
  return { RegexPatternSets: summaries, ...page };
});
