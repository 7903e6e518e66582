import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isRunning } from "../src/process-state.ts";

test("a process runs until it has ended, also when nobody has waited for it yet", async () => {
  expect(isRunning(process.pid)).toBe(true);
  expect(isRunning(spawnSync(process.execPath, ["--version"]).pid)).toBe(false);
  if (process.platform !== "linux") return;
  // `true` ends, and what its parent has become does not wait for it.
  const parent = spawn("/bin/sh", ["-c", "true & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
  const zombie = await new Promise<number>((done) => parent.stdout.once("data", (text: Buffer) => done(Number(text))));
  await expect.poll(() => isRunning(zombie)).toBe(false);
  expect(readFileSync(`/proc/${zombie}/stat`, "utf8")).toMatch(/ Z /);
  expect(isRunning(parent.pid!)).toBe(true);
  parent.kill("SIGKILL");
});
