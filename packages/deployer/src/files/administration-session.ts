/** The task that sees all of a file system, open for commands as long as somebody needs it. */
import { randomBytes } from "node:crypto";
import { DeployError } from "../deploy-error.ts";
import { pollingDelaysMs, throwIfInterrupted, type Time } from "../deployment.ts";
import type { Aws } from "../aws.ts";
import { execIn } from "../tasks/exec.ts";
import { startTask } from "../tasks/run-task.ts";
import type { StageFileSystem } from "./file-system-backups.ts";

export interface AdministrationSession extends AsyncDisposable {
  /**
   * Runs a shell script at the folder that programs see.
   * @param input the script's, at once.
   * @returns its exit code; `undefined` when the session broke before it ended.
   */
  run(script: string, take: (bytes: Uint8Array) => void, input?: Uint8Array): Promise<number | undefined>;
}

/** A task whose caller has died ends itself: every session touches the file. */
const idleSeconds = 300;
const waits = `: > "$ALIVE"
while [ $(($(date +%s) - $(stat -c %Y "$ALIVE"))) -lt ${idleSeconds} ]; do sleep 5; done`;

/** @throws DeployError `task-failed` */
export async function openAdministration(
  aws: Aws,
  time: Time,
  signal: AbortSignal,
  { name, described, stacks }: StageFileSystem,
  startedBy: string,
): Promise<AdministrationSession> {
  const run = described.administration;
  const alive = `/tmp/plinth-${randomBytes(8).toString("hex")}`;
  const { cluster, taskArn } = await startTask(aws, { run, stacks, env: { SCRIPT: waits, ALIVE: alive }, startedBy, exec: true });
  const stop = async () => {
    await aws.call("ecs", "StopTask", { cluster, task: taskArn, reason: startedBy });
  };
  try {
    for (const delayMs of pollingDelaysMs(aws)) {
      throwIfInterrupted(signal);
      const { tasks: [task] = [] } = await aws.call("ecs", "DescribeTasks", { cluster, tasks: [taskArn] });
      if (task?.lastStatus === "RUNNING") break;
      if (task?.lastStatus === "STOPPED" || task === undefined)
        throw new DeployError(
          "task-failed",
          `The task that sees the files of ${name} did not start: ${task?.stoppedReason ?? "it is gone"}.`,
        );
      await time.sleep(delayMs, signal);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const root = `${described.mountPath}${described.dataFolder}`;
  const breathe = `(while kill -0 $$ 2>/dev/null; do : > ${alive}; sleep 20; done) >/dev/null 2>&1 </dev/null &`;
  return {
    async run(script, take, input) {
      const { exitCode } = await execIn(aws, time, signal, {
        cluster,
        taskArn,
        container: run.container,
        command: ["/bin/sh", "-c", `${breathe}\ncd "$1" || exit 9\n${script}\nstatus=$?; kill $! 2>/dev/null; exit $status`, "sh", root],
        streams: {
          input: input === undefined ? "none" : "encoded",
          onInput(give, end) {
            give(input!);
            end();
          },
          onResize: () => undefined,
          output: take,
        },
      });
      throwIfInterrupted(signal);
      return exitCode;
    },
    [Symbol.asyncDispose]: () => stop(),
  };
}
