/** STS through its official client: identities, sessions of roles, and credentials that are checked. */
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueUserAccessKey } from "../../../src/identity/credentials.ts";
import { roles, users } from "../../../src/identity/entities.ts";
import { startTestServer, type TestServer } from "../../server.ts";

let server: TestServer;
let root: STSClient;
const account = "123456789012";
const roleArn = `arn:aws:iam::${account}:role/Reader`;

beforeAll(async () => {
  server = await startTestServer();
  root = new STSClient(server.client);
  const common = { path: "/", createdMs: 0, inline: {}, attached: [], tags: {} };
  const trust = (statement: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", ...statement }] });
  roles(server.cloud).put({
    ...common,
    name: "Reader",
    id: "AROAREADER",
    arn: roleArn,
    maxSessionSeconds: 3600,
    trust: trust({ Principal: { AWS: `arn:aws:iam::${account}:root` } }),
  });
  roles(server.cloud).put({
    ...common,
    name: "Guarded",
    id: "AROAGUARDED",
    arn: `arn:aws:iam::${account}:role/Guarded`,
    maxSessionSeconds: 3600,
    trust: trust({ Principal: { AWS: `arn:aws:iam::${account}:root` }, Condition: { StringEquals: { "sts:ExternalId": "open-sesame" } } }),
  });
  users(server.cloud).put({ ...common, name: "eve", id: "AIDAEVE", arn: `arn:aws:iam::${account}:user/eve`, groups: [], accessKeys: [] });
});
afterAll(async () => {
  root.destroy();
  await server[Symbol.asyncDispose]();
  expect(server.reported).toEqual([]);
});

const eve = () =>
  issueUserAccessKey(server.cloud, { kind: "user", account, arn: `arn:aws:iam::${account}:user/eve`, userId: "AIDAEVE", userName: "eve" });

test("an access key that the cloud did not issue is the account's root", async () => {
  expect(await root.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: account,
    Arn: `arn:aws:iam::${account}:root`,
    UserId: account,
  });
});

test("a role's session says so, with credentials that are checked", async () => {
  const { Credentials, AssumedRoleUser } = await root.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "one" }));
  expect(AssumedRoleUser).toEqual({ AssumedRoleId: "AROAREADER:one", Arn: `arn:aws:sts::${account}:assumed-role/Reader/one` });
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  const credentials = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
  const session = new STSClient({ ...server.client, credentials });
  expect(await session.send(new GetCallerIdentityCommand({}))).toMatchObject({ Arn: AssumedRoleUser!.Arn, UserId: "AROAREADER:one" });

  const wrong = new STSClient({ ...server.client, credentials: { ...credentials, secretAccessKey: "wrong" } });
  await expect(wrong.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: "SignatureDoesNotMatch",
    $metadata: { httpStatusCode: 403 },
  });
  const tokenless = new STSClient({ ...server.client, credentials: { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey! } });
  await expect(tokenless.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: "InvalidClientTokenId",
    message: "The security token included in the request is invalid.",
  });
});

describe("a role is taken", () => {
  test.each([
    [{}, "AccessDenied"],
    [{ ExternalId: "open-sesame" }, undefined],
  ])("with %o where the trust policy asks for an external id", async (input, name) => {
    const taking = root.send(new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/Guarded`, RoleSessionName: "one", ...input }));
    if (name === undefined) expect((await taking).Credentials).toBeDefined();
    else await expect(taking).rejects.toMatchObject({ name });
  });

  test("not by a user whose own policies do not allow it", async () => {
    const { accessKeyId, secretAccessKey } = eve();
    const user = new STSClient({ ...server.client, credentials: { accessKeyId, secretAccessKey } });
    await expect(user.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "one" }))).rejects.toMatchObject({
      name: "AccessDenied",
      message: `User: arn:aws:iam::${account}:user/eve is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    });
  });

  test("not for longer than it allows", async () => {
    await expect(
      root.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "one", DurationSeconds: 7200 })),
    ).rejects.toMatchObject({
      name: "ValidationError",
      message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    });
  });
});

