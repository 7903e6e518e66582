/** What the conformance files talk to: a process of the embedded cloud, or with TARGET=aws the account of the environment's credentials. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Target extends AsyncDisposable {
  /** For a client's constructor; empty on AWS, where the environment says all. */
  configuration: { endpoint?: string; region?: string; credentials?: { accessKeyId: string; secretAccessKey: string } };
  /** For programs that are run. */
  environment: Record<string, string | undefined>;
  /** A prefix for names that nobody else uses. */
  prefix: string;
}

const program = fileURLToPath(new URL("../packages/cloud/bin/plinth-cloud.js", import.meta.url));

export async function openTarget(): Promise<Target> {
  const prefix = `plinth-conformance-${process.pid}`;
  if (process.env.TARGET === "aws") {
    return { configuration: {}, environment: process.env, prefix, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const state = mkdtempSync(join(tmpdir(), "plinth-conformance-"));
  const child = spawn(process.execPath, [program, "--state", state, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => child.once("exit", done));
  for await (const line of createInterface({ input: child.stdout })) {
    const { endpoint } = JSON.parse(line) as { endpoint: string };
    return {
      configuration: { endpoint, region: "eu-central-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } },
      environment: {
        ...process.env,
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: "eu-central-1",
        AWS_DEFAULT_REGION: "eu-central-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      },
      prefix,
      async [Symbol.asyncDispose]() {
        child.kill("SIGTERM");
        await ended;
        rmSync(state, { recursive: true, force: true });
      },
    };
  }
  throw new Error("the embedded cloud did not start");
}
