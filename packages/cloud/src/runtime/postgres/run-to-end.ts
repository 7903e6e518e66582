/** A program of PostgreSQL's that does one thing and ends. */
import type { Cloud } from "../../cloud.ts";
import type { Invocation } from "./server-user.ts";

/** What it says in the end is shown when it fails. */
const lastLines = 5;

/** @throws Error `WHAT failed: …` with its last words. */
export async function runToEnd(cloud: Cloud, what: string, { command, args, input }: Invocation & { input?: string }): Promise<void> {
  const { disk, processes } = cloud.world;
  const stdin = input === undefined ? "ignore" : "pipe";
  const running = processes.spawn({ command, args, env: { TZ: "UTC", LC_ALL: "C" }, cwd: disk.root, stdin });
  const output: Buffer[] = [];
  running.stdout?.on("data", (bytes: Buffer) => output.push(bytes));
  running.stderr?.on("data", (bytes: Buffer) => output.push(bytes));
  running.stdin?.on("error", () => {}); // It has ended before it read all: how it ended says why.
  running.stdin?.end(input);
  const exit = await running.exited;
  if ("code" in exit && exit.code === 0) return;
  const words = Buffer.concat(output).toString("utf8").trim().split("\n").slice(-lastLines).join("\n");
  throw new Error(`${what} failed: ${"error" in exit ? exit.error.message : words}`);
}