test("a session name is checked in AWS's words", async () => {
  await expect(root.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "a b" }))).rejects.toMatchObject({
    name: "ValidationError",
    message:
      "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
  });
});

describe("session tags", () => {
  const tagged = `arn:aws:iam::${account}:role/Tagged`;
  const tag = (Key: string, Value = "v") => ({ Key, Value });
  const take = (client: STSClient, input: Partial<AssumeRoleCommandInput>) =>
    client.send(new AssumeRoleCommand({ RoleArn: tagged, RoleSessionName: "one", ...input }));
  const as = ({ Credentials }: AssumeRoleCommandOutput) => ({
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  });

  beforeAll(() => {
    const statement = { Effect: "Allow", Principal: { AWS: account }, Action: ["sts:AssumeRole", "sts:TagSession"] };
    const own = { Effect: "Allow", Action: "*", Resource: "*", Condition: { StringEquals: { "aws:PrincipalTag/team": "red" } } };
    const document = (one: object) => JSON.stringify({ Version: "2012-10-17", Statement: [one] });
    roles(server.cloud).put({
      name: "Tagged",
      id: "AROATAGGED",
      arn: tagged,
      path: "/",
      createdMs: 0,
      attached: [],
      maxSessionSeconds: 3600,
      tags: { Team: "blue" },
      trust: document(statement),
      inline: { own: document(own) },
    });
  });

  test("go before the role's own, and the transitive ones on to the next session", async () => {
    const secrets = (answer: AssumeRoleCommandOutput) => {
      const client = new SecretsManagerClient({ ...server.client, credentials: as(answer) });
      return client.send(new ListSecretsCommand({})).finally(() => client.destroy());
    };
    await expect(secrets(await take(root, {}))).rejects.toMatchObject({ name: "AccessDeniedException" });
    const red = await take(root, { Tags: [tag("team", "red"), tag("once")], TransitiveTagKeys: ["team"] });
    expect(red.PackedPolicySize).toBe(1);
    expect((await secrets(red)).SecretList).toEqual([]);

    const session = new STSClient({ ...server.client, credentials: as(red) });
    expect((await secrets(await take(session, { Tags: [tag("once", "again")] }))).SecretList).toEqual([]);
    await expect(take(session, { Tags: [tag("TEAM")] })).rejects.toMatchObject({
      name: "InvalidParameterValue",
      message: expect.stringContaining("conflicts with a transitive tag key from the calling session"),
    });
    await expect(take(session, { RoleArn: roleArn })).rejects.toMatchObject({ message: expect.stringContaining("sts:TagSession") });
    session.destroy();
  });

  test.each([
    [{ RoleArn: roleArn, Tags: [tag("a")] }, "AccessDenied", `is not authorized to perform: sts:TagSession on resource: ${roleArn}`],
    [{ Tags: [tag("a"), tag("A")] }, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."],
    [
      { Tags: [tag("a")], TransitiveTagKeys: ["b"] },
      "InvalidParameterValue",
      "The specified transitive tag key must be included in the requested tags.",
    ],
    [{ Tags: [tag("a\n")] }, "ValidationError", "'tags.1.member.key'"],
    [{ SourceIdentity: "somebody" }, "NotImplemented", "The embedded cloud does not serve SourceIdentity in sts:AssumeRole."],
  ])("%o is refused", async (input, name, message) => {
    await expect(take(root, input)).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  });
});

test("a user's session token stands for the user", async () => {
  const { accessKeyId, secretAccessKey } = eve();
  const user = new STSClient({ ...server.client, credentials: { accessKeyId, secretAccessKey } });
  const { Credentials } = await user.send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  const session = new STSClient({
    ...server.client,
    credentials: { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! },
  });
  expect((await session.send(new GetCallerIdentityCommand({}))).Arn).toBe(`arn:aws:iam::${account}:user/eve`);
  expect((await root.send(new GetAccessKeyInfoCommand({ AccessKeyId }))).Account).toBe(account);
});
