/** Who may use a key: its policy, the account's policies where that lets them, and grants. Source: AWS KMS Developer Guide, "Determining access to AWS KMS keys". */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSimulatedCloud, type TestCloud } from "../../cloud.ts";
import { account, asRole, keyPolicy, region } from "./fixture.ts";

let testCloud: TestCloud;
beforeAll(async () => {
  testCloud = await startSimulatedCloud();
});
afterAll(() => testCloud[Symbol.asyncDispose]());

const Plaintext = Buffer.from("x");
const newKey = async (Policy?: object) =>
  (await testCloud.call("kms", "CreateKey", { ...(Policy && { Policy: JSON.stringify(Policy), BypassPolicyLockoutSafetyCheck: true }) }))
    .KeyMetadata!;
const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`;
const denied = (why: string) => ({ code: "AccessDeniedException", message: expect.stringMatching(new RegExp(`${why}$`, "u")) });

test("by default the account's policies decide, and say so when they do not allow it", async () => {
  const { call, cloud } = testCloud;
  const { KeyId = "", Arn } = await newKey();
  const none = await asRole(cloud, call, "none", ["s3:*"]);
  await expect(none("kms", "Encrypt", { KeyId, Plaintext })).rejects.toMatchObject({
    code: "AccessDeniedException",
    message: `User: arn:aws:sts::${account}:assumed-role/none/test is not authorized to perform: kms:Encrypt on resource: ${Arn} because no identity-based policy allows the kms:Encrypt action`,
  });
  const all = await asRole(cloud, call, "all", ["kms:*"]);
  const { CiphertextBlob } = await all("kms", "Encrypt", { KeyId, Plaintext });
  await expect(none("kms", "Decrypt", { CiphertextBlob: CiphertextBlob! })).rejects.toMatchObject(
    denied("or you are not allowed to access\\."),
  );
});

test("a key whose policy leaves the account out is closed to administrators and to the root", async () => {
  const { call, cloud } = testCloud;
  const all = await asRole(cloud, call, "administrator", ["*"]);
  const one = await asRole(cloud, call, "named", ["s3:ListBucket"]);
  const { KeyId = "" } = await newKey({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: roleArn("named") }, Action: "kms:Encrypt", Resource: "*" }],
  });
  const closed = denied("because no resource-based policy allows the kms:Encrypt action");
  await expect(all("kms", "Encrypt", { KeyId, Plaintext })).rejects.toMatchObject(closed);
  await expect(call("kms", "Encrypt", { KeyId, Plaintext })).rejects.toMatchObject(closed);
  expect((await one("kms", "Encrypt", { KeyId, Plaintext })).KeyId).toBeDefined();
});

test("a policy that locks its author out, or names who is not there, is refused", async () => {
  const { call } = testCloud;
  const { KeyId = "" } = await newKey();
  const put = (Policy: string) => call("kms", "PutKeyPolicy", { KeyId, Policy });
  const read = { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "kms:Describe*", Resource: "*" };
  await expect(put(JSON.stringify({ Statement: [read] }))).rejects.toMatchObject({
    code: "MalformedPolicyDocumentException",
    message: "The new key policy will not allow you to update the key policy in the future.",
  });
  await expect(put(keyPolicy({ ...read, Principal: { AWS: roleArn("nobody") } }))).rejects.toMatchObject({
    message: "Policy contains a statement with one or more invalid principals.",
  });
  await put(keyPolicy({ ...read, Effect: "Deny", Action: "kms:Encrypt" }));
  await expect(call("kms", "Encrypt", { KeyId, Plaintext })).rejects.toMatchObject(
    denied("with an explicit deny in a resource-based policy"),
  );
});

test("a grant allows what it names, under its context, until it is retired or revoked", async () => {
  const { call, cloud } = testCloud;
  const { KeyId = "", Arn } = await newKey();
  const user = await asRole(cloud, call, "grantee", ["s3:*"]);
  const encrypt = (EncryptionContext?: Record<string, string>) =>
    user("kms", "Encrypt", { KeyId, Plaintext, ...(EncryptionContext && { EncryptionContext }) });
  const grant = {
    KeyId,
    GranteePrincipal: roleArn("grantee"),
    RetiringPrincipal: roleArn("grantee"),
    Operations: ["Encrypt" as const, "DescribeKey" as const],
    Constraints: { EncryptionContextSubset: { tenant: "7" } },
    Name: "for-tenant-7",
  };
  const { GrantId, GrantToken } = await call("kms", "CreateGrant", grant);
  expect((await call("kms", "CreateGrant", grant)).GrantId).toBe(GrantId);
  await expect(encrypt()).rejects.toMatchObject({ code: "AccessDeniedException" });
  await encrypt({ tenant: "7", more: "1" });
  await user("kms", "DescribeKey", { KeyId });
  await expect(user("kms", "DisableKey", { KeyId })).rejects.toMatchObject({ code: "AccessDeniedException" });
  expect((await call("kms", "ListGrants", { KeyId })).Grants).toMatchObject([
    { KeyId: Arn, GrantId, Name: "for-tenant-7", GranteePrincipal: roleArn("grantee"), IssuingAccount: `arn:aws:iam::${account}:root` },
  ]);
  expect((await call("kms", "ListRetirableGrants", { RetiringPrincipal: roleArn("grantee") })).Grants).toHaveLength(1);
  await user("kms", "RetireGrant", { GrantToken: GrantToken! });
  await expect(encrypt({ tenant: "7" })).rejects.toMatchObject({ code: "AccessDeniedException" });

  const second = (await call("kms", "CreateGrant", { KeyId, GranteePrincipal: roleArn("grantee"), Operations: ["Encrypt"] })).GrantId!;
  await encrypt();
  await call("kms", "RevokeGrant", { KeyId, GrantId: second });
  await expect(encrypt()).rejects.toMatchObject({ code: "AccessDeniedException" });
  await expect(call("kms", "RevokeGrant", { KeyId, GrantId: second })).rejects.toMatchObject({
    code: "NotFoundException",
    message: `Grant ID ${second} not found`,
  });
  await expect(call("kms", "CreateGrant", { KeyId, GranteePrincipal: roleArn("grantee"), Operations: ["Sign"] })).rejects.toMatchObject({
    code: "ValidationException",
  });
  await expect(call("kms", "CreateGrant", { KeyId, GranteePrincipal: "grantee", Operations: ["Encrypt"] })).rejects.toMatchObject({
    code: "InvalidArnException",
    message: "ARN does not refer to a valid principal: grantee",
  });
});

test("policies see a key's aliases, the alias that was named, its tags and its encryption context", async () => {
  const { call, cloud } = testCloud;
  const condition = (RoleName: string, Condition: object) =>
    call("iam", "PutRolePolicy", {
      RoleName,
      PolicyName: "all",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "kms:Encrypt", Resource: "*", Condition }],
      }),
    });
  const { KeyId = "" } = await newKey();
  const user = await asRole(cloud, call, "conditional", ["s3:*"]);
  await call("kms", "CreateAlias", { AliasName: "alias/app-orders", TargetKeyId: KeyId });
  const encrypt = (more: object = {}) => user("kms", "Encrypt", { KeyId, Plaintext, ...more });
  const refused = { code: "AccessDeniedException" };

  await condition("conditional", { "ForAnyValue:StringLike": { "kms:ResourceAliases": "alias/app-*" } });
  await encrypt();
  await condition("conditional", { StringEquals: { "kms:RequestAlias": "alias/app-orders" } });
  await expect(encrypt()).rejects.toMatchObject(refused);
  await encrypt({ KeyId: "alias/app-orders" });
  await condition("conditional", { StringEquals: { "aws:ResourceTag/stage": "prod" } });
  await expect(encrypt()).rejects.toMatchObject(refused);
  await call("kms", "TagResource", { KeyId, Tags: [{ TagKey: "stage", TagValue: "prod" }] });
  await encrypt();
  await condition("conditional", { StringEquals: { "kms:EncryptionContext:tenant": "7" } });
  await expect(encrypt()).rejects.toMatchObject(refused);
  await encrypt({ EncryptionContext: { tenant: "7" } });
  await condition("conditional", { StringEquals: { "kms:ViaService": `sqs.${region}.amazonaws.com` } });
  await expect(encrypt()).rejects.toMatchObject(refused);
});

test("keys, aliases and grants are there after a restart, and gone after a reset", async () => {
  const { call, cloud } = testCloud;
  const { KeyId = "" } = await newKey();
  await call("kms", "CreateAlias", { AliasName: "alias/stays", TargetKeyId: KeyId });
  const { CiphertextBlob } = await call("kms", "Encrypt", { KeyId: "alias/stays", Plaintext });
  await cloud.stop();
  await cloud.start();
  expect(Buffer.from((await call("kms", "Decrypt", { CiphertextBlob: CiphertextBlob! })).Plaintext!)).toEqual(Plaintext);
  await cloud.reset();
  expect((await call("kms", "ListKeys", {})).Keys).toEqual([]);
  await expect(call("kms", "DescribeKey", { KeyId: "alias/stays" })).rejects.toMatchObject({ code: "NotFoundException" });
});
