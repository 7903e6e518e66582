/** Secrets Manager through its official client. */
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  ReplicateSecretToRegionsCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
  ValidateResourcePolicyCommand,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSimulatedServer, type TestServer } from "../../server.ts";
import type { SimulatedWorld } from "../../../src/world/simulated.ts";

let server: TestServer & { world: SimulatedWorld };
let client: SecretsManagerClient;
beforeAll(async () => {
  server = await startSimulatedServer();
  client = new SecretsManagerClient(server.client);
});
afterAll(async () => {
  client.destroy();
  await server[Symbol.asyncDispose]();
  expect(server.reported).toEqual([]);
});

const dayMs = 86_400_000;
const token = (letter: string) => letter.repeat(32);

describe("values and versions", () => {
  test("a new secret answers by name, ARN and ARN without its six characters", async () => {
    const made = await client.send(new CreateSecretCommand({ Name: "app/db", SecretString: "first", Description: "the login" }));
    expect(made.ARN).toMatch(/^arn:aws:secretsmanager:eu-central-1:123456789012:secret:app\/db-[A-Za-z0-9]{6}$/);
    for (const SecretId of ["app/db", made.ARN!, made.ARN!.slice(0, -7)]) {
      const { SecretString, VersionId, VersionStages } = await client.send(new GetSecretValueCommand({ SecretId }));
      expect([SecretString, VersionId, VersionStages]).toEqual(["first", made.VersionId, ["AWSCURRENT"]]);
    }
  });

  test("a put value becomes current and the one before it previous; older ones are deprecated", async () => {
    await client.send(new CreateSecretCommand({ Name: "rotating", SecretString: "1", ClientRequestToken: token("a") }));
    await client.send(new PutSecretValueCommand({ SecretId: "rotating", SecretString: "2", ClientRequestToken: token("b") }));
    await client.send(new PutSecretValueCommand({ SecretId: "rotating", SecretString: "3", ClientRequestToken: token("c") }));
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: "rotating" }));
    expect(VersionIdsToStages).toEqual({ [token("b")]: ["AWSPREVIOUS"], [token("c")]: ["AWSCURRENT"] });
    const previous = await client.send(new GetSecretValueCommand({ SecretId: "rotating", VersionStage: "AWSPREVIOUS" }));
    expect(previous.SecretString).toBe("2");
    const all = await client.send(new ListSecretVersionIdsCommand({ SecretId: "rotating", IncludeDeprecated: true }));
    expect(all.Versions!.map(({ VersionId }) => VersionId!)).toEqual([token("a"), token("b"), token("c")]);
    const labelled = await client.send(new ListSecretVersionIdsCommand({ SecretId: "rotating" }));
    expect(labelled.Versions!.map(({ KmsKeyIds }) => KmsKeyIds)).toEqual([["DefaultEncryptionKey"], ["DefaultEncryptionKey"]]);
  });

  test("a token means the same request: repeated with the same value it is the same version, with another it is refused", async () => {
    const { ARN } = await client.send(new CreateSecretCommand({ Name: "token", SecretString: "x", ClientRequestToken: token("d") }));
    const again = await client.send(new CreateSecretCommand({ Name: "token", SecretString: "x", ClientRequestToken: token("d") }));
    expect(again).toMatchObject({ ARN, VersionId: token("d") });
    await expect(
      client.send(new PutSecretValueCommand({ SecretId: "token", SecretString: "y", ClientRequestToken: token("d") })),
    ).rejects.toMatchObject({
      name: "ResourceExistsException",
      message: `You can't use ClientRequestToken ${token("d")} because that value is already in use for a version of secret ${ARN}.`,
    });
  });

  test("own staging labels stand beside AWSCURRENT and move one at a time", async () => {
    await client.send(new CreateSecretCommand({ Name: "stages", SecretString: "1", ClientRequestToken: token("e") }));
    await client.send(
      new PutSecretValueCommand({ SecretId: "stages", SecretString: "2", ClientRequestToken: token("f"), VersionStages: ["AWSPENDING"] }),
    );
    expect((await client.send(new GetSecretValueCommand({ SecretId: "stages" }))).SecretString).toBe("1");
    const move = { SecretId: "stages", VersionStage: "AWSCURRENT", MoveToVersionId: token("f") };
    await expect(client.send(new UpdateSecretVersionStageCommand(move))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${token("e")}, so you must explicitly reference that version in RemoveFromVersionId.`,
    });
    await client.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: token("e") }));
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: "stages" }));
    expect(VersionIdsToStages).toEqual({ [token("e")]: ["AWSPREVIOUS"], [token("f")]: ["AWSCURRENT", "AWSPENDING"] });
    for (const SecretString of ["3", "4"]) await client.send(new PutSecretValueCommand({ SecretId: "stages", SecretString }));
    const { Versions } = await client.send(new ListSecretVersionIdsCommand({ SecretId: "stages", IncludeDeprecated: true }));
    expect(Versions!.find(({ VersionId }) => VersionId === token("e"))).not.toHaveProperty("VersionStages");
  });

  test("an ARN without its six characters is found, unless the name ends as if it had them", async () => {
    for (const [Name, found] of [
      ["partial/name", true],
      ["partial/name-a1b2c3", false],
    ] as const) {
      const { ARN } = await client.send(new CreateSecretCommand({ Name, SecretString: "1" }));
      const read = client.send(new GetSecretValueCommand({ SecretId: ARN!.slice(0, -7) }));
      if (found) expect((await read).Name).toBe(Name);
      else await expect(read).rejects.toMatchObject({ name: "ResourceNotFoundException" });
      await client.send(new DeleteSecretCommand({ SecretId: ARN, ForceDeleteWithoutRecovery: true }));
    }
    await expect(client.send(new DeleteSecretCommand({ SecretId: "no name" }))).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("bytes come back as they were", async () => {
    const SecretBinary = Uint8Array.from([0, 1, 254, 255]);
    await client.send(new CreateSecretCommand({ Name: "binary", SecretBinary }));
    const { SecretBinary: read, SecretString } = await client.send(new GetSecretValueCommand({ SecretId: "binary" }));
    expect([Buffer.from(read!), SecretString]).toEqual([Buffer.from(SecretBinary), undefined]);
  });

  test("a secret without a value says which label is missing", async () => {
    await client.send(new CreateSecretCommand({ Name: "empty" }));
    await expect(client.send(new GetSecretValueCommand({ SecretId: "empty" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    });
  });

  test("an update of the description makes no version, of the value it does", async () => {
    await client.send(new CreateSecretCommand({ Name: "update", SecretString: "1" }));
    expect((await client.send(new UpdateSecretCommand({ SecretId: "update", Description: "d" }))).VersionId).toBeUndefined();
    expect((await client.send(new UpdateSecretCommand({ SecretId: "update", SecretString: "2" }))).VersionId).toBeDefined();
    expect(await client.send(new DescribeSecretCommand({ SecretId: "update" }))).toMatchObject({ Description: "d" });
  });
});

describe("deletion", () => {
  test("waits for its window, can be taken back, and then is final", async () => {
    await client.send(new CreateSecretCommand({ Name: "doomed", SecretString: "x" }));
    await client.send(new DeleteSecretCommand({ SecretId: "doomed", RecoveryWindowInDays: 7 }));
    await expect(client.send(new GetSecretValueCommand({ SecretId: "doomed" }))).rejects.toMatchObject({
      name: "InvalidRequestException",
      message: "You can't perform this operation on the secret because it was marked for deletion.",
    });
    await expect(client.send(new CreateSecretCommand({ Name: "doomed", SecretString: "y" }))).rejects.toMatchObject({
      message: "You can't create this secret because a secret with this name is already scheduled for deletion.",
    });
    await client.send(new RestoreSecretCommand({ SecretId: "doomed" }));
    expect((await client.send(new GetSecretValueCommand({ SecretId: "doomed" }))).SecretString).toBe("x");
    await client.send(new DeleteSecretCommand({ SecretId: "doomed", RecoveryWindowInDays: 7 }));
    await server.world.clock.sleepThrough(7 * dayMs);
    await expect(client.send(new DescribeSecretCommand({ SecretId: "doomed" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Secrets Manager can't find the specified secret.",
    });
  });

  test("without recovery the name is free at once, with another ARN", async () => {
    const first = await client.send(new CreateSecretCommand({ Name: "again", SecretString: "x" }));
    await client.send(new DeleteSecretCommand({ SecretId: "again", ForceDeleteWithoutRecovery: true }));
    const second = await client.send(new CreateSecretCommand({ Name: "again", SecretString: "x" }));
    expect(second.ARN).not.toBe(first.ARN);
    await client.send(new DeleteSecretCommand({ SecretId: "never-was", ForceDeleteWithoutRecovery: true }));
  });

  test.each([
    [{ RecoveryWindowInDays: 6 }, "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."],
    [
      { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true },
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    ],
  ])("%o is refused", async (input, message) => {
    await expect(client.send(new DeleteSecretCommand({ SecretId: "again", ...input }))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message,
    });
  });
});

describe("lists", () => {
  test("filters, order and pages", async () => {
    for (const name of ["list/c", "list/a", "list/b"]) {
      await client.send(new CreateSecretCommand({ Name: name, Tags: [{ Key: "team", Value: name.slice(-1) }] }));
      await server.world.clock.advance(1000);
    }
    const Filters = [{ Key: "name" as const, Values: ["list/"] }];
    const names = async (input: object) => {
      const found: string[] = [];
      let NextToken: string | undefined;
      do {
        const page = await client.send(new ListSecretsCommand({ Filters, MaxResults: 2, ...input, ...(NextToken && { NextToken }) }));
        found.push(...page.SecretList!.map(({ Name }) => Name!));
        NextToken = page.NextToken;
      } while (NextToken);
      return found;
    };
    expect(await names({})).toEqual(["list/c", "list/a", "list/b"]);
    expect(await names({ SortOrder: "desc" })).toEqual(["list/b", "list/a", "list/c"]);
    expect(await names({ SortBy: "name" })).toEqual(["list/a", "list/b", "list/c"]);
    expect(await names({ SortBy: "name", SortOrder: "desc" })).toEqual(["list/c", "list/b", "list/a"]);
    expect(await names({ Filters: [...Filters, { Key: "tag-value", Values: ["a", "b"] }] })).toEqual(["list/a", "list/b"]);
    expect(await names({ Filters: [...Filters, { Key: "name", Values: ["!list/c"] }] })).toEqual(["list/a", "list/b"]);
  });

  test("an unknown filter is named", async () => {
    await expect(client.send(new ListSecretsCommand({ Filters: [{ Key: "foo" as "name", Values: ["x"] }] }))).rejects.toMatchObject({
      name: "ValidationException",
      message:
        "1 validation error detected: Value 'foo' at 'filters.1.member.key' failed to satisfy constraint: Member must satisfy enum value set: [all, name, tag-key, description, tag-value]",
    });
  });

  test("a batch tells what it found and what it did not", async () => {
    const { SecretValues, Errors } = await client.send(new BatchGetSecretValueCommand({ SecretIdList: ["app/db", "no-such"] }));
    expect(SecretValues!.map(({ SecretString }) => SecretString)).toEqual(["first"]);
    expect(Errors).toEqual([
      { SecretId: "no-such", ErrorCode: "ResourceNotFoundException", Message: "Secrets Manager can't find the specified secret." },
    ]);
  });
});

test("tags are added, changed and taken away", async () => {
  await client.send(new CreateSecretCommand({ Name: "tagged", Tags: [{ Key: "a", Value: "1" }] }));
  await client.send(
    new TagResourceCommand({
      SecretId: "tagged",
      Tags: [
        { Key: "a", Value: "2" },
        { Key: "b", Value: "3" },
      ],
    }),
  );
  await client.send(new UntagResourceCommand({ SecretId: "tagged", TagKeys: ["b"] }));
  expect((await client.send(new DescribeSecretCommand({ SecretId: "tagged" }))).Tags).toEqual([{ Key: "a", Value: "2" }]);
});

test("a resource policy is kept, and a broken or public one is refused", async () => {
  await client.send(new CreateSecretCommand({ Name: "policy" }));
  const statement = { Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "secretsmanager:*", Resource: "*" };
  const ResourcePolicy = JSON.stringify({ Version: "2012-10-17", Statement: statement });
  await client.send(new PutResourcePolicyCommand({ SecretId: "policy", ResourcePolicy, BlockPublicPolicy: true }));
  expect((await client.send(new GetResourcePolicyCommand({ SecretId: "policy" }))).ResourcePolicy).toBe(ResourcePolicy);
  await expect(client.send(new PutResourcePolicyCommand({ SecretId: "policy", ResourcePolicy: "{" }))).rejects.toMatchObject({
    name: "MalformedPolicyDocumentException",
  });
  const open = JSON.stringify({ Version: "2012-10-17", Statement: { ...statement, Principal: "*" } });
  await expect(
    client.send(new PutResourcePolicyCommand({ SecretId: "policy", ResourcePolicy: open, BlockPublicPolicy: true })),
  ).rejects.toMatchObject({ name: "PublicPolicyException" });
  expect((await client.send(new ValidateResourcePolicyCommand({ ResourcePolicy: open }))).PolicyValidationPassed).toBe(false);
});

test("a secret shows no tags until it has some, and from then on what is left of them", async () => {
  await client.send(new CreateSecretCommand({ Name: "labelled" }));
  const tags = async () => (await client.send(new DescribeSecretCommand({ SecretId: "labelled" }))).Tags;
  expect(await tags()).toBeUndefined();
  await client.send(new UntagResourceCommand({ SecretId: "labelled", TagKeys: ["a"] }));
  expect(await tags()).toBeUndefined();
  await client.send(new TagResourceCommand({ SecretId: "labelled", Tags: [{ Key: "a", Value: "1" }] }));
  await client.send(new UntagResourceCommand({ SecretId: "labelled", TagKeys: ["a"] }));
  expect(await tags()).toEqual([]);
});

test.each([
  [{ ClientRequestToken: "short" }, "ClientRequestToken must be 32-64 characters long."],
  [{ RotationRules: { AutomaticallyAfterDays: 1001 } }, "RotationRules.AutomaticallyAfterDays must be within 1-1000."],
])("a rotation is checked: %j", async (input, message) => {
  await expect(client.send(new RotateSecretCommand({ SecretId: "any", ...input }))).rejects.toMatchObject({
    name: "InvalidParameterException",
    message,
  });
});

test("a recovery window is checked also where none is wanted", async () => {
  const both = { SecretId: "any", RecoveryWindowInDays: 31, ForceDeleteWithoutRecovery: true };
  await expect(client.send(new DeleteSecretCommand(both))).rejects.toThrow("must be between 7 and 30 days (inclusive)");
});

describe("random passwords", () => {
  test.each([
    [{ PasswordLength: 50 }, /^[!-~]{50}$/],
    [{ PasswordLength: 8, ExcludePunctuation: true }, /^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9]{8}$/],
    [
      { PasswordLength: 4, ExcludeLowercase: true, ExcludePunctuation: true, IncludeSpace: true },
      /^(?=.* )(?=.*[A-Z])(?=.*[0-9])[A-Z0-9 ]{4}$/,
    ],
    [{ PasswordLength: 4, IncludeSpace: true }, /^(?=.* )(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9 ]{4}$/],
    [{ PasswordLength: 5, IncludeSpace: true }, /^(?=.* )(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[!-/:-@[-`{-~])[ -~]{5}$/],
    [{ PasswordLength: 20, ExcludeCharacters: "abcdefghijklmnopqrstuvwxyzABCDEF0123456789", ExcludePunctuation: true }, /^[G-Z]{20}$/],
  ])("%o", async (input, pattern) => {
    expect((await client.send(new GetRandomPasswordCommand(input))).RandomPassword).toMatch(pattern);
  });

  test("too short for what it has to hold", async () => {
    await expect(client.send(new GetRandomPasswordCommand({ PasswordLength: 3 }))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });
});

