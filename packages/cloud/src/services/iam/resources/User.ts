/** AWS::IAM::User. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { users } from "../../../identity/entities.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withOrigin } from "../../../runtime/system-tags.ts";
import { added, bringInline, gone } from "./documents.ts";

type Properties = ResourceProperties["AWS::IAM::User"];

export const user = resource("AWS::IAM::User", {
  coverage: {
    real: ["Groups", "ManagedPolicyArns", "Path", "PermissionsBoundary", "Policies", "Tags", "UserName"],
    recorded: ["LoginProfile"],
    note: "There is no console to sign in to, so a login profile is only noted.",
  },
  async create(request) {
    const { properties, call, cloud, token } = request;
    const name = properties.UserName ?? request.physicalName(64);
    if (users(cloud).get(name)?.token !== token) {
      const { own, system } = splitTags(request.tags, properties.Tags);
      const input = {
        UserName: name,
        ...(properties.Path !== undefined && { Path: properties.Path }),
        ...(properties.PermissionsBoundary !== undefined && { PermissionsBoundary: properties.PermissionsBoundary }),
        ...(own.length > 0 && { Tags: own }),
      };
      await call("iam", "CreateUser", withOrigin(input, { tags: system, token }));
    }
    try {
      await bring(request, name, {});
    } catch (error) {
      await remove(request, name);
      throw error;
    }
    return made(request, name);
  },
  async update(request) {
    const { properties, previous, physicalId: UserName, call } = request;
    if (properties.Path !== previous.Path) await call("iam", "UpdateUser", { UserName, NewPath: properties.Path ?? "/" });
    if (properties.PermissionsBoundary !== previous.PermissionsBoundary) {
      const PermissionsBoundary = properties.PermissionsBoundary;
      if (PermissionsBoundary === undefined) await gone(() => call("iam", "DeleteUserPermissionsBoundary", { UserName }));
      else await call("iam", "PutUserPermissionsBoundary", { UserName, PermissionsBoundary });
    }
    await bring(request, UserName, previous);
    const now = splitTags(request.tags, properties.Tags).own;
    const standing = (await call("iam", "ListUserTags", { UserName })).Tags ?? [];
    const goneKeys = standing.map(({ Key }) => Key!).filter((key) => !key.startsWith("aws:") && !now.some(({ Key }) => Key === key));
    if (goneKeys.length > 0) await call("iam", "UntagUser", { UserName, TagKeys: goneKeys });
    if (now.length > 0) await call("iam", "TagUser", { UserName, Tags: now });
    return made(request, UserName);
  },
  delete: (request) => remove(request, request.physicalId),
});

async function bring(
  { properties, call, cloud }: ResourceRequest<Properties>,
  UserName: string,
  previous: Partial<Properties>,
): Promise<void> {
  for (const PolicyArn of added(properties.ManagedPolicyArns, previous.ManagedPolicyArns))
    await call("iam", "AttachUserPolicy", { UserName, PolicyArn });
  for (const PolicyArn of added(previous.ManagedPolicyArns, properties.ManagedPolicyArns))
    await gone(() => call("iam", "DetachUserPolicy", { UserName, PolicyArn }));
  for (const GroupName of added(properties.Groups, previous.Groups)) await call("iam", "AddUserToGroup", { UserName, GroupName });
  for (const GroupName of added(previous.Groups, properties.Groups))
    await gone(() => call("iam", "RemoveUserFromGroup", { UserName, GroupName }));
  await bringInline(properties.Policies, previous.Policies, {
    put: (PolicyName, PolicyDocument) => call("iam", "PutUserPolicy", { UserName, PolicyName, PolicyDocument }),
    remove: (PolicyName) => call("iam", "DeleteUserPolicy", { UserName, PolicyName }),
  });
  const { LoginProfile: login } = properties;
  const standing = users(cloud).get(UserName)?.loginProfile;
  const PasswordResetRequired = login?.PasswordResetRequired ?? false;
  if (login && !standing) await call("iam", "CreateLoginProfile", { UserName, Password: login.Password, PasswordResetRequired });
  else if (login) await call("iam", "UpdateLoginProfile", { UserName, Password: login.Password, PasswordResetRequired });
  else if (standing && previous.LoginProfile) await call("iam", "DeleteLoginProfile", { UserName });
}

/** With what its own template gave it; access keys of others keep it, as on AWS. */
async function remove({ properties, call }: Pick<ResourceRequest<Properties>, "properties" | "call">, UserName: string): Promise<void> {
  for (const PolicyArn of properties.ManagedPolicyArns ?? []) await gone(() => call("iam", "DetachUserPolicy", { UserName, PolicyArn }));
  for (const { PolicyName } of properties.Policies ?? []) await gone(() => call("iam", "DeleteUserPolicy", { UserName, PolicyName }));
  for (const GroupName of properties.Groups ?? []) await gone(() => call("iam", "RemoveUserFromGroup", { UserName, GroupName }));
  if (properties.LoginProfile) await gone(() => call("iam", "DeleteLoginProfile", { UserName }));
  await gone(() => call("iam", "DeleteUser", { UserName }));
}

async function made({ call }: ResourceRequest<Properties>, name: string): Promise<Made> {
  const { User } = await call("iam", "GetUser", { UserName: name });
  return { physicalId: name, attributes: { Arn: User!.Arn! } };
}
