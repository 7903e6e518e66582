/** Users, groups, managed policies, service-linked roles, providers, the account, the simulator. */
import { expect, test } from "vitest";
import { startTestCloud } from "../../cloud.ts";

const code = (code: string, message: string) => expect.objectContaining({ code, message });
const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: string, more: object = {}) => ({ Effect: "Allow", Action, Resource: "*", ...more });

test("a managed policy has up to five versions, one of them in force, and goes when nobody has it", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const PolicyArn = (await call("iam", "CreatePolicy", { PolicyName: "read", PolicyDocument: policy(allow("s3:Get*")) })).Policy!.Arn!;
  expect(PolicyArn).toBe("arn:aws:iam::123456789012:policy/read");
  await expect(call("iam", "CreatePolicy", { PolicyName: "read", PolicyDocument: policy(allow("s3:Get*")) })).rejects.toEqual(
    code("EntityAlreadyExists", "A policy called read already exists. Duplicate names are not allowed."),
  );
  for (let version = 2; version <= 5; version++)
    await call("iam", "CreatePolicyVersion", { PolicyArn, PolicyDocument: policy(allow(`s3:Get${version}`)), SetAsDefault: version === 5 });
  await expect(call("iam", "CreatePolicyVersion", { PolicyArn, PolicyDocument: policy(allow("s3:*")) })).rejects.toEqual(
    code(
      "LimitExceeded",
      "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
    ),
  );
  expect((await call("iam", "ListPolicyVersions", { PolicyArn })).Versions!.map((one) => [one.VersionId, one.IsDefaultVersion])).toEqual([
    ["v5", true],
    ["v4", false],
    ["v3", false],
    ["v2", false],
    ["v1", false],
  ]);
  await expect(call("iam", "DeletePolicyVersion", { PolicyArn, VersionId: "v5" })).rejects.toEqual(
    code("DeleteConflict", "Cannot delete the default version of a policy."),
  );
  await call("iam", "CreateUser", { UserName: "ann" });
  await call("iam", "AttachUserPolicy", { UserName: "ann", PolicyArn });
  expect((await call("iam", "GetPolicy", { PolicyArn })).Policy).toMatchObject({ AttachmentCount: 1, DefaultVersionId: "v5" });
  expect((await call("iam", "ListEntitiesForPolicy", { PolicyArn })).PolicyUsers).toMatchObject([{ UserName: "ann" }]);
  await expect(call("iam", "DeletePolicy", { PolicyArn })).rejects.toEqual(
    code("DeleteConflict", "Cannot delete a policy attached to entities."),
  );
  await call("iam", "DetachUserPolicy", { UserName: "ann", PolicyArn });
  for (const VersionId of ["v1", "v2", "v3", "v4"]) await call("iam", "DeletePolicyVersion", { PolicyArn, VersionId });
  await call("iam", "DeletePolicy", { PolicyArn });
  await expect(call("iam", "GetPolicy", { PolicyArn })).rejects.toEqual(code("NoSuchEntity", `Policy ${PolicyArn} was not found.`));
});

test("tags of a managed policy are told apart by case, those of a role are not", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const Tags = [
    { Key: "a", Value: "1" },
    { Key: "A", Value: "2" },
  ];
  const { Policy } = await call("iam", "CreatePolicy", {
    PolicyName: "read",
    PolicyDocument: policy(allow("s3:*")),
    Description: "d",
    Tags,
  });
  expect(Policy).toMatchObject({ Tags });
  expect(Policy).not.toHaveProperty("Description");
  const PolicyArn = Policy!.Arn!;
  expect((await call("iam", "ListPolicyTags", { PolicyArn })).Tags).toEqual(Tags.toReversed());
  const twice = call("iam", "TagPolicy", { PolicyArn, Tags: [Tags[0]!, Tags[0]!] });
  await expect(twice).rejects.toEqual(code("InvalidInput", "Duplicate tag keys found."));
  await expect(call("iam", "UntagPolicy", { PolicyArn, TagKeys: ["a", "b!"] })).rejects.toEqual(
    code(
      "ValidationError",
      "1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, Member must not be null]",
    ),
  );
  await call("iam", "UntagPolicy", { PolicyArn, TagKeys: ["a"] });
  expect((await call("iam", "ListPolicyTags", { PolicyArn })).Tags).toEqual([Tags[1]]);
  await call("iam", "CreateInstanceProfile", { InstanceProfileName: "p" });
  expect((await call("iam", "GetInstanceProfile", { InstanceProfileName: "p" })).InstanceProfile).toMatchObject({ Tags: [], Roles: [] });
  await expect(call("iam", "TagInstanceProfile", { InstanceProfileName: "p", Tags })).rejects.toEqual(
    code("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive."),
  );
});

