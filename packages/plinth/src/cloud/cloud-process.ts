/** The embedded cloud as a process of its own: started, found, stopped. It outlives the command that starts it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, fstatSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isHealthy, isRunning } from "@plinth/deployer";
import { makeOwnFolder } from "../app/own-folder.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

export interface RunningCloud {
  pid: number;
  endpoint: string;
  port: number;
  /** The state folder. */
  folder: string;
  startedAt: string;
  version: string;
}

export const cloudFolder = (appFolder: string) => join(appFolder, ".plinth", "cloud");
/** The certificate of the cloud's own authority, which signs those of its databases, caches and load balancers. PEM. */
export const authorityFile = (appFolder: string) => join(cloudFolder(appFolder), "authority", "ca.pem");
export const cloudLogFile = (appFolder: string) => join(appFolder, ".plinth", "cloud.log");

/** The cloud of a folder, when it runs and answers. */
export async function findCloud(appFolder: string): Promise<RunningCloud | undefined> {
  const cloud = readDescription(appFolder);
  if (!cloud || !isRunning(cloud.pid)) return undefined;
  return (await isHealthy(cloud.endpoint)) ? cloud : undefined;
}

/** Whether a cloud has ever kept state for this folder. */
export function hasState(appFolder: string): boolean {
  try {
    readFileSync(join(cloudFolder(appFolder), "last-port"));
    return true;
  } catch {
    return false;
  }
}

export interface StartOptions {
  port?: number;
  /** Where names are answered. */
  dnsPort?: number;
  accountReset?: boolean;
  /** Majors of PostgreSQL for which it makes what their first databases are copied from while it serves already; `16+vector` where one has pgvector. */
  preparePostgres?: readonly string[];
  /** Called once its process has begun: what can be done until it answers. */
  meanwhile?: () => void;
}

/** Starts the cloud unless it runs. @throws Failure with the cloud's own message. */
export async function startCloud(
  appFolder: string,
  { port, dnsPort, accountReset = false, preparePostgres = [], meanwhile }: StartOptions = {},
): Promise<{ cloud: RunningCloud; started: boolean }> {
  const running = await findCloud(appFolder);
  if (running) {
    if (port === undefined || port === running.port) return { cloud: running, started: false };
    throw new Failure(`The embedded cloud already runs, on port ${running.port}.`, {
      code: "state-in-use",
      exit: exitCode.environment,
      remedy: "plinth cloud stop, then start it on the other port.",
    });
  }
  for (let waitedMs = 0; ; waitedMs += 50) {
    try {
      return {
        cloud: await spawnCloud(appFolder, {
          ...(port === undefined ? {} : { port }),
          ...(dnsPort === undefined ? {} : { dnsPort }),
          accountReset,
          preparePostgres,
          ...(meanwhile && { meanwhile }),
        }),
        started: true,
      };
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "state-in-use" || waitedMs > patienceMs) throw error;
      // Another command is starting it in this moment: that one will do. Or one is just ending: then it is this one's turn.
      for (; holderOf(appFolder) !== undefined; waitedMs += 50) {
        const other = await findCloud(appFolder);
        if (other && (port === undefined || port === other.port)) return { cloud: other, started: false };
        if (waitedMs > patienceMs) throw error;
        await sleep(50);
      }
    }
  }
}

/** Within this a cloud that another command starts answers, and one that is being stopped has ended. */
const patienceMs = 30_000;

/** For what is new V8 would take up to 48 MB and keep them: with 12 the cloud answers as fast, and its 40 MB of lasting objects stay most of it. */
const sparingly = ["--max-semi-space-size=4"];

async function spawnCloud(
  appFolder: string,
  { port, dnsPort, accountReset, preparePostgres = [], meanwhile }: StartOptions,
): Promise<RunningCloud> {
  const log = openLog(appFolder);
  const logStart = fstatSync(log).size;
  const folder = cloudFolder(appFolder);
  const option = (name: string, value: number | undefined) => (value === undefined ? [] : [name, String(value)]);
  const args = [
    "--state",
    folder,
    ...option("--port", port),
    ...option("--dns-port", dnsPort),
    ...(accountReset ? ["--account-reset"] : []),
    ...(preparePostgres.length > 0 ? ["--prepare-postgres", preparePostgres.join(",")] : []),
  ];
  const program = [...sparingly, cloudProgram(), ...args];
  const child = spawn(process.execPath, program, { detached: true, stdio: ["ignore", "pipe", log], cwd: appFolder });
  const stdout = child.stdout!; // "pipe"
  try {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let output = "";
    stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes("\n")) resolve(output.slice(0, output.indexOf("\n")));
    });
    child.on("error", reject);
    child.on("exit", (code) => reject(startFailure(readFrom(cloudLogFile(appFolder), logStart), code)));
    meanwhile?.();
    const { state, ...ready } = JSON.parse(await promise) as RunningCloud & { state: string };
    return { ...ready, folder: state };
  } finally {
    closeSync(log);
    child.removeAllListeners();
    stdout.destroy();
    child.unref();
  }
}

