/** Real programs, each started as the leader of its own process group and noted on disk until it has ended. */
import { spawn } from "node:child_process";
import { accessSync, closeSync, constants as access, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { basename, delimiter, join } from "node:path";
import type { Disk } from "./disk.ts";
import { processTable, statFields } from "./process-table.ts";
import type { ProcessExit, ProcessRequest, Processes, RunningProcess, RunningTerminal } from "./processes.ts";
import { endStrays } from "./strays.ts";
import { ptyWriter } from "./pty-writer.ts";
import { loadPty } from "./pty.ts";

export function realProcesses(disk: Disk): Processes {
  const notes = disk.path("processes");
  mkdirSync(notes, { recursive: true, mode: 0o700 });
  const table = processTable();

  /** Notes a leader on disk; what is answered clears away after its end: its group, what has its mark, the note. */
  const watchOver = (pid: number, { command, mark: name, env }: Pick<ProcessRequest, "command" | "mark" | "env">) => {
    const note = join(notes, String(pid));
    const mark = name === undefined ? undefined : `${name}=${env[name]}`;
    writeFileSync(note, `${startTicks(pid) ?? ""}\n${command}\n${mark ?? ""}\n`, { mode: 0o600 });
    return () => {
      // What a leader leaves behind in its group ends with it.
      signalGroup(pid, "SIGKILL");
      if (mark !== undefined) endStrays(mark);
      rmSync(note, { force: true });
    };
  };

  return {
    spawn(request): RunningProcess {
      const opened: number[] = [];
      const stream = (given: "ignore" | "pipe" | { file: string } | undefined, otherwise: "ignore" | "pipe") => {
        if (given === undefined || typeof given === "string") return given ?? otherwise;
        const descriptor = openSync(given.file, "a", 0o600);
        opened.push(descriptor);
        return descriptor;
      };
      const child = spawn(request.command, [...request.args], {
        cwd: request.cwd,
        env: { ...request.env },
        detached: true,
        stdio: [stream(request.stdin, "ignore"), stream(request.stdout, "pipe"), stream(request.stderr, "pipe")],
      });
      for (const descriptor of opened) closeSync(descriptor);
      const { pid } = child;
      const clearAway = pid === undefined ? undefined : watchOver(pid, request);
      const exited = new Promise<ProcessExit>((done) => {
        child.once("error", (error) => pid === undefined && done({ error }));
        child.once("exit", (code, signal) => {
          clearAway!();
          done(signal ? { signal } : { code: code ?? 0 });
        });
      });
      return {
        pid,
        stdin: child.stdin,
        stdout: child.stdout,
        stderr: child.stderr,
        exited,
        signal: (signal) => pid !== undefined && signalGroup(pid, signal),
        usage: () => (pid === undefined ? undefined : table.usage(pid)),
      };
    },

    terminalsMissing: () => {
      const pty = loadPty();
      return typeof pty === "string" ? pty : undefined;
    },

    openTerminal({ command, args, env, cwd, mark, columns, rows }): RunningTerminal {
      const pty = loadPty();
      if (typeof pty === "string") throw new Error(pty);
      // Bytes, not text: a character may be cut at the end of a piece.
      const terminal = pty.spawn(command, [...args], { cwd, env: { ...env }, cols: columns, rows, encoding: null });
      const { pid } = terminal;
      const { fd, _socket: stream } = terminal as unknown as { fd: number; _socket: { destroyed: boolean } };
      const isOpen = () => !stream.destroyed;
      const input = ptyWriter(fd, isOpen);
      const clearAway = watchOver(pid, { command, env, ...(mark !== undefined && { mark }) });
      const exited = new Promise<ProcessExit>((done) => {
        terminal.onExit(({ exitCode, signal }) => {
          input.end();
          clearAway();
          const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
          done(name === undefined ? { code: exitCode } : { signal: name as NodeJS.Signals });
        });
      });
      return {
        pid,
        exited,
        onOutput: (take) => void terminal.onData((bytes) => take(bytes as unknown as Uint8Array)),
        write: (bytes) => input.write(bytes),
        resize: (wide, high) => void (isOpen() && terminal.resize(wide, high)),
        pause: () => terminal.pause(),
        resume: () => terminal.resume(),
        signal: (signal) => signalGroup(pid, signal),
      };
    },

    async reapLeftovers() {
      let ended = 0;
      for (const name of readdirSync(notes)) {
        const pid = Number(name);
        const [started, , mark] = readFileSync(join(notes, name), "utf8").split("\n");
        const now = startTicks(pid);
        // Only the very process that was noted: same id and same start time. Its group may outlive it.
        if (Number.isInteger(pid) && pid > 1 && (now === undefined ? table.usage(pid) !== undefined : String(now) === started)) {
          if (signalGroup(pid, "SIGKILL")) ended++;
        }
        if (mark) endStrays(mark);
        rmSync(join(notes, name), { force: true });
      }
      return ended;
    },

    find(...names) {
      const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
      const isShims = (folder: string) => basename(folder) === "shims";
      const places = [folders.filter((folder) => !isShims(folder)), folders.filter(isShims)];
      for (const [name, folder] of places.flatMap((some) => names.flatMap((name) => some.map((folder) => [name, folder] as const)))) {
        try {
          accessSync(join(folder, name), access.X_OK);
          return join(folder, name);
        } catch {
          // not in this folder
        }
      }
      return undefined;
    },
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** When a process started, in clock ticks since boot; `undefined` where there is no /proc or no such process. */
function startTicks(pid: number): number | undefined {
  const fields = statFields(pid);
  return fields && Number(fields[19]);
}
