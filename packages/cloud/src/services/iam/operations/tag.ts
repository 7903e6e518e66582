/** The operations on the tags of roles, users, policies and instance profiles. */
import { operation } from "../../../service.ts";
import { instanceProfiles, managedPolicies, roles, users } from "../../../identity/entities.ts";
import { mustFindPolicy } from "../described.ts";
import { noSuchPolicy } from "../errors.ts";
import { asWritten, checkedTags, mergedTags, tagList, withoutTags } from "../names.ts";
import { page, type PageRequest } from "../pages.ts";
import type { OperationContext } from "../../../service.ts";
import { mustFindProfile } from "./instance-profile.ts";
import { mustFindRole } from "./role.ts";
import { mustFindUser } from "./user.ts";

const byKey = (a: { Key: string }, b: { Key: string }) => (a.Key < b.Key ? -1 : 1);

function listed(tags: Readonly<Record<string, string>>, request: PageRequest, query: string) {
  const { items, rest } = page(tagList(tags).sort(byKey), request, query, ({ Key }) => Key);
  return { Tags: items, ...rest };
}

export const tagRole = operation("iam", "TagRole", (input, context) => {
  const role = mustFindRole(context, input.RoleName!);
  roles(context.cloud).put({ ...role, tags: mergedTags(role.tags, checkedTags(input.Tags)) });
  return {};
});
export const untagRole = operation("iam", "UntagRole", (input, context) => {
  const role = mustFindRole(context, input.RoleName!);
  roles(context.cloud).put({ ...role, tags: withoutTags(role.tags, input.TagKeys!) });
  return {};
});
export const listRoleTags = operation("iam", "ListRoleTags", (input, context) =>
  listed(mustFindRole(context, input.RoleName!).tags, input, `tags role ${input.RoleName}`),
);

export const tagUser = operation("iam", "TagUser", (input, context) => {
  const user = mustFindUser(context, input.UserName!);
  users(context.cloud).put({ ...user, tags: mergedTags(user.tags, checkedTags(input.Tags)) });
  return {};
});
export const untagUser = operation("iam", "UntagUser", (input, context) => {
  const user = mustFindUser(context, input.UserName!);
  users(context.cloud).put({ ...user, tags: withoutTags(user.tags, input.TagKeys!) });
  return {};
});
export const listUserTags = operation("iam", "ListUserTags", (input, context) =>
  listed(mustFindUser(context, input.UserName!).tags, input, `tags user ${input.UserName}`),
);

function ownPolicy(context: OperationContext, arn: string) {
  const found = managedPolicies(context.cloud).get(arn.slice(arn.lastIndexOf("/") + 1));
  if (found?.arn !== arn) throw noSuchPolicy(arn);
  return found;
}

export const tagPolicy = operation("iam", "TagPolicy", (input, context) => {
  const policy = ownPolicy(context, input.PolicyArn!);
  managedPolicies(context.cloud).put({ ...policy, tags: mergedTags(policy.tags, checkedTags(input.Tags, asWritten), asWritten) });
  return {};
});
export const untagPolicy = operation("iam", "UntagPolicy", (input, context) => {
  const policy = ownPolicy(context, input.PolicyArn!);
  managedPolicies(context.cloud).put({ ...policy, tags: withoutTags(policy.tags, input.TagKeys!, asWritten) });
  return {};
});
export const listPolicyTags = operation("iam", "ListPolicyTags", (input, context) =>
  listed(mustFindPolicy(context.cloud, input.PolicyArn!).tags, input, `tags ${input.PolicyArn}`),
);

export const tagInstanceProfile = operation("iam", "TagInstanceProfile", (input, context) => {
  const profile = mustFindProfile(context, input.InstanceProfileName!);
  instanceProfiles(context.cloud).put({ ...profile, tags: mergedTags(profile.tags, checkedTags(input.Tags)) });
  return {};
});
export const untagInstanceProfile = operation("iam", "UntagInstanceProfile", (input, context) => {
  const profile = mustFindProfile(context, input.InstanceProfileName!);
  instanceProfiles(context.cloud).put({ ...profile, tags: withoutTags(profile.tags, input.TagKeys!) });
  return {};
});
export const listInstanceProfileTags = operation("iam", "ListInstanceProfileTags", (input, context) =>
  listed(mustFindProfile(context, input.InstanceProfileName!).tags, input, `tags profile ${input.InstanceProfileName}`),
);
