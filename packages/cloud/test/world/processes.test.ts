/** What programs leave behind: their groups, programs that left their group, and those of a cloud that was killed. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { realWorld } from "../../src/world/real.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plinth-world-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Ended, or a zombie that its parent has not waited for. */
function hasEnded(pid: number): boolean {
  try {
    return / [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}

/** A program that starts one in its group and one in a session of its own, then goes on. */
async function family(mark: string) {
  const { processes } = realWorld(folder);
  const leader = processes.spawn({
    command: "/bin/sh",
    args: ["-c", "sleep 600 & inside=$!; setsid sh -c 'echo $$; exec sleep 600' & echo $inside; wait"],
    env: { PATH: "/usr/bin:/bin", FAMILY: mark },
    cwd: folder,
    mark: "FAMILY",
  });
  let text = "";
  for await (const part of leader.stdout!) {
    text += String(part);
    if (text.trim().split("\n").length === 2) break;
  }
  return { leader, pids: [leader.pid!, ...text.trim().split("\n").map(Number)] };
}

test.skipIf(process.platform !== "linux")("a program that ends takes with it what it started, in whatever session", async () => {
  const { leader, pids } = await family("one");
  const other = await family("two");
  expect([...pids, ...other.pids].map(hasEnded)).toEqual([false, false, false, false, false, false]);
  leader.signal("SIGTERM");
  await leader.exited;
  await expect.poll(() => pids.map(hasEnded)).toEqual([true, true, true]);
  expect(other.pids.map(hasEnded)).toEqual([false, false, false]);
  other.leader.signal("SIGKILL");
  await other.leader.exited;
  await expect.poll(() => other.pids.map(hasEnded)).toEqual([true, true, true]);
  expect(readdirSync(join(folder, "processes"))).toEqual([]);
});

test.skipIf(process.platform !== "linux")("the next life of a killed cloud ends them, also when their leader has gone", async () => {
  const { leader, pids } = await family("three");
  process.kill(pids[1]!, "SIGKILL");
  const later = realWorld(folder).processes;
  expect(await later.reapLeftovers()).toBe(1);
  await leader.exited;
  await expect.poll(() => pids.map(hasEnded)).toEqual([true, true, true]);
  expect(await later.reapLeftovers()).toBe(0);
});