/** Ends it and waits until it has ended; of one that was killed, what it has left running. @returns whether it ran. */
export async function stopCloud(appFolder: string): Promise<boolean> {
  const cloud = readDescription(appFolder);
  if (!cloud || !isRunning(cloud.pid) || !(await isCloud(cloud))) {
    await endLeftovers(appFolder);
    return false;
  }
  process.kill(cloud.pid, "SIGTERM");
  for (let waitedMs = 0; isRunning(cloud.pid); waitedMs += 20) {
    if (waitedMs > 2 * patienceMs) {
      throw new Failure(`The embedded cloud (process ${cloud.pid}) does not end.`, {
        code: "cloud-does-not-end",
        exit: exitCode.environment,
        remedy: `kill -9 ${cloud.pid} ends it at once; its state survives that.`,
      });
    }
    await sleep(20);
  }
  return true;
}

/** The cloud's own program knows which programs were its own. None was noted, none is ended. */
async function endLeftovers(appFolder: string): Promise<void> {
  const folder = cloudFolder(appFolder);
  if (!existsSync(join(folder, "processes")) || readdirSync(join(folder, "processes")).length === 0) return;
  const child = spawn(process.execPath, [cloudProgram(), "--state", folder, "--end-leftovers"], { stdio: "ignore" });
  await once(child, "exit");
}

/** Forgets everything that the cloud of this folder keeps. It must have been stopped. */
export function deleteState(appFolder: string): void {
  rmSync(cloudFolder(appFolder), { recursive: true, force: true });
  rmSync(cloudLogFile(appFolder), { force: true });
}

/** The process that has claimed the folder, while it runs. */
function holderOf(appFolder: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(cloudFolder(appFolder), "lock"), "utf8").split(" ")[0]);
    return isRunning(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function readDescription(appFolder: string): RunningCloud | undefined {
  try {
    const { state, ...description } = JSON.parse(readFileSync(join(cloudFolder(appFolder), "cloud.json"), "utf8")) as RunningCloud & {
      state: string;
    };
    return { ...description, folder: state };
  } catch {
    return undefined;
  }
}

/** After a crash the id may be another program's by now, which is not ours to end. */
async function isCloud({ pid, endpoint }: RunningCloud): Promise<boolean> {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("plinth-cloud");
  } catch {
    return isHealthy(endpoint); // no /proc here
  }
}

function openLog(appFolder: string): number {
  try {
    makeOwnFolder(appFolder);
    return openSync(cloudLogFile(appFolder), "a", 0o600);
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT") throw error;
    throw new Failure(`The state folder cannot be written to: ${message}`, {
      code: "state-not-writable",
      exit: exitCode.environment,
      remedy: startRemedies["state-not-writable"],
      cause: error,
    });
  }
}

/** The package of the embedded cloud is optional: a machine that only deploys to AWS need not have it. */
function cloudProgram(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("@plinth/cloud")), "..", "bin", "plinth-cloud.js");
  } catch (error) {
    throw new Failure("The embedded cloud is not installed here.", {
      code: "no-cloud",
      exit: exitCode.environment,
      remedy: "npm install @plinth/cloud, or name a stage that lives on AWS: --stage NAME.",
      cause: error,
    });
  }
}

const startRemedies: Record<string, string> = {
  "disk-full": "Free some space and run the same command again.",
  "state-newer":
    "Use the newer version of plinth again. plinth cloud reset begins anew with this one: it deletes everything in the embedded cloud.",
  "state-damaged": "Restore .plinth/cloud from a copy, or begin anew: plinth cloud reset deletes everything in the embedded cloud.",
  "state-not-writable": "May this user write to .plinth beside the app? It may belong to another: ls -ld .plinth",
};

/** The cloud says in one line of JSON why it did not start. */
function startFailure(log: string, code: number | null): Failure {
  for (const line of log.trim().split("\n").toReversed()) {
    try {
      const failure = JSON.parse(line) as { code?: string; message?: string };
      if (typeof failure.code !== "string" || typeof failure.message !== "string") continue;
      const [first = "", ...rest] = failure.message.split("\n");
      return new Failure(`The embedded cloud did not start: ${first}`, {
        code: failure.code,
        exit: exitCode.environment,
        remedy: startRemedies[failure.code],
        evidence: rest.slice(0, 10),
      });
    } catch {
      // a line of something else
    }
  }
  const evidence = log.trim().split("\n").slice(-10);
  return new Failure(`The embedded cloud did not start: it ended with ${code ?? "a signal"}.`, {
    code: "internal",
    exit: exitCode.environment,
    evidence,
  });
}

export function readFrom(file: string, start: number): string {
  const descriptor = openSync(file, "r");
  try {
    const length = Math.max(0, fstatSync(descriptor).size - start);
    const bytes = Buffer.alloc(length);
    readSync(descriptor, bytes, 0, length, start);
    return bytes.toString("utf8");
  } finally {
    closeSync(descriptor);
  }
}
