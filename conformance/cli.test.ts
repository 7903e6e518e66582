/** The aws command as people type it; skipped where it is not installed. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { DeleteSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DeleteParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awsCommand } from "./aws-command.ts";
import { openTarget, type Target } from "./target.ts";

const run = promisify(execFile);
const { installed, path: PATH } = awsCommand;

describe.skipIf(!installed)(installed ? "the aws command" : "the aws command (skipped: it is not installed)", () => {
  let target: Target;
  beforeAll(async () => {
    target = await openTarget();
  });
  afterAll(async () => {
    const { configuration, prefix } = target;
    await new SSMClient(configuration).send(new DeleteParameterCommand({ Name: `/${prefix}/key` }));
    const secret = { SecretId: `${prefix}/cli`, ForceDeleteWithoutRecovery: true };
    await new SecretsManagerClient(configuration).send(new DeleteSecretCommand(secret));
    await target[Symbol.asyncDispose]();
  });

  const aws = async (...args: string[]) => {
    const { stdout } = await run("aws", [...args, "--output", "json"], { env: { ...target.environment, PATH } });
    return stdout === "" ? undefined : (JSON.parse(stdout) as Record<string, unknown>);
  };

  test("says who calls", async () => {
    expect(await aws("sts", "get-caller-identity")).toMatchObject({ Account: expect.stringMatching(/^\d{12}$/) });
  });

  test("puts a SecureString and reads it", async () => {
    const name = `/${target.prefix}/key`;
    await aws("ssm", "put-parameter", "--name", name, "--type", "SecureString", "--value", "s3cret");
    expect(await aws("ssm", "get-parameter", "--name", name, "--with-decryption")).toMatchObject({
      Parameter: { Value: "s3cret", Version: 1 },
    });
  });

  test("makes a secret and reads it", async () => {
    const name = `${target.prefix}/cli`;
    await aws("secretsmanager", "create-secret", "--name", name, "--secret-string", '{"a":1}');
    expect(await aws("secretsmanager", "get-secret-value", "--secret-id", name)).toMatchObject({ SecretString: '{"a":1}' });
  });

  test("is told what is wrong", async () => {
    await expect(aws("secretsmanager", "get-secret-value", "--secret-id", "plinth-no-such-secret")).rejects.toThrow(
      "An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: Secrets Manager can't find the specified secret.",
    );
  });
});
