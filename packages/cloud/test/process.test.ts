/** The cloud as a process: how it starts, what it says when it cannot, that it is found and stopped, and what a kill leaves. */
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CloudDescription } from "../src/process.ts";

const bin = join(import.meta.dirname, "../bin/plinth-cloud.js");

let folder: string;
const running = new Set<{ kill(signal: NodeJS.Signals): Promise<void> }>();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plinth-process-"));
});
afterEach(async () => {
  for (const each of running) await each.kill("SIGKILL");
  running.clear();
  rmSync(folder, { recursive: true, force: true });
});

function start(...args: string[]) {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  const ready = new Promise<CloudDescription>((done, fail) => {
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes("\n")) done(JSON.parse(out.split("\n")[0]!) as CloudDescription);
    });
    child.once("close", () => fail(new Error(`it ended: ${err}`)));
  });
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<{ code: number | null; error: string }>((done) => child.once("close", (code) => done({ code, error: err })));
  const started = {
    ready,
    ended,
    async kill(signal: NodeJS.Signals) {
      child.kill(signal);
      await ended;
    },
  };
  ready.catch(() => {});
  running.add(started);
  return started;
}

const state = () => join(folder, "state");
const failure = async (...args: string[]) => {
  const { code, error } = await start(...args).ended;
  const last = error.trim().split("\n").at(-1)!;
  return { exit: code, ...(JSON.parse(last) as { code: string; message: string }) };
};

describe("a start", () => {
  test("makes the folder for its user alone, says where it is, and stops politely", async () => {
    const cloud = start("--state", state(), "--port", "0");
    const said = await cloud.ready;
    expect(said).toMatchObject({ endpoint: `http://127.0.0.1:${said.port}`, state: state(), version: expect.any(String) });
    expect(JSON.parse(readFileSync(join(state(), "cloud.json"), "utf8"))).toEqual(said);
    expect([statSync(state()).mode & 0o777, statSync(join(state(), "cloud.json")).mode & 0o777]).toEqual([0o700, 0o600]);
    const modes = readdirSync(state(), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, statSync(join(state(), name)).mode & 0o077]);
    expect(modes.filter(([, others]) => others !== 0)).toEqual([]);
    expect(modes.map(([name]) => name)).toEqual(expect.arrayContaining(["state.sqlite", "telemetry.sqlite"]));
    expect((await fetch(`${said.endpoint}/_plinth/health`)).status).toBe(200);
    await cloud.kill("SIGTERM");
    expect(await cloud.ended).toEqual({ code: 0, error: "" });
    expect(existsSync(join(state(), "cloud.json"))).toBe(false);
  });

  test("takes the port that it had last", async () => {
    const first = start("--state", state(), "--port", "0");
    const { port } = await first.ready;
    await first.kill("SIGTERM");
    expect((await start("--state", state()).ready).port).toBe(port);
  });
});

test("after a kill at any moment what was answered is there", async () => {
  const first = start("--state", state(), "--port", "0");
  const clientOf = ({ endpoint }: CloudDescription) =>
    new SecretsManagerClient({ endpoint, region: "eu-central-1", credentials: { accessKeyId: "a", secretAccessKey: "b" }, maxAttempts: 1 });
  await clientOf(await first.ready).send(new CreateSecretCommand({ Name: "kept", SecretString: "x" }));
  await first.kill("SIGKILL");
  const again = clientOf(await start("--state", state()).ready);
  expect((await again.send(new GetSecretValueCommand({ SecretId: "kept" }))).SecretString).toBe("x");
});

test("what it left running is ended without starting it", async () => {
  const cloud = start("--state", state(), "--port", "0");
  const { pid } = await cloud.ready;
  expect((await start("--state", state(), "--end-leftovers").ended).error).toContain(`(process ${pid})`);
  await cloud.kill("SIGKILL");
  const left = spawn("sleep", ["60"], { detached: true });
  const ended = new Promise((done) => left.once("exit", (_code, signal) => done(signal)));
  const startTicks = readFileSync(`/proc/${left.pid}/stat`, "utf8").split(" ")[21];
  writeFileSync(join(state(), "processes", String(left.pid)), `${startTicks}\nsleep\n\n`);
  const ending = start("--state", state(), "--end-leftovers");
  expect(await ending.ready).toEqual({ ended: 1 });
  expect(await ended).toBe("SIGKILL");
  expect((await ending.ended).code).toBe(0);
  expect(existsSync(join(state(), "lock"))).toBe(false);
});

test("what a killed one has noted does not lock the folder, not even when its id is another program's by now", async () => {
  mkdirSync(state());
  writeFileSync(join(state(), "lock"), `${process.pid}\n`);
  expect(await start("--state", state(), "--port", "0").ready).toMatchObject({ state: state() });
});

test("of several that start at once on a new folder one runs", async () => {
  const starts = [1, 2, 3, 4].map(() => start("--state", state(), "--port", "0"));
  const outcomes = await Promise.allSettled(starts.map(({ ready }) => ready));
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

describe("a start that cannot be", () => {
  test("on a folder where another cloud runs", async () => {
    const { pid } = await start("--state", state(), "--port", "0").ready;
    expect(await failure("--state", state(), "--port", "0")).toEqual({
      exit: 1,
      code: "state-in-use",
      message: `another embedded cloud (process ${pid}) runs on ${state()}; stop it first`,
    });
  });

  test("on a port that is taken", async () => {
    const holder = createServer();
    const port = await new Promise<number>((done) =>
      holder.listen({ host: "127.0.0.1", port: 0 }, () => done((holder.address() as { port: number }).port)),
    );
    expect(await failure("--state", state(), "--port", String(port))).toMatchObject({ exit: 1, code: "port-taken" });
    await new Promise((done) => holder.close(done));
    // Nothing is left that would hold the next start back.
    expect(await start("--state", state(), "--port", String(port)).ready).toMatchObject({ port });
  });

  test("on the state of a newer version", async () => {
    const cloud = start("--state", state(), "--port", "0");
    await cloud.ready;
    await cloud.kill("SIGTERM");
    const database = new DatabaseSync(join(state(), "state.sqlite"));
    database.exec("pragma user_version = 999");
    database.close();
    expect(await failure("--state", state(), "--port", "0")).toMatchObject({
      exit: 1,
      code: "state-newer",
      message: expect.stringMatching(/newer version .*layout 999/),
    });
  });

  test("on a state that is damaged", async () => {
    mkdirSync(state());
    writeFileSync(join(state(), "state.sqlite"), "no database");
    expect(await failure("--state", state(), "--port", "0")).toMatchObject({
      exit: 1,
      code: "state-damaged",
      message: expect.stringContaining("is damaged"),
    });
  });

  test("where a file stands in the folder's place", async () => {
    writeFileSync(state(), "");
    expect(await failure("--state", state(), "--port", "0")).toMatchObject({ exit: 1, code: "state-not-writable" });
  });

  test.skipIf(process.getuid?.() === 0)("in a folder that is not the user's to write", async () => {
    chmodSync(folder, 0o500);
    expect(await failure("--state", state(), "--port", "0")).toMatchObject({ exit: 1, code: "state-not-writable" });
    chmodSync(folder, 0o700);
  });

  test.each([[["--port", "0"]], [["--state", "x", "--port", "many"]], [["--state", "x", "--nonsense"]]])(
    "with arguments %j",
    async (args) => {
      expect(await failure(...args)).toMatchObject({ exit: 2, code: "usage" });
    },
  );
});
