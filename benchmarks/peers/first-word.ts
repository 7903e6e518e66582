/** Starts a program that answers nobody, such as a worker: it is up when it says so. */
import { spawn } from "node:child_process";
import { end, firstLine, node } from "../measure.ts";

export async function firstWordMs(program: string, env: NodeJS.ProcessEnv): Promise<number> {
  const startMs = performance.now();
  const child = spawn(node, [program], { env, stdio: ["ignore", "pipe", "inherit"] });
  await firstLine(child);
  const wordMs = performance.now() - startMs;
  await end(child);
  return wordMs;
}
