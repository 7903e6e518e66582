/** The operations on the policies of roles, users and groups, inline and attached. */
import { operation } from "../../../service.ts";
import { encodedDocument } from "../described.ts";
import { attach, deleteInline, detach, getInline, listAttached, listInline, putInline } from "../holders.ts";

export const putRolePolicy = operation("iam", "PutRolePolicy", (input, context) => {
  putInline(context, "role", input.RoleName!, input.PolicyName!, input.PolicyDocument!);
  return {};
});
export const putUserPolicy = operation("iam", "PutUserPolicy", (input, context) => {
  putInline(context, "user", input.UserName!, input.PolicyName!, input.PolicyDocument!);
  return {};
});
export const putGroupPolicy = operation("iam", "PutGroupPolicy", (input, context) => {
  putInline(context, "group", input.GroupName!, input.PolicyName!, input.PolicyDocument!);
  return {};
});

export const getRolePolicy = operation("iam", "GetRolePolicy", (input, context) => {
  const PolicyDocument = encodedDocument(getInline(context, "role", input.RoleName!, input.PolicyName!));
  return { RoleName: input.RoleName!, PolicyName: input.PolicyName!, PolicyDocument };
});
export const getUserPolicy = operation("iam", "GetUserPolicy", (input, context) => {
  const PolicyDocument = encodedDocument(getInline(context, "user", input.UserName!, input.PolicyName!));
  return { UserName: input.UserName!, PolicyName: input.PolicyName!, PolicyDocument };
});
export const getGroupPolicy = operation("iam", "GetGroupPolicy", (input, context) => {
  const PolicyDocument = encodedDocument(getInline(context, "group", input.GroupName!, input.PolicyName!));
  return { GroupName: input.GroupName!, PolicyName: input.PolicyName!, PolicyDocument };
});

export const deleteRolePolicy = operation("iam", "DeleteRolePolicy", (input, context) => {
  deleteInline(context, "role", input.RoleName!, input.PolicyName!);
  return {};
});
export const deleteUserPolicy = operation("iam", "DeleteUserPolicy", (input, context) => {
  deleteInline(context, "user", input.UserName!, input.PolicyName!);
  return {};
});
export const deleteGroupPolicy = operation("iam", "DeleteGroupPolicy", (input, context) => {
  deleteInline(context, "group", input.GroupName!, input.PolicyName!);
  return {};
});

export const listRolePolicies = operation("iam", "ListRolePolicies", (input, context) =>
  listInline(context, "role", input.RoleName!, input),
);
export const listUserPolicies = operation("iam", "ListUserPolicies", (input, context) =>
  listInline(context, "user", input.UserName!, input),
);
export const listGroupPolicies = operation("iam", "ListGroupPolicies", (input, context) =>
  listInline(context, "group", input.GroupName!, input),
);

export const attachRolePolicy = operation("iam", "AttachRolePolicy", (input, context) => {
  attach(context, "role", input.RoleName!, input.PolicyArn!);
  return {};
});
export const attachUserPolicy = operation("iam", "AttachUserPolicy", (input, context) => {
  attach(context, "user", input.UserName!, input.PolicyArn!);
  return {};
});
export const attachGroupPolicy = operation("iam", "AttachGroupPolicy", (input, context) => {
  attach(context, "group", input.GroupName!, input.PolicyArn!);
  return {};
});

export const detachRolePolicy = operation("iam", "DetachRolePolicy", (input, context) => {
  detach(context, "role", input.RoleName!, input.PolicyArn!);
  return {};
});
export const detachUserPolicy = operation("iam", "DetachUserPolicy", (input, context) => {
  detach(context, "user", input.UserName!, input.PolicyArn!);
  return {};
});
export const detachGroupPolicy = operation("iam", "DetachGroupPolicy", (input, context) => {
  detach(context, "group", input.GroupName!, input.PolicyArn!);
  return {};
});

export const listAttachedRolePolicies = operation("iam", "ListAttachedRolePolicies", (input, context) =>
  listAttached(context, "role", input.RoleName!, input),
);
export const listAttachedUserPolicies = operation("iam", "ListAttachedUserPolicies", (input, context) =>
  listAttached(context, "user", input.UserName!, input),
);
export const listAttachedGroupPolicies = operation("iam", "ListAttachedGroupPolicies", (input, context) =>
  listAttached(context, "group", input.GroupName!, input),
);
