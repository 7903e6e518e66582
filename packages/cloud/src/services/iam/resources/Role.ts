/** AWS::IAM::Role. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { roles } from "../../../identity/entities.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withOrigin } from "../../../runtime/system-tags.ts";
import { added, bringInline, gone, textOf } from "./documents.ts";

type Properties = ResourceProperties["AWS::IAM::Role"];

export const role = resource("AWS::IAM::Role", {
  coverage: {
    real: [
      "AssumeRolePolicyDocument",
      "Description",
      "ManagedPolicyArns",
      "MaxSessionDuration",
      "Path",
      "PermissionsBoundary",
      "Policies",
      "RoleName",
      "Tags",
    ],
    note: "Every call of a session of the role is evaluated against its policies, boundary included.",
  },
  async create(request) {
    const { properties, call, cloud, token } = request;
    const name = properties.RoleName ?? request.physicalName(64);
    if (roles(cloud).get(name)?.token !== token) {
      const { own, system } = splitTags(request.tags, properties.Tags);
      const input = {
        RoleName: name,
        AssumeRolePolicyDocument: textOf(properties.AssumeRolePolicyDocument),
        ...(properties.Path !== undefined && { Path: properties.Path }),
        ...(properties.Description !== undefined && { Description: properties.Description }),
        ...(properties.MaxSessionDuration !== undefined && { MaxSessionDuration: properties.MaxSessionDuration }),
        ...(properties.PermissionsBoundary !== undefined && { PermissionsBoundary: properties.PermissionsBoundary }),
        ...(own.length > 0 && { Tags: own }),
      };
      await call("iam", "CreateRole", withOrigin(input, { tags: system, token }));
    }
    try {
      await bringPolicies(request, name, {});
    } catch (error) {
      // A role whose policies IAM refuses was never there: nothing else can refer to it yet.
      await remove(request, name);
      throw error;
    }
    return made(request, name);
  },
  async update(request) {
    const { properties, previous, physicalId: RoleName, call } = request;
    const trust = textOf(properties.AssumeRolePolicyDocument);
    if (trust !== textOf(previous.AssumeRolePolicyDocument))
      await call("iam", "UpdateAssumeRolePolicy", { RoleName, PolicyDocument: trust });
    if (properties.Description !== previous.Description || properties.MaxSessionDuration !== previous.MaxSessionDuration)
      await call("iam", "UpdateRole", {
        RoleName,
        Description: properties.Description ?? "",
        MaxSessionDuration: properties.MaxSessionDuration ?? 3600,
      });
    if (properties.PermissionsBoundary !== previous.PermissionsBoundary) {
      const PermissionsBoundary = properties.PermissionsBoundary;
      if (PermissionsBoundary === undefined) await gone(() => call("iam", "DeleteRolePermissionsBoundary", { RoleName }));
      else await call("iam", "PutRolePermissionsBoundary", { RoleName, PermissionsBoundary });
    }
    await bringPolicies(request, RoleName, previous);
    const now = splitTags(request.tags, properties.Tags).own;
    const standing = (await call("iam", "ListRoleTags", { RoleName })).Tags ?? [];
    const goneKeys = standing.map(({ Key }) => Key!).filter((key) => !key.startsWith("aws:") && !now.some(({ Key }) => Key === key));
    if (goneKeys.length > 0) await call("iam", "UntagRole", { RoleName, TagKeys: goneKeys });
    if (now.length > 0) await call("iam", "TagRole", { RoleName, Tags: now });
    return made(request, RoleName);
  },
  delete: (request) => remove(request, request.physicalId),
});

async function bringPolicies(
  { properties, call }: ResourceRequest<Properties>,
  RoleName: string,
  previous: Partial<Properties>,
): Promise<void> {
  for (const PolicyArn of added(properties.ManagedPolicyArns, previous.ManagedPolicyArns))
    await call("iam", "AttachRolePolicy", { RoleName, PolicyArn });
  for (const PolicyArn of added(previous.ManagedPolicyArns, properties.ManagedPolicyArns))
    await gone(() => call("iam", "DetachRolePolicy", { RoleName, PolicyArn }));
  await bringInline(properties.Policies, previous.Policies, {
    put: (PolicyName, PolicyDocument) => call("iam", "PutRolePolicy", { RoleName, PolicyName, PolicyDocument }),
    remove: (PolicyName) => call("iam", "DeleteRolePolicy", { RoleName, PolicyName }),
  });
}

/** With the policies that its own template gave it; others' keep it, as on AWS. */
async function remove({ properties, call }: Pick<ResourceRequest<Properties>, "properties" | "call">, RoleName: string): Promise<void> {
  for (const PolicyArn of properties.ManagedPolicyArns ?? []) await gone(() => call("iam", "DetachRolePolicy", { RoleName, PolicyArn }));
  for (const { PolicyName } of properties.Policies ?? []) await gone(() => call("iam", "DeleteRolePolicy", { RoleName, PolicyName }));
  await gone(() => call("iam", "DeleteRole", { RoleName }));
}

async function made({ call }: ResourceRequest<Properties>, name: string): Promise<Made> {
  const { Role } = await call("iam", "GetRole", { RoleName: name });
  return { physicalId: name, attributes: { Arn: Role!.Arn!, RoleId: Role!.RoleId! } };
}
