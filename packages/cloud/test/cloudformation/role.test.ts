/** A stack's calls are made as the role that it was given, now and at its later operations. */
import { expect, test } from "vitest";
import { fakeCloud } from "./fake-cloud.ts";

const template = JSON.stringify({
  Resources: { A: { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: "{{resolve:ssm:/shop/word}}" } } },
});

test("the role's policies decide, not the caller's", async () => {
  using fake = fakeCloud();
  await fake.call("ssm", "PutParameter", { Name: "/shop/word", Type: "String", Value: "hello" });
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "cloudformation.amazonaws.com" }, Action: "sts:AssumeRole" }],
  };
  const { Role } = await fake.call("iam", "CreateRole", { RoleName: "deployer", AssumeRolePolicyDocument: JSON.stringify(trust) });
  const RoleARN = Role!.Arn!;

  await fake.call("cloudformation", "CreateStack", { StackName: "shop", TemplateBody: template, RoleARN, OnFailure: "DELETE" });
  await fake.engine.idle();
  const [gone] = (await fake.call("cloudformation", "ListStacks", {})).StackSummaries!;
  const { StackEvents } = await fake.call("cloudformation", "DescribeStackEvents", { StackName: gone!.StackId! });
  const reason = StackEvents!.find(({ ResourceStatus }) => ResourceStatus === "CREATE_FAILED")!.ResourceStatusReason;
  expect(reason).toContain("assumed-role/deployer/AWSCloudFormation is not authorized to perform: ssm:GetParameter");

  const allowed = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "ssm:GetParameter", Resource: "*" }] };
  await fake.call("iam", "PutRolePolicy", { RoleName: "deployer", PolicyName: "read", PolicyDocument: JSON.stringify(allowed) });
  await fake.call("cloudformation", "CreateStack", { StackName: "shop", TemplateBody: template, RoleARN });
  await fake.engine.idle();
  const [stack] = (await fake.call("cloudformation", "DescribeStacks", { StackName: "shop" })).Stacks!;
  expect([stack!.StackStatus, stack!.RoleARN]).toEqual(["CREATE_COMPLETE", RoleARN]);
});

test("a role that CloudFormation cannot assume is refused at once", async () => {
  using fake = fakeCloud();
  const RoleARN = "arn:aws:iam::123456789012:role/nobody";
  await expect(fake.call("cloudformation", "CreateStack", { StackName: "shop", TemplateBody: template, RoleARN })).rejects.toMatchObject({
    code: "ValidationError",
    message: `Role ${RoleARN} is invalid or cannot be assumed`,
  });
});
