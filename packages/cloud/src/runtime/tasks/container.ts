/** One container of a task as a process: started, listened to, and ended in time. */
import type { Cloud } from "../../cloud.ts";
import type { ProcessExit, RunningProcess, Usage } from "../../world.ts";
import type { Enclose } from "./enclosure.ts";
import { findProgram } from "../sessions/find-program.ts";
import type { LogDriver } from "./log-driver.ts";

export interface ContainerRequest {
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  logs: LogDriver;
  /** Its view of the machine's files, where that is one of its own. */
  enclose?: Enclose | undefined;
}

/** How it ended. `exitCode` is absent when it could not be started. */
export interface ContainerExit {
  exitCode?: number;
  /** As ECS words it, where there is more to say than the code. */
  reason?: string;
}

export interface RunningContainer {
  /** Resolves when it has ended and all it wrote was taken. Never rejects. */
  readonly exited: Promise<ContainerExit>;
  /** Its program is not there or may not be run; `exited` says why. */
  readonly failedToStart: boolean;
  /** SIGTERM, and SIGKILL to what is left after the time that `timeoutMs` gives, which is asked again meanwhile. Resolves when it has ended. */
  stop(timeoutMs: () => number): Promise<void>;
  /** Ends it at once, for using more memory than it has. */
  killForMemory(): void;
  usage(): Usage | undefined;
  /** What a program that is started beside it finds. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly enclose: Enclose | undefined;
  /** Runs a command beside it (a health check); whether that succeeded within `timeoutMs`. */
  probe(command: readonly string[], timeoutMs: number): Promise<boolean>;
}

const signalNumbers: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};
// Each container has its own: what it starts, in whatever session, has it too.
const containerMark = "ECS_CONTAINER_METADATA_URI_V4";
// Output that a program left in the pipe is read; one that gave the pipe to a process outside its group is not waited for longer.
const drainMs = 2_000;
// How soon a stop notices that its time was cut short (the cloud itself stops).
const stopLookMs = 250;

export function startContainer(cloud: Cloud, { command, env, cwd, logs, enclose }: ContainerRequest): RunningContainer {
  const { processes, clock } = cloud.world;
  const spawn = (own: readonly string[], output: "pipe" | "ignore", mark?: string) => {
    // What is not there fails to start as without a namespace, instead of ending with the code 127 of what leads into it.
    const enclosed = enclose !== undefined && !("error" in findProgram(own[0]!, env.PATH ?? "", cwd));
    const line = enclosed ? enclose(own, cwd) : own;
    return processes.spawn({
      command: line[0]!,
      args: line.slice(1),
      env,
      cwd,
      stdout: output,
      stderr: output,
      ...(mark !== undefined && { mark }),
    });
  };
  const child = spawn(command, "pipe", containerMark);
  const output = Promise.all([child.stdout, child.stderr].map((stream) => stream && logs.follow(stream)));
  let outOfMemory = false;
  let ended = false;

  const exited = child.exited.then(async (exit): Promise<ContainerExit> => {
    ended = true;
    await Promise.race([output, elapsed(cloud, drainMs)]);
    child.stdout?.destroy();
    child.stderr?.destroy();
    await output;
    if (outOfMemory) return { exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" };
    return exitOf(exit, command[0]!, cwd);
  });

  return {
    exited,
    env,
    cwd,
    enclose,
    failedToStart: child.pid === undefined,
    async stop(timeoutMs) {
      if (ended) return;
      const startedMs = clock.nowMs();
      child.signal("SIGTERM");
      let cancel = () => {};
      const look = () => {
        if (ended) return;
        const leftMs = startedMs + timeoutMs() - clock.nowMs();
        if (leftMs <= 0) child.signal("SIGKILL");
        else cancel = clock.after(Math.min(leftMs, stopLookMs), look);
      };
      look();
      await exited;
      cancel();
    },
    killForMemory() {
      outOfMemory = true;
      child.signal("SIGKILL");
    },
    usage: () => (ended ? undefined : child.usage()),
    probe: (line, timeoutMs) => succeeds(cloud, spawn(line, "ignore"), timeoutMs),
  };
}

async function succeeds(cloud: Cloud, process: RunningProcess, timeoutMs: number): Promise<boolean> {
  const cancel = cloud.world.clock.after(timeoutMs, () => process.signal("SIGKILL"));
  const exit = await process.exited;
  cancel();
  return "code" in exit && exit.code === 0;
}

function exitOf(exit: ProcessExit, command: string, cwd: string): ContainerExit {
  if ("code" in exit) return { exitCode: exit.code };
  if ("signal" in exit) return { exitCode: 128 + (signalNumbers[exit.signal] ?? 0) };
  const { code } = exit.error;
  const why =
    code === "ENOENT"
      ? `exec: "${command}": executable file not found in $PATH (started in ${cwd})`
      : code === "EACCES"
        ? `exec: "${command}": permission denied`
        : exit.error.message;
  return {
    reason: `CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: unable to start container process: ${why}: unknown`,
  };
}

function elapsed(cloud: Cloud, delayMs: number): Promise<void> {
  return new Promise((done) => void cloud.world.clock.after(delayMs, done));
}
