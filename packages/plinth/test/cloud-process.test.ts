import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { SSMClient, GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { expect, test } from "vitest";
import { appFolder, plinth } from "./app-folder.ts";

const program = fileURLToPath(new URL("../bin/plinth.js", import.meta.url));

interface CloudStatus {
  dns?: { address: string; port: number };
  state: string;
  pid: number;
  endpoint: string;
  port: number;
  folder: string;
}

async function statusOf(folder: string): Promise<CloudStatus> {
  return JSON.parse((await plinth(folder, ["cloud", "status", "--json"])).out.join("\n")) as CloudStatus;
}

/** As the system chose it for somebody who is gone by now. */
async function freePort(): Promise<string> {
  const somebody = createServer().listen(0, "127.0.0.1");
  await once(somebody, "listening");
  const { port } = somebody.address() as { port: number };
  somebody.close();
  await once(somebody, "close");
  return String(port);
}

test("the cloud of a folder: started, found by any client, stopped with its state kept, reset", async () => {
  await using app = await appFolder();
  const { folder } = app;
  try {
    expect(await statusOf(folder)).toEqual({ state: "stopped", folder: `${folder}/.plinth/cloud` });
    expect((await plinth(folder, ["cloud", "env"])).exit).toBe(6);

    // Not the customary port: while this cloud is down in the middle of its reset, another test's may take that.
    const started = await plinth(folder, ["cloud", "start", "--port", await freePort(), "--json"]);
    expect(started.exit).toBe(0);
    const status = await statusOf(folder);
    expect(status).toMatchObject({ state: "running", folder: `${folder}/.plinth/cloud`, port: Number(new URL(status.endpoint).port) });
    // Where its DNS answers is told by status alone.
    const { dns, ...told } = status;
    expect(dns).toMatchObject({ address: "127.0.0.1", port: expect.any(Number) });
    expect(JSON.parse(started.out.join("\n"))).toEqual(told);
    expect((await plinth(folder, ["cloud", "start"])).out).toEqual([
      `The embedded cloud already runs at ${status.endpoint} (process ${status.pid}).`,
    ]);

    const { out } = await plinth(folder, ["cloud", "env"]);
    expect(out).toEqual([
      `export AWS_ENDPOINT_URL=${status.endpoint}`,
      "export AWS_REGION=us-east-1",
      "export AWS_DEFAULT_REGION=us-east-1",
      "export AWS_ACCESS_KEY_ID=plinth",
      "export AWS_SECRET_ACCESS_KEY=plinth",
      "unset AWS_PROFILE AWS_SESSION_TOKEN",
    ]);
    const configuration = {
      region: "us-east-1",
      endpoint: status.endpoint,
      credentials: { accessKeyId: "plinth", secretAccessKey: "plinth" },
    };
    const sts = new STSClient(configuration);
    const ssm = new SSMClient(configuration);
    expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe("123456789012");
    await ssm.send(new PutParameterCommand({ Name: "/kept", Value: "x", Type: "String" }));
    expect((await plinth(folder, ["cloud", "mail"])).err).toEqual(["No mail."]);

    expect((await plinth(folder, ["cloud", "stop"])).out).toEqual(["The embedded cloud has stopped. Its state stays in .plinth/cloud."]);
    expect(await statusOf(folder)).toEqual({ state: "stopped", folder: `${folder}/.plinth/cloud` });

    await plinth(folder, ["cloud", "start", "--port", String(status.port)]);
    expect((await statusOf(folder)).port).toBe(status.port);
    expect((await ssm.send(new GetParameterCommand({ Name: "/kept" }))).Parameter?.Value).toBe("x");

    expect((await plinth(folder, ["cloud", "reset"])).out).toEqual([`The embedded cloud is empty, and runs at ${status.endpoint}.`]);
    await expect(ssm.send(new GetParameterCommand({ Name: "/kept" }))).rejects.toThrow(
      expect.objectContaining({ name: "ParameterNotFound" }),
    );
    ssm.destroy();
    sts.destroy();
  } finally {
    await plinth(folder, ["cloud", "stop"]);
  }
});

test("two commands that start it at once share one", async () => {
  await using app = await appFolder();
  try {
    const both = await Promise.all([1, 2].map(() => plinth(app.folder, ["cloud", "start", "--json"])));
    expect(both.map(({ failure }) => failure?.message)).toEqual([undefined, undefined]);
    const [first, second] = both.map(({ out }) => (JSON.parse(out.join("\n")) as CloudStatus).pid);
    expect(first).toBe(second);
  } finally {
    await plinth(app.folder, ["cloud", "stop"]);
  }
});

test("what a killed cloud left behind does not end another program", async () => {
  await using app = await appFolder();
  const other = spawn("sleep", ["60"]);
  try {
    await app.write({
      ".plinth/cloud/cloud.json": JSON.stringify({ pid: other.pid, port: 1, endpoint: "http://127.0.0.1:1", state: "x" }),
    });
    expect((await plinth(app.folder, ["cloud", "stop"])).out).toEqual(["The embedded cloud does not run."]);
    expect(other.exitCode ?? other.signalCode).toBeNull();
  } finally {
    other.kill();
  }
});

test("a port that is taken is said, and nothing is left running", async () => {
  await using app = await appFolder();
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as { port: number };
  try {
    const { exit, failure } = await plinth(app.folder, ["cloud", "start", "--port", String(port)]);
    expect(exit).toBe(6);
    expect(failure?.code).toBe("port-taken");
    expect(failure?.message).toBe(`The embedded cloud did not start: port ${port} is taken by another program; choose another with --port`);
    expect((await statusOf(app.folder)).state).toBe("stopped");
  } finally {
    other.close();
  }
});

test("with --account-reset the account is emptied by the route of test suites", async () => {
  await using app = await appFolder();
  try {
    await plinth(app.folder, ["cloud", "start", "--account-reset"]);
    const { endpoint } = await statusOf(app.folder);
    const response = await fetch(`${endpoint}/moto-api/reset`, { method: "POST" });
    expect(response.status).toBe(200);
  } finally {
    await plinth(app.folder, ["cloud", "stop"]);
  }
});

test("the program itself: exit codes, JSON errors, and no trace where nothing was asked for", async () => {
  await using app = await appFolder();
  const run = (...words: string[]) => spawnSync(process.execPath, [program, ...words], { cwd: app.folder, encoding: "utf8" });
  const version = run("--version");
  expect([version.status, version.stdout]).toEqual([0, "0.1.0\n"]);
  const missing = run("plan", "--json");
  expect([missing.status, missing.stdout]).toEqual([3, ""]);
  expect(JSON.parse(missing.stderr)).toEqual({
    error: {
      code: "no-config",
      message: expect.stringContaining("There is no plinth.config.ts in "),
      remedy: "Run plinth in the app's folder, or name it: --app DIR.",
    },
  });
  expect(run("plam").status).toBe(2);
  expect(existsSync(`${app.folder}/.plinth`)).toBe(false);
});
