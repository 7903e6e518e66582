/** A command or a shell in a running task of a service, over ECS Exec. */
import { randomBytes } from "node:crypto";
import type { Program } from "@plinth/compiler";
import { isAwsError, type Aws, type Output } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import type { Time } from "../deployment.ts";
import { resumeSession } from "../sessions/resume.ts";
import { connectSession } from "../sessions/session-client.ts";
import { marked, remoteCommand, type RemoteInput } from "../sessions/remote-command.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";

/** Where the program's input comes from and its output goes. */
export interface ExecStreams {
  input: RemoteInput;
  /** Of a terminal. */
  size?: { columns: number; rows: number };
  /** Called once, when the program takes input. For `encoded`, what it gives are the bytes as they are. */
  onInput(take: (bytes: Uint8Array) => void, end: () => void): void;
  onResize(changed: (columns: number, rows: number) => void): void;
  output(bytes: Uint8Array): void;
}

export interface ExecRequest {
  program: Program;
  stacks: ReadonlyMap<string, DeployedStack>;
  /** Its id, or enough of its beginning or end; default: the newest that runs. */
  task?: string;
  command: readonly string[];
  streams: ExecStreams;
}

export interface ExecResult {
  taskArn: string;
  /** Absent when the session ended before the command said how it ended. */
  exitCode?: number;
  /** Why it ended, where that was not the command's end. */
  reason?: string;
}

/** @throws DeployError `not-found`, `task-failed`. */
export async function execInTask(aws: Aws, time: Time, signal: AbortSignal, request: ExecRequest): Promise<ExecResult> {
  const { program, command, streams } = request;
  const { cluster, taskArn } = await chooseTask(aws, request);
  return execIn(aws, time, signal, { cluster, taskArn, container: program.container, command, streams });
}

export interface ExecPlace extends Pick<ExecRequest, "command" | "streams"> {
  cluster: string;
  taskArn: string;
  container: string;
}

/** In a task that runs and allows sessions. @throws DeployError `task-failed`. */
export async function execIn(aws: Aws, time: Time, signal: AbortSignal, place: ExecPlace): Promise<ExecResult> {
  const { cluster, taskArn, container, command, streams } = place;
  const nonce = randomBytes(8).toString("hex");
  const session = await open(aws, time, signal, {
    cluster,
    task: taskArn,
    container,
    command: remoteCommand(command, nonce, streams.input),
  });

  let exitCode: number | undefined;
  const output = marked(nonce, streams.input, {
    output: streams.output,
    begun: () => takeInput(),
    status(code) {
      exitCode = code;
      client.hangUp();
    },
  });
  const client = connectSession(
    { sessionId: session.sessionId!, streamUrl: session.streamUrl!, tokenValue: session.tokenValue! },
    {
      output: output.add,
      resume: (sessionId) => resumeSession(aws, sessionId),
      begun() {
        if (streams.size) client.resize(streams.size.columns, streams.size.rows);
        streams.onResize(client.resize);
        if (streams.input === "terminal") takeInput();
      },
    },
  );
  const takeInput = () => {
    if (streams.input === "terminal") streams.onInput(client.input, client.hangUp);
    if (streams.input === "encoded") {
      const lines = base64Lines(client.input);
      streams.onInput(lines.add, lines.end);
    }
  };
  signal.addEventListener("abort", client.hangUp, { once: true });
  const end = await client.ended;
  signal.removeEventListener("abort", client.hangUp);
  output.end();
  const reason = end.how === "closed" ? end.output : end.how === "lost" ? end.reason : "";
  return { taskArn, ...(exitCode !== undefined && { exitCode }), ...(exitCode === undefined && reason !== "" && { reason }) };
}

/** Lines that fit any terminal's buffer; Ctrl-D at the beginning of a line ends the input. */
function base64Lines(give: (bytes: Uint8Array) => void) {
  const lineBytes = 57; // 76 characters
  let held = Buffer.alloc(0);
  const line = (bytes: Uint8Array) => `${Buffer.from(bytes).toString("base64")}\n`;
  return {
    add(bytes: Uint8Array) {
      held = Buffer.concat([held, bytes]);
      let text = "";
      let at = 0;
      for (; at + lineBytes <= held.byteLength; at += lineBytes) text += line(held.subarray(at, at + lineBytes));
      held = held.subarray(at);
      if (text !== "") give(Buffer.from(text));
    },
    end() {
      give(Buffer.from(`${held.byteLength > 0 ? line(held) : ""}\u0004`));
    },
  };
}