test("a user gets what its groups allow", async () => {
  await using test = await startTestCloud();
  const { cloud, call } = test;
  const User = (await call("iam", "CreateUser", { UserName: "ann" })).User!;
  const ann = cloud.as({ kind: "user", account: cloud.account, arn: User.Arn!, userId: User.UserId!, userName: "ann" }, "eu-central-1");
  await expect(ann("ec2", "DescribeVpcs", {})).rejects.toMatchObject({ code: "UnauthorizedOperation" });
  await call("iam", "CreateGroup", { GroupName: "ops" });
  await call("iam", "PutGroupPolicy", { GroupName: "ops", PolicyName: "network", PolicyDocument: policy(allow("ec2:*")) });
  await call("iam", "AddUserToGroup", { GroupName: "ops", UserName: "ann" });
  expect((await ann("ec2", "DescribeVpcs", {})).Vpcs).toHaveLength(1);
  await call("iam", "UpdateGroup", { GroupName: "ops", NewGroupName: "network" });
  expect((await ann("ec2", "DescribeVpcs", {})).Vpcs).toHaveLength(1);
  await expect(call("iam", "DeleteUser", { UserName: "ann" })).rejects.toEqual(
    code("DeleteConflict", "Cannot delete entity, must remove users from group first."),
  );
  await call("iam", "RemoveUserFromGroup", { GroupName: "network", UserName: "ann" });
  await expect(ann("ec2", "DescribeVpcs", {})).rejects.toMatchObject({ code: "UnauthorizedOperation" });
});

test("conditions look at tags of the request and of the resource", async () => {
  await using test = await startTestCloud();
  const { cloud, call } = test;
  const User = (await call("iam", "CreateUser", { UserName: "ann", Tags: [{ Key: "team", Value: "blue" }] })).User!;
  const ann = cloud.as({ kind: "user", account: cloud.account, arn: User.Arn!, userId: User.UserId!, userName: "ann" }, "eu-central-1");
  const mine = { StringEquals: { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } };
  const tagged = { StringEquals: { "aws:RequestTag/team": "${aws:PrincipalTag/team}" } };
  const PolicyDocument = policy(
    allow("ec2:CreateVpc", { Condition: tagged }),
    allow("ec2:CreateTags", { Condition: tagged }),
    allow("ec2:DeleteVpc", { Condition: mine }),
  );
  await call("iam", "PutUserPolicy", { UserName: "ann", PolicyName: "own", PolicyDocument });
  const create = (Value: string) =>
    ann("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/16", TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "team", Value }] }] });
  await expect(create("red")).rejects.toMatchObject({
    message: expect.stringMatching(
      /not authorized to perform: ec2:CreateVpc on resource: arn:aws:ec2:eu-central-1:123456789012:vpc\/\* because/,
    ),
  });
  const { Vpc } = await create("blue");
  const other = (await call("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/16" })).Vpc!.VpcId!;
  await expect(ann("ec2", "DeleteVpc", { VpcId: other })).rejects.toMatchObject({ code: "UnauthorizedOperation" });
  await ann("ec2", "DeleteVpc", { VpcId: Vpc!.VpcId! });
});

test("a service-linked role is made once", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const { Role } = await call("iam", "CreateServiceLinkedRole", { AWSServiceName: "ecs.amazonaws.com" });
  expect(Role).toMatchObject({
    RoleName: "AWSServiceRoleForECS",
    Arn: "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
  });
  await expect(call("iam", "CreateServiceLinkedRole", { AWSServiceName: "ecs.amazonaws.com" })).rejects.toEqual(
    code("InvalidInput", "Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix."),
  );
  const { DeletionTaskId } = await call("iam", "DeleteServiceLinkedRole", { RoleName: "AWSServiceRoleForECS" });
  expect(await call("iam", "GetServiceLinkedRoleDeletionStatus", { DeletionTaskId: DeletionTaskId! })).toEqual({ Status: "SUCCEEDED" });
});

