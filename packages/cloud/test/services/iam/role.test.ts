/** Roles and their policies, and what a session of a role may do. */
import { expect, test } from "vitest";
import { assumeRole } from "../../../src/identity/assume-role.ts";
import { rootPrincipal, servicePrincipal } from "../../../src/identity/principal.ts";
import { startTestCloud } from "../../cloud.ts";

const code = (code: string, message: string) => expect.objectContaining({ code, message });
const trust = (principal: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }] });
const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const tasks = trust({ Service: "ecs-tasks.amazonaws.com" });
const region = "eu-central-1";

test("a role is answered as AWS does: encoded trust policy, default session, path in its ARN", async () => {
  await using cloud = await startTestCloud();
  const { Role } = await cloud.call("iam", "CreateRole", {
    RoleName: "worker",
    Path: "/app/",
    AssumeRolePolicyDocument: tasks,
    Tags: [{ Key: "a", Value: "b" }],
  });
  expect(Role).toMatchObject({
    Arn: "arn:aws:iam::123456789012:role/app/worker",
    RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
    AssumeRolePolicyDocument: encodeURIComponent(tasks),
    Tags: [{ Key: "a", Value: "b" }],
  });
  expect((await cloud.call("iam", "GetRole", { RoleName: "worker" })).Role).toMatchObject({ MaxSessionDuration: 3600, RoleLastUsed: {} });
  await expect(cloud.call("iam", "CreateRole", { RoleName: "Worker", AssumeRolePolicyDocument: tasks })).rejects.toEqual(
    code("EntityAlreadyExists", "Role with name Worker already exists."),
  );
  await expect(cloud.call("iam", "GetRole", { RoleName: "nobody" })).rejects.toEqual(
    code("NoSuchEntity", "The role with name nobody cannot be found."),
  );
  await expect(cloud.call("iam", "CreateRole", { RoleName: "bad name", AssumeRolePolicyDocument: tasks })).rejects.toEqual(
    code(
      "ValidationError",
      "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+",
    ),
  );
});

test("a role goes only when nothing hangs on it", async () => {
  await using cloud = await startTestCloud();
  const RoleName = "worker";
  const PolicyArn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
  await cloud.call("iam", "CreateRole", { RoleName, AssumeRolePolicyDocument: tasks });
  await expect(cloud.call("iam", "AttachRolePolicy", { RoleName, PolicyArn: "AdministratorAccess!!!" })).rejects.toEqual(
    code("ValidationError", "ARN AdministratorAccess!!! is not valid."),
  );
  await cloud.call("iam", "AttachRolePolicy", { RoleName, PolicyArn });
  await cloud.call("iam", "PutRolePolicy", {
    RoleName,
    PolicyName: "own",
    PolicyDocument: policy({ Effect: "Allow", Action: "s3:*", Resource: "*" }),
  });
  expect(await cloud.call("iam", "ListAttachedRolePolicies", { RoleName })).toEqual({
    AttachedPolicies: [{ PolicyName: "AmazonECSTaskExecutionRolePolicy", PolicyArn }],
    IsTruncated: false,
  });
  await expect(cloud.call("iam", "DeleteRole", { RoleName })).rejects.toEqual(
    code("DeleteConflict", "Cannot delete entity, must detach all policies first."),
  );
  await cloud.call("iam", "DetachRolePolicy", { RoleName, PolicyArn });
  await expect(cloud.call("iam", "DetachRolePolicy", { RoleName, PolicyArn })).rejects.toEqual(
    code("NoSuchEntity", `Policy ${PolicyArn} was not found.`),
  );
  await expect(cloud.call("iam", "DeleteRole", { RoleName })).rejects.toEqual(
    code("DeleteConflict", "Cannot delete entity, must delete policies first."),
  );
  await cloud.call("iam", "DeleteRolePolicy", { RoleName, PolicyName: "own" });
  await cloud.call("iam", "DeleteRole", { RoleName });
  expect((await cloud.call("iam", "ListRoles", {})).Roles).toEqual([]);
});