async function chooseTask(aws: Aws, { program, stacks, task: wanted }: ExecRequest): Promise<{ cluster: string; taskArn: string }> {
  const { name } = program;
  const cluster = stacks.get(program.cluster.stack)?.outputs[program.cluster.output];
  const service = program.service && stacks.get(program.service.stack)?.outputs[program.service.output];
  if (!cluster || !service) throw new DeployError("not-found", `The service ${name} is not deployed.`, { remedy: "plinth deploy" });
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await aws.call("ecs", "ListTasks", {
      cluster,
      serviceName: service.slice(service.lastIndexOf("/") + 1),
      desiredStatus: "RUNNING",
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    arns.push(...(page.taskArns ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  const { tasks = [] } = arns.length > 0 ? await aws.call("ecs", "DescribeTasks", { cluster, tasks: arns.slice(0, 100) }) : {};
  const running = tasks
    .filter(({ lastStatus }) => lastStatus === "RUNNING")
    .sort((a, b) => (b.startedAt?.getTime() ?? 0) - (a.startedAt?.getTime() ?? 0));
  if (running.length === 0) {
    throw new DeployError("not-found", `No task of ${name} runs now.`, { remedy: "plinth status says why." });
  }
  const id = (arn: string | undefined) => (arn ?? "").slice((arn ?? "").lastIndexOf("/") + 1);
  const given = wanted === undefined ? undefined : id(wanted);
  const meant =
    given === undefined ? running : running.filter(({ taskArn }) => id(taskArn).startsWith(given) || id(taskArn).endsWith(given));
  if (given !== undefined && meant.length !== 1) {
    throw new DeployError("not-found", `${meant.length === 0 ? "No" : "More than one"} running task of ${name} has the id ${wanted}.`, {
      remedy: `It has: ${running.map(({ taskArn }) => id(taskArn)).join(", ")}.`,
    });
  }
  const able = meant.find(({ enableExecuteCommand }) => enableExecuteCommand === true);
  if (able) return { cluster, taskArn: able.taskArn! };
  throw new DeployError("task-failed", `The service ${name} does not allow sessions in its tasks.`, {
    remedy: `Write exec: true at ${name} in plinth.config.ts and deploy: plinth deploy. Tasks that run already do not get it.`,
  });
}

/** The agent of a task takes a while after its start. */
const agentPatienceMs = 30_000;

async function open(
  aws: Aws,
  time: Time,
  signal: AbortSignal,
  input: { cluster: string; task: string; container: string; command: string },
) {
  const startedAt = time.now();
  for (;;) {
    try {
      const answer: Output<"ecs", "ExecuteCommand"> = await aws.call("ecs", "ExecuteCommand", { ...input, interactive: true });
      return answer.session!;
    } catch (error) {
      const starting = isAwsError(error, "InvalidParameterException") && /execute command agent/.test(error.message);
      if (starting && time.now() - startedAt < agentPatienceMs) {
        await time.sleep(aws.embedded ? 100 : 2_000, signal);
        continue;
      }
      if (!starting && !isAwsError(error, "TargetNotConnectedException")) throw error;
      throw new DeployError("task-failed", `The agent that opens sessions is not connected: ${error.message}`, {
        evidence: await agentReasons(aws, input),
        remedy:
          "Its task needs the right to connect (exec: true gives the role ssmmessages:*), a way to Systems Manager (NAT or the endpoint ssmmessages), and a writable root file system.",
        cause: error,
      });
    }
  }
}

async function agentReasons(
  aws: Aws,
  { cluster, task, container }: { cluster: string; task: string; container: string },
): Promise<string[]> {
  const { tasks = [] } = await aws.call("ecs", "DescribeTasks", { cluster, tasks: [task] });
  const agents = tasks[0]?.containers?.find(({ name }) => name === container)?.managedAgents ?? [];
  return agents.map(({ name, lastStatus, reason }) => `${name} is ${lastStatus}${reason === undefined ? "" : `: ${reason}`}`);
}