describe("refused", () => {
  test.each([
    ["a bad name", () => client.send(new CreateSecretCommand({ Name: "Inv *?]Name" })), "ValidationException", /^Invalid name\. Must be/],
    [
      "a bad name to read",
      () => client.send(new GetSecretValueCommand({ SecretId: "no such?" })),
      "ValidationException",
      /^Invalid name\. Must be/,
    ],
    [
      "a short token",
      () => client.send(new CreateSecretCommand({ Name: "t", ClientRequestToken: "x" })),
      "InvalidParameterException",
      /32-64/,
    ],
    [
      "two values",
      () => client.send(new CreateSecretCommand({ Name: "t", SecretString: "a", SecretBinary: Uint8Array.of(1) })),
      "InvalidParameterException",
      /both a binary secret value and a string/,
    ],
    ["no value", () => client.send(new PutSecretValueCommand({ SecretId: "empty" })), "InvalidRequestException", /You must provide either/],
    [
      "a value past 64 KiB, without showing it",
      () => client.send(new PutSecretValueCommand({ SecretId: "empty", SecretString: "s3cret".repeat(20_000) })),
      "ValidationException",
      /^1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536$/,
    ],
    [
      "replication to where it is",
      () => client.send(new ReplicateSecretToRegionsCommand({ SecretId: "empty", AddReplicaRegions: [{ Region: "eu-central-1" }] })),
      "InvalidParameterException",
      /^Invalid replica region\.$/,
    ],
  ])("%s", async (_what, act, name, message) => {
    await expect(act()).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });
});
