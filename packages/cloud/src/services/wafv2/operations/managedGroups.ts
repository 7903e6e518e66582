/** ListAvailableManagedRuleGroups, ListAvailableManagedRuleGroupVersions, DescribeManagedRuleGroup and the descriptions of managed products. */
import { managedGroupNamed, managedGroups } from "../../../runtime/firewall/managed/managed-groups.ts";
import type { ManagedGroup } from "../../../runtime/firewall/managed/managed-rule.ts";
import { operation } from "../../../service.ts";
import { nonexistentItem, refused } from "../errors.ts";
import { checkScope, pageByName } from "../items.ts";

export const listAvailableManagedRuleGroups = operation("wafv2", "ListAvailableManagedRuleGroups", (input, { region }) => {
  checkScope(input.Scope, region);
  const { members, ...page } = pageByName(managedGroups, input, "managed", ({ name }) => name);
  const more = page.NextMarker !== undefined && members.at(-1) !== managedGroups.toSorted((a, b) => (a.name < b.name ? -1 : 1)).at(-1);
  return {
    ManagedRuleGroups: members.map(({ name, description }) => ({
      VendorName: "AWS",
      Name: name,
      VersioningSupported: false,
      Description: description,
    })),
    ...(more && { NextMarker: page.NextMarker }),
  };
});

function found(vendor: string | undefined, name: string | undefined): ManagedGroup {
  const group = managedGroupNamed(vendor ?? "", name ?? "");
  if (!group) throw nonexistentItem();
  return group;
}

/** None has versions here. */
export const listAvailableManagedRuleGroupVersions = operation("wafv2", "ListAvailableManagedRuleGroupVersions", (input, { region }) => {
  checkScope(input.Scope, region);
  found(input.VendorName, input.Name);
  return { Versions: [] };
});

export const describeManagedRuleGroup = operation("wafv2", "DescribeManagedRuleGroup", (input, { region }) => {
  checkScope(input.Scope, region);
  const group = found(input.VendorName, input.Name);
  if (input.VersionName !== undefined) throw refused("versions of managed rule groups: there is the default version alone");
  return {
    Capacity: group.capacity,
    Rules: group.rules.map(({ Name, Action }) => ({ Name, Action })),
    LabelNamespace: group.labelNamespace,
    AvailableLabels: group.rules.flatMap(({ RuleLabels = [] }) => RuleLabels.map(({ Name }) => ({ Name: group.labelNamespace + Name! }))),
    ConsumedLabels: [],
  };
});

const product = ({ name, description }: ManagedGroup) => ({
  VendorName: "AWS",
  ManagedRuleSetName: name,
  ProductTitle: name,
  ProductDescription: description,
  IsVersioningSupported: false,
  IsAdvancedManagedRuleSet: false,
});

export const describeAllManagedProducts = operation("wafv2", "DescribeAllManagedProducts", (input, { region }) => {
  checkScope(input.Scope, region);
  return { ManagedProducts: managedGroups.map(product) };
});

export const describeManagedProductsByVendor = operation("wafv2", "DescribeManagedProductsByVendor", (input, { region }) => {
  checkScope(input.Scope, region);
  if (input.VendorName !== "AWS") throw nonexistentItem();
  return { ManagedProducts: managedGroups.map(product) };
});
