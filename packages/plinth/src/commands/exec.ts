/** `plinth exec`: a shell, or one command, in a running task of a service. */
import type { RemoteInput } from "@plinth/deployer/sessions/remote-command";
import { inPlace } from "../app/placed-app.ts";
import { loadApp } from "../app/load-app.ts";
import { stageOptions, type Command, type Invocation } from "../command.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { connectToRunning } from "../target.ts";

export const command: Command = {
  summary: "Run a shell or a command in a running task of a service",
  description:
    "The session goes over Session Manager, on AWS and in the embedded cloud alike; the service needs exec: true. The exit code is the " +
    "command's own, for which the image has to have /bin/sh. On a terminal the command has it, with all keys; elsewhere its output is " +
    "passed on as it is (errors among it), and it has no input without --stdin.",
  about: "stage",
  arguments: [
    { name: "NAME", required: true, description: "a service of the app" },
    { name: "COMMAND", rest: true, description: "behind --: the command and its arguments; default: /bin/sh" },
  ],
  options: [
    { flags: "--task <id>", description: "in this task: its id, or how that begins or ends; default: the newest" },
    { flags: "--stdin", description: "without a terminal: hand standard input to the command (the image has to have base64)" },
  ],
  examples: [
    { command: "plinth exec api", what: "a shell in the newest task of api" },
    { command: "plinth exec api --stage prod -- node scripts/recount.js --dry-run", what: "one command, with its exit code" },
    { command: "plinth exec worker --task 3f9a -- env", what: "in a task of your choice" },
    { command: "plinth exec api --stdin -- sh -c 'cat > /tmp/fix.sql' < fix.sql", what: "with a file as its input" },
  ],
  async run(invocation) {
    const { options, rest, terminal, signal } = invocation;
    const name = invocation.arguments["NAME"]!;
    const attached = terminal.attach();
    const input = inputFor(attached.terminal, options["stdin"] === true, rest);
    const loaded = await loadApp(invocation);
    const services = loaded.programs.filter(({ kind }) => kind === "service").map((program) => program.name);
    if (!services.includes(name)) {
      throw new Failure(`${loaded.app} has no service called ${name}.`, {
        code: "not-found",
        exit: exitCode.usage,
        remedy: services.length > 0 ? `It has: ${services.join(", ")}.` : "It declares none: add service() to plinth.config.ts.",
      });
    }
    const aws = await connectToRunning(invocation, loaded);
    const assembly = await inPlace(invocation, loaded, aws);
    const [{ execInTask }, { describeStage }, { realTime }] = await Promise.all([
      import("@plinth/deployer/tasks/exec"),
      import("@plinth/deployer/stacks/stack-state"),
      import("@plinth/deployer"),
    ]);
    const task = options["task"];
    try {
      const result = await execInTask(aws, realTime, signal, {
        program: assembly.programs.find((program) => program.name === name)!,
        stacks: await describeStage(aws, assembly),
        ...(typeof task === "string" ? { task } : {}),
        command: rest.length > 0 ? rest : ["/bin/sh"],
        streams: {
          input,
          ...(input === "terminal" ? { size: attached.size() } : {}),
          onInput: attached.onInput,
          onResize: input === "terminal" ? attached.onResize : () => undefined,
          output: attached.write,
        },
      });
      if (result.exitCode !== undefined) return result.exitCode as ExitCode;
      if (signal.aborted) return exitCode.interrupted;
      throw new Failure(
        `The session in ${result.taskArn.split("/").at(-1)} of ${name} ended before the command did${result.reason ? `: ${result.reason.trim()}` : "."}`,
        {
          code: "session-ended",
          exit: exitCode.failed,
          remedy: `plinth status${stageOptions(invocation)} shows whether its task still runs.`,
        },
      );
    } finally {
      attached.release();
      aws.close();
    }
  },
};

function inputFor(terminal: boolean, stdin: boolean, rest: Invocation["rest"]): RemoteInput {
  if (terminal) return "terminal";
  if (stdin) return "encoded";
  if (rest.length > 0) return "none";
  throw new Failure("A shell needs a terminal, and there is none here.", {
    code: "usage",
    exit: exitCode.usage,
    remedy: "Give a command behind --, or what the shell is to do with --stdin: echo ls | plinth exec NAME --stdin",
  });
}
