/** Callers and policies for what the services do with keys. */
import type { Cloud } from "../../../src/cloud.ts";
import type { Call } from "../../../src/service.ts";

export const account = "123456789012";
export const region = "eu-central-1";

const root = { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "kms:*", Resource: "*" };

/** A key's policy: the account's own policies decide, and `more`. */
export const keyPolicy = (...more: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement: [root, ...more] });

/** A statement that lets a service use the key. */
export const lets = (Service: string, ...Action: string[]) => ({
  Effect: "Allow",
  Principal: { Service },
  Action: Action.length > 0 ? Action : ["kms:GenerateDataKey*", "kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:Describe*"],
  Resource: "*",
});

/** Calls as a session of a new role that may do `actions` everywhere. */
export async function asRole(cloud: Cloud, root: Call, RoleName: string, actions: readonly string[]): Promise<Call> {
  const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" }] };
  const { Role } = await root("iam", "CreateRole", { RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) });
  await root("iam", "PutRolePolicy", {
    RoleName,
    PolicyName: "all",
    PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] }),
  });
  return cloud.as(
    {
      kind: "assumed-role",
      account,
      arn: `arn:aws:sts::${account}:assumed-role/${RoleName}/test`,
      userId: `${Role!.RoleId!}:test`,
      roleName: RoleName,
      roleArn: Role!.Arn!,
      sessionName: "test",
    },
    region,
  );
}
