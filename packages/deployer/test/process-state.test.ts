import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isRunning } from "../src/process-state.ts";

test("a process runs until it has ended, also when nobody has waited for it yet", async () => {
  expect(isRunning(process.pid)).toBe(true);
  expect(isRunning(spawnSync(process.execPath, ["--version"]).pid)).toBe(false);
  if (process.platform !== "linux") return;
  // The child ends when the pipe is closed, and by then its parent has become a program that does not wait for it.
  const parent = spawn("/bin/sh", ["-c", "read line <&3 & echo $!; exec sleep 600 3<&-"], { stdio: ["ignore", "pipe", "ignore", "pipe"] });
  const zombie = await new Promise<number>((done) => parent.stdout!.once("data", (text: Buffer) => done(Number(text))));
  await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, "utf8")).toBe("sleep\n");
  expect(isRunning(zombie)).toBe(true);
  parent.stdio[3]!.destroy();
  await expect.poll(() => isRunning(zombie)).toBe(false);
  expect(readFileSync(`/proc/${zombie}/stat`, "utf8")).toMatch(/ Z /);
  expect(isRunning(parent.pid!)).toBe(true);
  parent.kill("SIGKILL");
});
