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
    endWorkers();
    heard();
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

/** The runner's children that run tests. */
function endWorkers(): void {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
  for (const line of stdout.split("\n")) {
    const [pid, parent] = line.trim().split(/\s+/, 2).map(Number);
    if (parent === process.pid && line.includes("vitest/dist/workers/")) process.kill(pid!, "SIGKILL");
  }
}
