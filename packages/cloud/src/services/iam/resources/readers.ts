/** How roles, policies, users and instance profiles are read again. */
import { exact, type Readers } from "../../../resource.ts";
import type { Call } from "../../../service.ts";

const document = (text: string | undefined) => exact(JSON.parse(decodeURIComponent(text ?? "{}")));

/** Those that are given, where they are: what other resources attach to the same role is theirs. */
const still = (given: readonly string[] = [], there: readonly string[]) => given.filter((one) => there.includes(one));

export const readers: Readers = {
  "AWS::IAM::Role": async ({ call, physicalId: RoleName, properties }) => {
    const { Role } = await call("iam", "GetRole", { RoleName });
    const { AttachedPolicies = [] } = await call("iam", "ListAttachedRolePolicies", { RoleName });
    const { PolicyNames = [] } = await call("iam", "ListRolePolicies", { RoleName });
    const Policies = await Promise.all(
      (properties.Policies ?? [])
        .filter((one) => PolicyNames.includes(one.PolicyName))
        .map(async ({ PolicyName }) => ({
          PolicyName,
          PolicyDocument: document((await call("iam", "GetRolePolicy", { RoleName, PolicyName })).PolicyDocument),
        })),
    );
    return {
      ...Role!,
      Description: Role!.Description ?? null,
      AssumeRolePolicyDocument: document(Role!.AssumeRolePolicyDocument),
      PermissionsBoundary: Role!.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
      ManagedPolicyArns: still(
        properties.ManagedPolicyArns,
        AttachedPolicies.map(({ PolicyArn }) => PolicyArn!),
      ),
      Policies,
    };
  },
  "AWS::IAM::ManagedPolicy": async ({ call, physicalId: PolicyArn }) => {
    const { Policy } = await call("iam", "GetPolicy", { PolicyArn });
    const { PolicyVersion } = await call("iam", "GetPolicyVersion", { PolicyArn, VersionId: Policy!.DefaultVersionId! });
    return {
      Path: Policy!.Path,
      ManagedPolicyName: Policy!.PolicyName,
      Description: Policy!.Description ?? null,
      PolicyDocument: document(PolicyVersion!.Document),
    };
  },
  "AWS::IAM::OIDCProvider": async ({ call, physicalId: OpenIDConnectProviderArn }) => {
    const { Url, ClientIDList = [], ThumbprintList = [] } = await call("iam", "GetOpenIDConnectProvider", { OpenIDConnectProviderArn });
    return { Url: `https://${Url}`, ClientIdList: ClientIDList, ThumbprintList };
  },
  "AWS::IAM::Policy": async ({ call, properties: { PolicyName, Roles = [], Users = [], Groups = [] } }) => {
    const texts = await Promise.all([
      ...Roles.map(async (RoleName) => (await call("iam", "GetRolePolicy", { RoleName, PolicyName })).PolicyDocument),
      ...Users.map(async (UserName) => (await call("iam", "GetUserPolicy", { UserName, PolicyName })).PolicyDocument),
      ...Groups.map(async (GroupName) => (await call("iam", "GetGroupPolicy", { GroupName, PolicyName })).PolicyDocument),
    ]);
    // One that was changed is the one to tell of.
    const other = texts.find((text) => text !== texts[0]);
    return { PolicyName, PolicyDocument: document(other ?? texts[0]) };
  },
  "AWS::IAM::User": async ({ call, physicalId: UserName, properties }) => {
    const { User } = await call("iam", "GetUser", { UserName });
    return { Path: User!.Path, ManagedPolicyArns: still(properties.ManagedPolicyArns, await attachedTo(call, UserName)) };
  },
  "AWS::IAM::InstanceProfile": async ({ call, physicalId: InstanceProfileName }) => {
    const { InstanceProfile } = await call("iam", "GetInstanceProfile", { InstanceProfileName });
    return { Path: InstanceProfile!.Path, Roles: (InstanceProfile!.Roles ?? []).map(({ RoleName }) => RoleName) };
  },
};

async function attachedTo(call: Call, UserName: string): Promise<string[]> {
  const { AttachedPolicies = [] } = await call("iam", "ListAttachedUserPolicies", { UserName });
  return AttachedPolicies.map(({ PolicyArn }) => PolicyArn!);
}
