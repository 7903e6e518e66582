/** A rotation that is under way when the cloud is killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { IAM } from "@aws-sdk/client-iam";
import { Lambda } from "@aws-sdk/client-lambda";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { SSM } from "@aws-sdk/client-ssm";
import { expect, it } from "vitest";
import type { Call } from "../../../src/service.ts";
import { functionArn, makeFunction } from "./turning-function.ts";

const program = fileURLToPath(new URL("../../../bin/plinth-cloud.js", import.meta.url));

async function startCloud(state: string): Promise<{ child: ChildProcess; endpoint: string }> {
  const child = spawn(process.execPath, [program, "--state", state, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, endpoint: (JSON.parse(line) as { endpoint: string }).endpoint };
  }
  throw new Error("the cloud did not start");
}

function clients(endpoint: string) {
  const configuration = { endpoint, region: "eu-central-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const all = {
    iam: new IAM(configuration),
    lambda: new Lambda(configuration),
    secretsmanager: new SecretsManager(configuration),
    ssm: new SSM(configuration),
  };
  const call = ((service: keyof typeof all, operation: string, input: object) => {
    const name = operation[0]!.toLowerCase() + operation.slice(1);
    return (all[service] as unknown as Record<string, (input: object) => Promise<unknown>>)[name]!(input);
  }) as unknown as Call;
  const seen = async () => (await call("ssm", "GetParameter", { Name: "/seen" })).Parameter!.Value!.split(" ").slice(1);
  const value = async (SecretId: string) => (await call("secretsmanager", "GetSecretValue", { SecretId })).SecretString;
  return { call, seen, value };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGKILL");
  await ended;
}

it("killed at each of the four steps, it goes on with that step, and the version that waits stays the same", async () => {
  const state = mkdtempSync(join(tmpdir(), "plinth-rotation-"));
  let { child, endpoint } = await startCloud(state);
  try {
    const first = clients(endpoint);
    await makeFunction(first.call);
    await first.call("lambda", "AddPermission", {
      FunctionName: "turns",
      StatementId: "rotates",
      Action: "lambda:InvokeFunction",
      Principal: "secretsmanager.amazonaws.com",
    });
    const steps = ["createSecret", "setSecret", "testSecret", "finishSecret"];
    await first.call("ssm", "PutParameter", { Name: "/broken", Value: `hold ${steps[0]}`, Overwrite: true });
    await first.call("secretsmanager", "CreateSecret", { Name: "interrupted", SecretString: "1" });
    const { VersionId } = await first.call("secretsmanager", "RotateSecret", { SecretId: "interrupted", RotationLambdaARN: functionArn });
    for (const [index, step] of steps.entries()) {
      const before = clients(endpoint);
      await expect.poll(before.seen, { timeout: 60_000 }).toContain(step);
      await kill(child);

      ({ child, endpoint } = await startCloud(state));
      const now = clients(endpoint);
      expect(await now.value("interrupted")).toBe("1");
      const { VersionIdsToStages = {} } = await now.call("secretsmanager", "DescribeSecret", { SecretId: "interrupted" });
      expect(Object.keys(VersionIdsToStages).filter((id) => VersionIdsToStages[id]!.includes("AWSPENDING"))).toEqual([VersionId]);
      const next = steps[index + 1];
      await now.call("ssm", "PutParameter", { Name: "/broken", Value: next === undefined ? "-" : `hold ${next}`, Overwrite: true });
    }
    const last = clients(endpoint);
    await expect.poll(() => last.value("interrupted"), { timeout: 60_000 }).toBe("2");
    expect(await last.seen()).toEqual(steps.flatMap((step) => [step, step]));
  } finally {
    await kill(child);
    rmSync(state, { recursive: true, force: true });
  }
});
