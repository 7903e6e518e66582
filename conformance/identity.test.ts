/** IAM through AWS's own client: roles, policies, and the simulator's decisions. */
import { IAM } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTarget, type Target } from "./target.ts";

let target: Target;
let iam: IAM;
beforeAll(async () => {
  target = await openTarget();
  iam = new IAM(target.configuration);
});
afterAll(async () => {
  iam.destroy();
  await target[Symbol.asyncDispose]();
});

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

test("a role with an inline and an attached policy is described, simulated, and goes when both are off", async () => {
  const RoleName = `${target.prefix}-role`;
  const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust });
  expect(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).toBe(trust);
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "s3:Get*", Resource: "arn:aws:s3:::plinth/*" },
      { Effect: "Deny", Action: "s3:GetObjectAcl", Resource: "*" },
    ],
  });
  await iam.putRolePolicy({ RoleName, PolicyName: "read", PolicyDocument });
  const PolicyArn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
  await iam.attachRolePolicy({ RoleName, PolicyArn });
  expect((await iam.listAttachedRolePolicies({ RoleName })).AttachedPolicies).toEqual([
    { PolicyName: "AmazonECSTaskExecutionRolePolicy", PolicyArn },
  ]);
  const { EvaluationResults } = await iam.simulatePrincipalPolicy({
    PolicySourceArn: Role!.Arn!,
    ActionNames: ["s3:GetObject", "s3:GetObjectAcl", "s3:PutObject"],
    ResourceArns: ["arn:aws:s3:::plinth/key"],
  });
  expect(EvaluationResults!.map(({ EvalDecision }) => EvalDecision)).toEqual(["allowed", "explicitDeny", "implicitDeny"]);
  await expect(iam.deleteRole({ RoleName })).rejects.toMatchObject({
    name: "DeleteConflictException",
    message: "Cannot delete entity, must detach all policies first.",
  });
  await iam.detachRolePolicy({ RoleName, PolicyArn });
  await expect(iam.deleteRole({ RoleName })).rejects.toMatchObject({ message: "Cannot delete entity, must delete policies first." });
  await iam.deleteRolePolicy({ RoleName, PolicyName: "read" });
  await iam.deleteRole({ RoleName });
  await expect(iam.getRole({ RoleName })).rejects.toMatchObject({
    name: "NoSuchEntityException",
    message: `The role with name ${RoleName} cannot be found.`,
  });
});

test("a policy that is none is refused in IAM's words", async () => {
  await expect(iam.createPolicy({ PolicyName: `${target.prefix}-bad`, PolicyDocument: "{}" })).rejects.toMatchObject({
    name: "MalformedPolicyDocumentException",
    message: "Syntax errors in policy.",
  });
});
