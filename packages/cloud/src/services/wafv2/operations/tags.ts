/** TagResource, UntagResource, ListTagsForResource, and the permission policies of rule groups. */
import { operation, type OperationContext } from "../../../service.ts";
import { invalidPermissionPolicy, nonexistentItem } from "../errors.ts";
import { check, findAnyByArn, findByArn, keepItem, pageByName } from "../items.ts";
import { checkTags, mergedTags } from "../tags.ts";

function tagged(context: OperationContext, arn: string | undefined) {
  const found = findAnyByArn(context, arn);
  if (!found) throw nonexistentItem();
  return found;
}

export const tagResource = operation("wafv2", "TagResource", (input, context) => {
  const { kind, item } = tagged(context, input.ResourceARN);
  keepItem(context, kind, { ...item, tags: mergedTags(item.tags, checkTags(input.Tags)) });
  return {};
});

export const untagResource = operation("wafv2", "UntagResource", (input, context) => {
  const { kind, item } = tagged(context, input.ResourceARN);
  keepItem(context, kind, { ...item, tags: item.tags.filter(({ Key }) => Key.startsWith("aws:") || !input.TagKeys!.includes(Key)) });
  return {};
});

export const listTagsForResource = operation("wafv2", "ListTagsForResource", (input, context) => {
  const { item } = tagged(context, input.ResourceARN);
  const { members, NextMarker } = pageByName(item.tags, input, `tags ${item.arn}`, ({ Key }) => Key);
  const more = members.length < item.tags.length && NextMarker !== undefined && members.length > 0;
  return { TagInfoForResource: { ResourceARN: item.arn, TagList: members }, ...(more && { NextMarker }) };
});

const policies = ({ cloud }: OperationContext) => cloud.store.collection<{ policy: string }>("wafv2.policy");

const shareable = ["wafv2:CreateWebACL", "wafv2:UpdateWebACL", "wafv2:PutFirewallManagerRuleGroups", "wafv2:GetRuleGroup"];

/** A policy shares a rule group with other accounts; it must say who, and allow just that. */
function checkPolicy(text: string): void {
  let policy: { Statement?: unknown } | null;
  try {
    policy = JSON.parse(text) as { Statement?: unknown } | null;
  } catch {
    throw invalidPermissionPolicy();
  }
  const statements = [policy?.Statement ?? []].flat() as { Effect?: string; Action?: string | string[]; Principal?: unknown }[];
  const valid = ({ Effect, Action = [], Principal }: (typeof statements)[number]) =>
    Effect === "Allow" &&
    Principal !== undefined &&
    [Action].flat().every((action) => shareable.includes(action)) &&
    [Action].flat().length > 0;
  if (statements.length !== 1 || !statements.every(valid)) throw invalidPermissionPolicy();
}

export const putPermissionPolicy = operation("wafv2", "PutPermissionPolicy", (input, context) => {
  if (!findByArn(context, "rulegroup", input.ResourceArn)) throw nonexistentItem();
  check({ policy: [input.Policy, { length: [1, 395_000] }] });
  checkPolicy(input.Policy!);
  policies(context).put(context.region, input.ResourceArn!, { policy: input.Policy! });
  return {};
});

export const getPermissionPolicy = operation("wafv2", "GetPermissionPolicy", (input, context) => {
  const found = policies(context).get(context.region, input.ResourceArn!);
  if (!found) throw nonexistentItem();
  return { Policy: found.policy };
});

export const deletePermissionPolicy = operation("wafv2", "DeletePermissionPolicy", (input, context) => {
  if (!policies(context).delete(context.region, input.ResourceArn!)) throw nonexistentItem();
  return {};
});
