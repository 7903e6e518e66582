/**
 * A load test: posts runs over many conversations while workers are killed, then looks whether each run was done once and in order.
 * Stay below 2,000 requests in five minutes: hana's own firewall lets no more through from one address.
 * `node load.ts [--app DIR] [--stage dev] [--conversations 40] [--runs 10] [--kills 2] [--within 180]`, on a stage deployed with `--local`.
 */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Run } from "./src/runs.ts";
import { standInAnswer } from "./src/stand-in.ts";
import { openDisturbance } from "./test/disturbance.ts";

export interface Load {
  /** Of the load balancer. */
  url: string;
  conversations: number;
  /** In each conversation, one after the other. */
  runsEach: number;
  /** Called one after the other, spread over the posting; each says what it did. */
  disturbances: readonly (() => Promise<string>)[];
  /** From the first post to the last result. */
  withinMs: number;
}

export interface LoadReport {
  posted: number;
  done: number;
  /** Begun more than once, because a worker ended before they did. */
  begunAgain: number;
  seconds: number;
  disturbed: string[];
  /** What did not hold: a run lost, done twice, or out of order. */
  faults: string[];
}

// Each posts to one conversation at a time, as its browser would.
const posters = 16;
const lookEveryMs = 500;

export async function load({ url, conversations, runsEach, disturbances, withinMs }: Load): Promise<LoadReport> {
  const startMs = performance.now();
  const prefix = `load-${Date.now().toString(36)}`;
  const names = Array.from({ length: conversations }, (_, index) => `${prefix}-${index}`);
  const prompts = Array.from({ length: runsEach }, (_, index) => `Turn ${index + 1} of this conversation`);
  const total = conversations * runsEach;
  // Spread over the posting, the first one when the queue has something in hand.
  const due = new Map(disturbances.map((disturb, index) => [Math.ceil(((index + 1) * total) / (disturbances.length + 2)), disturb]));
  const disturbed: string[] = [];
  let posted = 0;

  const waiting = [...names];
  await Promise.all(
    Array.from({ length: posters }, async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        for (const [index, prompt] of prompts.entries()) {
          await postRun(url, name, `k${index}`, prompt, startMs + withinMs);
          const disturb = due.get(++posted);
          if (disturb) disturbed.push(await disturb());
        }
      }
    }),
  );
  while (performance.now() - startMs < withinMs && (await openRuns(url)) > 0) await new Promise((done) => setTimeout(done, lookEveryMs));
  const seconds = (performance.now() - startMs) / 1000;
  const found = new Map<string, Run[]>();
  for (const name of names) found.set(name, await ask<Run[]>(`${url}/api/v1/conversations/${name}/runs`));
  const runs = [...found.values()].flat();
  return {
    posted,
    done: runs.filter(({ state }) => state === "done").length,
    begunAgain: runs.filter(({ attempts }) => attempts > 1).length,
    seconds,
    disturbed,
    faults: [...found].flatMap(([name, conversation]) => faultsOf(conversation, prompts).map((fault) => `${name}: ${fault}`)),
  };
}

/** A client that does not know whether its post arrived sends it again, under the same key. */
async function postRun(url: string, conversation: string, key: string, prompt: string, untilMs: number): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/api/v1/conversations/${conversation}/runs`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify({ prompt }),
      signal: AbortSignal.timeout(10_000),
    }).then(
      async (response) => ({ status: response.status, text: await response.text() }),
      (error: unknown) => ({ status: 0, text: String(error) }),
    );
    if (answer.status === 200 || answer.status === 201) return;
    const hopeless = answer.status >= 400 && answer.status < 500;
    if (hopeless || performance.now() > untilMs) throw new Error(`a run was not taken: ${answer.status} ${answer.text}`);
    await new Promise((done) => setTimeout(done, lookEveryMs));
  }
}

/** How many runs have no result yet, whosever they are. */
async function openRuns(url: string): Promise<number> {
  const { runs } = await ask<{ runs: Record<Run["state"], number> }>(`${url}/api/v1/status`);
  return runs.queued + runs.running;
}

async function ask<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** The stand-in's answers hang on each other: a turn that was left out, done twice or done too early changes all that follow. */
function faultsOf(runs: readonly Run[], prompts: readonly string[]): string[] {
  const faults: string[] = [];
  if (runs.length !== prompts.length) faults.push(`${prompts.length} were posted, ${runs.length} are there`);
  let previous = "";
  let finishedAt = "";
  for (const [index, run] of runs.entries()) {
    if (run.prompt !== prompts[index] || run.position !== index + 1) faults.push(`${run.position} is "${run.prompt}"`);
    if (run.state !== "done") faults.push(`${run.position} is ${run.state}: ${run.result}`);
    else if (run.result !== standInAnswer(previous, run.prompt)) faults.push(`${run.position} was not answered after ${index}`);
    if ((run.finishedAt ?? "") < finishedAt) faults.push(`${run.position} ended before ${index}`);
    [previous, finishedAt] = [run.result ?? "", run.finishedAt ?? ""];
  }
  return faults;
}

async function main(): Promise<void> {
  const folder = dirname(fileURLToPath(import.meta.url));
  const { values } = parseArgs({
    options: {
      app: { type: "string", default: folder },
      stage: { type: "string", default: "dev" },
      conversations: { type: "string", default: "40" },
      runs: { type: "string", default: "10" },
      kills: { type: "string", default: "2" },
      within: { type: "string", default: "180" },
    },
  });
  const plinth = async <T>(...args: string[]) => JSON.parse(await output([...args, "--json", "--app", values.app])) as T;
  const stage = ["--stage", values.stage, "--local"];
  const { entry } = await plinth<{ entry: { url: string } }>("outputs", ...stage);
  const { endpoint } = await plinth<{ endpoint: string }>("cloud", "status");
  const disturbance = openDisturbance({ endpoint, region: "us-east-1", cluster: `hana-${values.stage}` });
  const kinds = [disturbance.killWorker, disturbance.stopWorker];
  const report = await load({
    url: entry.url,
    conversations: Math.min(Number(values.conversations), 1000),
    runsEach: Math.min(Number(values.runs), 100),
    disturbances: Array.from({ length: Math.min(Number(values.kills), 20) }, (_, index) => kinds[index % kinds.length]!),
    withinMs: Math.min(Number(values.within), 900) * 1000,
  });
  console.log(JSON.stringify(report, null, 2));
  process.exitCode = report.faults.length > 0 ? 1 : 0;
}

function output(args: readonly string[]): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn("npx", ["plinth", ...args], { stdio: ["ignore", "pipe", "inherit"], cwd: join(import.meta.dirname) });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    child.on("close", (code) => (code === 0 ? done(text) : fail(new Error(`plinth ${args.join(" ")} ended with ${code}`))));
  });
}

if (import.meta.main) await main();