test("lists come in pages, by path", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  for (const [index, Path] of ["/a/", "/a/", "/a/b/", "/b/"].entries()) await call("iam", "CreateUser", { UserName: `u${index}`, Path });
  const first = await call("iam", "ListUsers", { PathPrefix: "/a/", MaxItems: 2 });
  expect(first).toMatchObject({ IsTruncated: true, Users: [{ UserName: "u0" }, { UserName: "u1" }] });
  expect(await call("iam", "ListUsers", { PathPrefix: "/a/", MaxItems: 2, Marker: first.Marker! })).toMatchObject({
    IsTruncated: false,
    Users: [{ UserName: "u2" }],
  });
  await expect(call("iam", "ListUsers", { Marker: "nonsense" })).rejects.toEqual(code("ValidationError", "Invalid Marker."));
  const aws: string[] = [];
  for (let Marker: string | undefined, more = true; more; more = Marker !== undefined) {
    const page = await call("iam", "ListPolicies", { Scope: "AWS", MaxItems: 1000, Marker });
    aws.push(...page.Policies!.map((one) => one.Arn!));
    Marker = page.Marker;
  }
  expect(aws).toContain("arn:aws:iam::aws:policy/ReadOnlyAccess");
  expect(new Set(aws).size).toBe(aws.length);
  expect(aws.length).toBeGreaterThan(1400);
});

test("the simulator decides as calls are decided", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const { EvaluationResults } = await call("iam", "SimulateCustomPolicy", {
    PolicyInputList: [
      policy(allow("s3:Get*", { Resource: "arn:aws:s3:::b/*" }), { Effect: "Deny", Action: "s3:GetObjectAcl", Resource: "*" }),
    ],
    ActionNames: ["s3:GetObject", "s3:GetObjectAcl", "s3:PutObject"],
    ResourceArns: ["arn:aws:s3:::b/k"],
  });
  expect(EvaluationResults!.map((one) => [one.EvalActionName, one.EvalDecision])).toEqual([
    ["s3:GetObject", "allowed"],
    ["s3:GetObjectAcl", "explicitDeny"],
    ["s3:PutObject", "implicitDeny"],
  ]);
  const arn = (await call("iam", "CreateUser", { UserName: "ann" })).User!.Arn!;
  await call("iam", "AttachUserPolicy", { UserName: "ann", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" });
  const simulated = await call("iam", "SimulatePrincipalPolicy", {
    PolicySourceArn: arn,
    ActionNames: ["s3:GetObject", "s3:DeleteObject"],
  });
  expect(simulated.EvaluationResults!.map((one) => one.EvalDecision)).toEqual(["allowed", "implicitDeny"]);
});

test("the account tells what is in it", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  await call("iam", "CreateAccountAlias", { AccountAlias: "mine" });
  expect((await call("iam", "ListAccountAliases", {})).AccountAliases).toEqual(["mine"]);
  const { OpenIDConnectProviderArn } = await call("iam", "CreateOpenIDConnectProvider", {
    Url: "https://token.actions.githubusercontent.com",
    ClientIDList: ["sts.amazonaws.com"],
  });
  expect(OpenIDConnectProviderArn).toBe("arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com");
  expect(await call("iam", "GetOpenIDConnectProvider", { OpenIDConnectProviderArn: OpenIDConnectProviderArn! })).toMatchObject({
    Url: "token.actions.githubusercontent.com",
    ClientIDList: ["sts.amazonaws.com"],
  });
  await call("iam", "CreateUser", { UserName: "ann" });
  await call("iam", "AttachUserPolicy", { UserName: "ann", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" });
  expect((await call("iam", "GetAccountSummary", {})).SummaryMap).toMatchObject({ Users: 1, Roles: 0, Providers: 1 });
  const details = await call("iam", "GetAccountAuthorizationDetails", {});
  expect(details.UserDetailList).toMatchObject([{ UserName: "ann", AttachedManagedPolicies: [{ PolicyName: "AdministratorAccess" }] }]);
  expect(details.Policies!.map((one) => one.PolicyName)).toEqual(["AdministratorAccess"]);
});
