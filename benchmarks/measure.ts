/** Measuring whole processes from outside. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { median } from "./figure.ts";

export const root = fileURLToPath(new URL("..", import.meta.url));
export const plinth = join(root, "packages/plinth/bin/plinth.js");
export const cloudProgram = join(root, "packages/cloud/bin/plinth-cloud.js");
export const node = process.execPath;

interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** Milliseconds until the process has ended with exit code 0; its output when it has not. */
export async function wallMs(args: readonly string[], options: RunOptions = {}): Promise<number> {
  const startMs = performance.now();
  await ended(spawn(node, args, { cwd: options.cwd ?? root, env: options.env ?? process.env, stdio: ["ignore", "pipe", "pipe"] }), args);
  return performance.now() - startMs;
}

export interface WholeRun {
  tookMs: number;
  /** Of user and system, as it told itself when it ended, to the microsecond. */
  cpuMs: number;
  /** The most memory that it held. */
  peakBytes: number;
}

/** What a measured process loads first: at its end it tells over a pipe of its own what it has used. The ticks of /proc are 10 ms. */
const tellsItsEnd = `data:text/javascript,${encodeURIComponent(
  'import { writeSync } from "node:fs";' +
    'process.on("exit", () => writeSync(3, JSON.stringify({ ...process.cpuUsage(), peakKb: process.resourceUsage().maxRSS })));',
)}`;

/** A whole process, with what it used. @throws its output when its exit code is not 0 */
export async function wholeRun(args: readonly string[], options: RunOptions = {}): Promise<WholeRun> {
  const startMs = performance.now();
  const child = spawn(node, ["--import", tellsItsEnd, ...args], {
    cwd: options.cwd ?? root,
    env: options.env ?? process.env,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const told: Buffer[] = [];
  (child.stdio[3] as Readable).on("data", (chunk: Buffer) => told.push(chunk));
  await ended(child, args);
  const { user, system, peakKb } = JSON.parse(Buffer.concat(told).toString("utf8")) as { user: number; system: number; peakKb: number };
  return { tookMs: performance.now() - startMs, cpuMs: (user + system) / 1000, peakBytes: peakKb * 1024 };
}

/** @throws its output when its exit code is not 0 */
async function ended(child: ChildProcess, args: readonly string[]): Promise<void> {
  const output: Buffer[] = [];
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number | null>((done) => child.once("close", done));
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}:\n${Buffer.concat(output).toString("utf8").slice(-2000)}`);
}

/** The median over `runs` after one that is not counted, in turn with `node -e 0` so that both meet the same machine. */
export async function besideBareNode(
  args: readonly string[],
  runs: number,
  options: { cwd?: string } = {},
): Promise<{ oursMs: number; bareMs: number }> {
  await wallMs(args, options);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let run = 0; run < runs; run++) {
    ours.push(await wallMs(args, options));
    bare.push(await wallMs(["-e", "0"]));
  }
  return { oursMs: median(ours), bareMs: median(bare) };
}

/** CPU milliseconds that a process has used, its threads included (proc(5); 100 ticks a second). */
export function cpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024;
}

export interface RunningCloud extends AsyncDisposable {
  pid: number;
  endpoint: string;
  /** Its state. */
  folder: string;
  /** From the start of the process until it answered. */
  readyMs: number;
}

/** The embedded cloud in a process of its own, on a folder of its own. */
export async function startCloud(): Promise<RunningCloud> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-bench-"));
  const startMs = performance.now();
  const child = spawn(node, [cloudProgram, "--state", folder, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await firstLine(child);
  const { endpoint } = JSON.parse(line) as { endpoint: string };
  return {
    pid: child.pid!,
    endpoint,
    folder,
    readyMs: performance.now() - startMs,
    async [Symbol.asyncDispose]() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let text = "";
    child.stdout!.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      if (text.includes("\n")) done(text.slice(0, text.indexOf("\n")));
    });
    child.once("exit", (code) => fail(new Error(`the process ended with ${code} before it was ready`)));
  });
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  await ended;
}

/** The environment that points AWS's clients to a cloud. */
export function clientSettings(endpoint: string) {
  return { endpoint, region: "eu-central-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
}