test("a session may do what its role's policies allow, and is told why not", async () => {
  await using test = await startTestCloud();
  const { cloud, call } = test;
  await call("iam", "CreateRole", { RoleName: "reader", AssumeRolePolicyDocument: tasks });
  const { Role } = await call("iam", "GetRole", { RoleName: "reader" });
  const by = servicePrincipal(cloud.account, "ecs-tasks.amazonaws.com");
  const { principal } = assumeRole(cloud, { roleArn: Role!.Arn!, sessionName: "task", by, region });
  expect(principal.arn).toBe("arn:aws:sts::123456789012:assumed-role/reader/task");
  const mine = cloud.as(principal, region);
  await expect(mine("ec2", "DescribeVpcs", {})).rejects.toMatchObject({
    code: "UnauthorizedOperation",
    status: 403,
    message:
      "You are not authorized to perform this operation. User: arn:aws:sts::123456789012:assumed-role/reader/task is not authorized to perform: ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action",
  });
  const put = (document: string) => call("iam", "PutRolePolicy", { RoleName: "reader", PolicyName: "p", PolicyDocument: document });
  await put(
    policy(
      { Effect: "Allow", Action: ["ec2:Describe*", "iam:GetRole"], Resource: "*" },
      { Effect: "Deny", Action: "iam:*", Resource: "arn:aws:iam::*:role/reader" },
    ),
  );
  expect((await mine("ec2", "DescribeVpcs", {})).Vpcs).toHaveLength(1);
  await expect(mine("iam", "GetRole", { RoleName: "reader" })).rejects.toEqual(
    code(
      "AccessDenied",
      "User: arn:aws:sts::123456789012:assumed-role/reader/task is not authorized to perform: iam:GetRole on resource: arn:aws:iam::123456789012:role/reader with an explicit deny in an identity-based policy",
    ),
  );
  await expect(mine("iam", "ListUsers", {})).rejects.toMatchObject({
    message:
      "User: arn:aws:sts::123456789012:assumed-role/reader/task is not authorized to perform: iam:ListUsers on resource: * because no identity-based policy allows the iam:ListUsers action",
  });
});

test("a boundary and a session policy only take away", async () => {
  await using test = await startTestCloud();
  const { cloud, call } = test;
  const { Policy } = await call("iam", "CreatePolicy", {
    PolicyName: "edge",
    PolicyDocument: policy({ Effect: "Allow", Action: "ec2:*", Resource: "*" }),
  });
  await call("iam", "CreateRole", { RoleName: "wide", AssumeRolePolicyDocument: tasks, PermissionsBoundary: Policy!.Arn! });
  await call("iam", "AttachRolePolicy", { RoleName: "wide", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" });
  const session = (sessionPolicy?: string) =>
    cloud.as(
      assumeRole(cloud, {
        roleArn: "arn:aws:iam::123456789012:role/wide",
        sessionName: "s1",
        sessionPolicy,
        by: servicePrincipal(cloud.account, "ecs-tasks.amazonaws.com"),
        region,
      }).principal,
      region,
    );
  await session()("ec2", "DescribeVpcs", {});
  await expect(session()("iam", "ListUsers", {})).rejects.toMatchObject({
    message: expect.stringMatching(/because no permissions boundary allows the iam:ListUsers action$/),
  });
  await expect(session(policy({ Effect: "Allow", Action: "iam:*", Resource: "*" }))("ec2", "DescribeVpcs", {})).rejects.toMatchObject({
    message: expect.stringMatching(/because no session policy allows the ec2:DescribeVpcs action$/),
  });
});

test("a trust policy says who takes a role", async () => {
  await using test = await startTestCloud();
  const { cloud, call } = test;
  await call("iam", "CreateRole", { RoleName: "worker", AssumeRolePolicyDocument: tasks });
  const roleArn = "arn:aws:iam::123456789012:role/worker";
  const take = (by: Parameters<typeof assumeRole>[1]["by"]) => () => assumeRole(cloud, { roleArn, sessionName: "s1", by, region });
  expect(take(servicePrincipal(cloud.account, "lambda.amazonaws.com"))).toThrow(
    `User: lambda.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
  );
  expect(take(rootPrincipal(cloud.account))).toThrow("is not authorized to perform: sts:AssumeRole");
  await call("iam", "CreateUser", { UserName: "ann" });
  const { AccessKey } = await call("iam", "CreateAccessKey", { UserName: "ann" });
  expect(AccessKey).toMatchObject({ UserName: "ann", Status: "Active", AccessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/) });
  const { User } = await call("iam", "GetUser", { UserName: "ann" });
  const ann = { kind: "user" as const, account: cloud.account, arn: User!.Arn!, userId: User!.UserId!, userName: "ann" };
  // The account is trusted: then ann's own policies decide.
  await call("iam", "UpdateAssumeRolePolicy", { RoleName: "worker", PolicyDocument: trust({ AWS: "arn:aws:iam::123456789012:root" }) });
  expect(take(ann)).toThrow("is not authorized to perform: sts:AssumeRole");
  await call("iam", "PutUserPolicy", {
    UserName: "ann",
    PolicyName: "take",
    PolicyDocument: policy({ Effect: "Allow", Action: "sts:AssumeRole", Resource: roleArn }),
  });
  expect(take(ann)().accessKeyId).toMatch(/^ASIA/);
  // Ann herself is trusted: that is enough.
  await call("iam", "DeleteUserPolicy", { UserName: "ann", PolicyName: "take" });
  await call("iam", "UpdateAssumeRolePolicy", { RoleName: "worker", PolicyDocument: trust({ AWS: ann.arn }) });
  expect(take(ann)().principal.arn).toBe("arn:aws:sts::123456789012:assumed-role/worker/s1");
  await expect(
    call("iam", "UpdateAssumeRolePolicy", { RoleName: "worker", PolicyDocument: trust({ AWS: "arn:aws:iam::123456789012:user/nobody" }) }),
  ).rejects.toEqual(code("MalformedPolicyDocument", 'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/nobody"'));
});
