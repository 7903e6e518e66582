/**
 * A reporter that ends what will never end by itself: a worker whose event loop is starved (by a loop that waits for nothing, or only for what
 * is rejected at once) cannot even fail by the tests' own limits. Its file counts as failed, by name, and the rest of the run goes on.
 */
import { spawnSync } from "node:child_process";
import { relative } from "node:path";
import type { Reporter, TestModule } from "vitest/node";

/** Twice the limit of a test or a hook (vitest.config.ts): what lives has said something by then. */
const longestSilenceMs = 600_000;

/** `limitMs`: how long no file, test or hook may begin or end before the workers are ended. */
export default function Silence({ limitMs = longestSilenceMs }: { limitMs?: number }): Reporter {
  const unended = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const heard = () => {
    clearTimeout(timer);
    // A worker that does not even begin has a limit of the runner's own.
    if (unended.size > 0) timer = setTimeout(onSilence, limitMs);
  };
  function onSilence() {
    console.error(`nothing began or ended for ${limitMs / 1000} s: ended the workers with ${[...unended].join(", ")}`);
    // The next ones have all the time again, from their first word on.
    unended.clear();
    if (endWorkers() === 0) process.exit(1);
  }
  const name = ({ moduleId, project }: TestModule) => relative(project.config.root, moduleId);
  return {
    onTestModuleQueued(file) {
      unended.add(name(file));
      heard();
    },
    onTestModuleStart: heard,
    onHookStart: heard,
    onHookEnd: heard,
    onTestCaseReady: heard,
    onTestCaseResult: heard,
    onTestModuleEnd(file) {
      unended.delete(name(file));
      heard();
    },
    onTestRunEnd: () => clearTimeout(timer),
  };
}

/** Ends the runner's children that run tests, and answers how many they were. */
function endWorkers(): number {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
  const workers = (stdout ?? "").split("\n").flatMap((line) => {
    const [pid, parent] = line.trim().split(/\s+/, 2).map(Number);
    return parent === process.pid && line.includes("vitest/dist/workers/") ? [pid!] : [];
  });
  for (const pid of workers) process.kill(pid, "SIGKILL");
  return workers.length;
}
