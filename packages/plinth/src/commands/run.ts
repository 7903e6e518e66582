/** `plinth run`: run a task of the app now, with its output and its exit code. */
import type { Assembly } from "@plinth/compiler";
import { loadApp } from "../app/load-app.ts";
import { inPlace } from "../app/placed-app.ts";
import { stageOptions, type Command } from "../command.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { connectToRunning } from "../target.ts";

export const command: Command = {
  summary: "Run a task of the app now, with its output and its exit code",
  description:
    "The task runs in the cloud, in the version that is deployed. The exit code is the task's own. After Ctrl-C the task goes on by itself.",
  about: "stage",
  json: true,
  arguments: [{ name: "TASK", required: true, description: "its name in the inventory" }],
  examples: [{ command: "plinth run migrate", what: "the task migrate of the stage local" }],
  async run(invocation) {
    const { json, terminal, signal } = invocation;
    const name = invocation.arguments["TASK"]!;
    const loaded = await loadApp(invocation);
    const taskOf = ({ programs }: Assembly) => programs.find((program) => program.name === name && program.kind === "task")?.run;
    if (!taskOf(loaded)) {
      const tasks = loaded.programs.filter(({ kind }) => kind === "task").map((program) => program.name);
      throw new Failure(`${loaded.app} has no task called ${name}.`, {
        code: "not-found",
        exit: exitCode.usage,
        remedy: tasks.length > 0 ? `It has: ${tasks.join(", ")}.` : "It declares none: add task() to plinth.config.ts.",
      });
    }
    const aws = await connectToRunning(invocation, loaded);
    const assembly = await inPlace(invocation, loaded, aws);
    const run = taskOf(assembly)!;
    const [{ runTask }, { describeStage }, { realTime }] = await Promise.all([
      import("@plinth/deployer/tasks/run-task"),
      import("@plinth/deployer/stacks/stack-state"),
      import("@plinth/deployer"),
    ]);
    const stacks = await describeStage(aws, assembly);
    if (stacks.size === 0) {
      throw new Failure(`${assembly.app} ${assembly.stage} is not deployed.`, {
        code: "not-found",
        exit: exitCode.failed,
        remedy: `plinth deploy${stageOptions(invocation)}`,
      });
    }
    const onLine = (line: string) => (json ? terminal.note(line) : terminal.print(line));
    const result = await runTask(aws, realTime, signal, { run, stacks, onLine, startedBy: "plinth run" }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
      throw new Failure(`Stopped watching: the task ${name} goes on by itself.`, {
        code: "interrupted",
        exit: exitCode.interrupted,
        remedy: `plinth logs ${name}${stageOptions(invocation)} --follow shows what it writes; plinth status${stageOptions(invocation)} says how it ends.`,
        cause: error,
      });
    });
    aws.close();
    if (json) terminal.print(JSON.stringify(result, undefined, 2));
    if (result.exitCode === undefined) {
      throw new Failure(`The task ${name} did not run: ${result.stoppedReason ?? "no reason given"}.`, {
        code: "task-failed",
        exit: exitCode.failed,
      });
    }
    return result.exitCode as ExitCode;
  },
};
