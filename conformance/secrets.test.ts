/** Secrets Manager, Parameter Store and STS through AWS's own clients. */
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import {
  DeleteParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  LabelParameterVersionCommand,
  paginateGetParametersByPath,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTarget, type Target } from "./target.ts";

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target[Symbol.asyncDispose]());

describe("Secrets Manager", () => {
  let client: SecretsManagerClient;
  let Name: string;
  beforeAll(() => {
    client = new SecretsManagerClient(target.configuration);
    Name = `${target.prefix}/login`;
  });
  afterAll(async () => {
    await client.send(new DeleteSecretCommand({ SecretId: Name, ForceDeleteWithoutRecovery: true }));
    client.destroy();
  });

  test("a value is made, replaced and read by its labels", async () => {
    const { ARN, VersionId: first } = await client.send(new CreateSecretCommand({ Name, SecretString: "one" }));
    expect(ARN).toMatch(new RegExp(`:secret:${Name}-[A-Za-z0-9]{6}$`));
    const { VersionId: second } = await client.send(new PutSecretValueCommand({ SecretId: ARN!, SecretString: "two" }));
    expect((await client.send(new GetSecretValueCommand({ SecretId: Name }))).SecretString).toBe("two");
    const previous = await client.send(new GetSecretValueCommand({ SecretId: ARN!.slice(0, -7), VersionStage: "AWSPREVIOUS" }));
    expect(previous.SecretString).toBe("one");
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: Name }));
    expect(VersionIdsToStages).toEqual({ [first!]: ["AWSPREVIOUS"], [second!]: ["AWSCURRENT"] });
  });

  test.each([
    [
      "one that is not there",
      { SecretId: "plinth-no-such-secret" },
      "ResourceNotFoundException",
      "Secrets Manager can't find the specified secret.",
    ],
    [
      "an id that is too short for a version",
      { SecretId: "plinth-no-such-secret", VersionId: "x" },
      "ValidationException",
      "1 validation error detected: Value 'x' at 'versionId' failed to satisfy constraint: Member must have length greater than or equal to 32",
    ],
  ])("%s", async (_what, input, name, message) => {
    await expect(client.send(new GetSecretValueCommand(input))).rejects.toMatchObject({ name, message });
  });
});

describe("Parameter Store", () => {
  let client: SSMClient;
  const made: string[] = [];
  const put = async (name: string, more: object = {}) => {
    const Name = `/${target.prefix}/${name}`;
    made.push(Name);
    await client.send(new PutParameterCommand({ Name, Value: name, Type: "String", ...more }));
    return Name;
  };
  beforeAll(() => {
    client = new SSMClient(target.configuration);
  });
  afterAll(async () => {
    await client.send(new DeleteParametersCommand({ Names: made }));
    client.destroy();
  });

  test("a SecureString shows its value only when asked to", async () => {
    const Name = await put("secret", { Type: "SecureString", Value: "hidden" });
    expect((await client.send(new GetParameterCommand({ Name }))).Parameter!.Value).not.toContain("hidden");
    expect((await client.send(new GetParameterCommand({ Name, WithDecryption: true }))).Parameter!.Value).toBe("hidden");
  });

  test("versions are read by number and by label", async () => {
    const Name = await put("versioned");
    await client.send(new PutParameterCommand({ Name, Value: "second", Overwrite: true }));
    await client.send(new LabelParameterVersionCommand({ Name, ParameterVersion: 1, Labels: ["stable"] }));
    expect((await client.send(new GetParameterCommand({ Name: `${Name}:stable` }))).Parameter).toMatchObject({
      Value: "versioned",
      Version: 1,
    });
    expect((await client.send(new GetParameterCommand({ Name: `${Name}:2` }))).Parameter!.Value).toBe("second");
    const { Parameters } = await client.send(new GetParameterHistoryCommand({ Name }));
    expect(Parameters!.map(({ Version, Labels }) => [Version, Labels])).toEqual([
      [1, ["stable"]],
      [2, []],
    ]);
  });

  test("a hierarchy comes in pages", async () => {
    for (const name of ["tree/a", "tree/b", "tree/deep/c"]) await put(name);
    const names = async (Recursive: boolean) => {
      const found: string[] = [];
      const pages = paginateGetParametersByPath({ client, pageSize: 1 }, { Path: `/${target.prefix}/tree`, Recursive });
      for await (const { Parameters = [] } of pages) found.push(...Parameters.map(({ Value }) => Value!));
      return found.toSorted();
    };
    expect(await names(false)).toEqual(["tree/a", "tree/b"]);
    expect(await names(true)).toEqual(["tree/a", "tree/b", "tree/deep/c"]);
  });

  test("one that exists is not overwritten by accident", async () => {
    const Name = await put("once");
    await expect(client.send(new PutParameterCommand({ Name, Value: "again", Type: "String" }))).rejects.toMatchObject({
      name: "ParameterAlreadyExists",
      message: "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    });
  });
});

describe("STS", () => {
  test("temporary credentials stand for who asked for them", async () => {
    const client = new STSClient(target.configuration);
    const { Arn, Account } = await client.send(new GetCallerIdentityCommand({}));
    expect(Account).toMatch(/^\d{12}$/);
    const { Credentials } = await client.send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
    const credentials = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
    const session = new STSClient({ ...target.configuration, credentials });
    expect((await session.send(new GetCallerIdentityCommand({}))).Arn).toBe(Arn);
    const wrong = new STSClient({ ...target.configuration, credentials: { ...credentials, secretAccessKey: "wrong" } });
    await expect(wrong.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: "SignatureDoesNotMatch" });
    for (const each of [client, session, wrong]) each.destroy();
  });
});
