/** AWS::IAM::ManagedPolicy. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { managedPolicies } from "../../../identity/entities.ts";
import { type Made, resource } from "../../../resource.ts";
import { withOrigin } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";
import { added, gone, textOf } from "./documents.ts";

type Properties = ResourceProperties["AWS::IAM::ManagedPolicy"];

export const managedPolicy = resource("AWS::IAM::ManagedPolicy", {
  coverage: { real: ["Description", "Groups", "ManagedPolicyName", "Path", "PolicyDocument", "Roles", "Users"] },
  async create(request) {
    const { properties, call, cloud, token } = request;
    const name = properties.ManagedPolicyName ?? request.physicalName(128);
    const standing = managedPolicies(cloud).get(name);
    const input = {
      PolicyName: name,
      PolicyDocument: textOf(properties.PolicyDocument),
      ...(properties.Path !== undefined && { Path: properties.Path }),
      ...(properties.Description !== undefined && { Description: properties.Description }),
    };
    const arn =
      standing?.token === token ? standing.arn : (await call("iam", "CreatePolicy", withOrigin(input, { tags: {}, token }))).Policy!.Arn!;
    try {
      await bringEntities(call, arn, properties, {});
    } catch (error) {
      await remove(call, arn, properties);
      throw error;
    }
    return made(call, arn);
  },
  async update({ call, properties, previous, physicalId: PolicyArn }) {
    const document = textOf(properties.PolicyDocument);
    if (document !== textOf(previous.PolicyDocument)) {
      const { Versions = [] } = await call("iam", "ListPolicyVersions", { PolicyArn });
      // As CloudFormation does: the oldest version that is not in force gives way when five stand.
      const oldest = Versions.findLast((version) => !version.IsDefaultVersion);
      if (Versions.length >= 5 && oldest) await call("iam", "DeletePolicyVersion", { PolicyArn, VersionId: oldest.VersionId! });
      await call("iam", "CreatePolicyVersion", { PolicyArn, PolicyDocument: document, SetAsDefault: true });
    }
    await bringEntities(call, PolicyArn, properties, previous);
    return made(call, PolicyArn);
  },
  delete: ({ call, physicalId, properties }) => remove(call, physicalId, properties),
});

async function bringEntities(call: Call, PolicyArn: string, now: Partial<Properties>, then: Partial<Properties>): Promise<void> {
  for (const RoleName of added(now.Roles, then.Roles)) await call("iam", "AttachRolePolicy", { RoleName, PolicyArn });
  for (const UserName of added(now.Users, then.Users)) await call("iam", "AttachUserPolicy", { UserName, PolicyArn });
  for (const GroupName of added(now.Groups, then.Groups)) await call("iam", "AttachGroupPolicy", { GroupName, PolicyArn });
  for (const RoleName of added(then.Roles, now.Roles)) await gone(() => call("iam", "DetachRolePolicy", { RoleName, PolicyArn }));
  for (const UserName of added(then.Users, now.Users)) await gone(() => call("iam", "DetachUserPolicy", { UserName, PolicyArn }));
  for (const GroupName of added(then.Groups, now.Groups)) await gone(() => call("iam", "DetachGroupPolicy", { GroupName, PolicyArn }));
}

async function remove(call: Call, PolicyArn: string, properties: Properties): Promise<void> {
  await bringEntities(call, PolicyArn, {}, properties);
  await gone(async () => {
    const { Versions = [] } = await call("iam", "ListPolicyVersions", { PolicyArn });
    for (const version of Versions)
      if (!version.IsDefaultVersion) await call("iam", "DeletePolicyVersion", { PolicyArn, VersionId: version.VersionId! });
    await call("iam", "DeletePolicy", { PolicyArn });
  });
}

async function made(call: Call, arn: string): Promise<Made> {
  const { Policy } = await call("iam", "GetPolicy", { PolicyArn: arn });
  return {
    physicalId: arn,
    attributes: {
      PolicyArn: arn,
      PolicyId: Policy!.PolicyId!,
      AttachmentCount: Policy!.AttachmentCount!,
      PermissionsBoundaryUsageCount: Policy!.PermissionsBoundaryUsageCount!,
      IsAttachable: true,
      DefaultVersionId: Policy!.DefaultVersionId!,
      CreateDate: Policy!.CreateDate!.toISOString(),
      UpdateDate: Policy!.UpdateDate!.toISOString(),
    },
  };
}
