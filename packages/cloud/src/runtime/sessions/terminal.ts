/** A session's program at a terminal. */
import { payloadType, type Size } from "@plinth/data-channel";
import type { Cloud } from "../../cloud.ts";
import { pieces } from "./characters.ts";
import { type Activity, type Line, parsed } from "./activity.ts";
import { findProgram } from "./find-program.ts";
import type { LiveSession } from "./sessions.ts";

/** As the agent cuts it. */
const pieceBytes = 1024;
/** Messages that a client has not acknowledged, before the program has to wait. */
const mostPending = 2048;
const lastWordsMs = 5_000;
const hangUpMs = 2_000;

export function openTerminal(cloud: Cloud, session: LiveSession, line: Line): Activity {
  const { clock, processes } = cloud.world;
  const command = session.purpose.kind === "terminal" ? session.purpose.command : [];
  let terminal: ReturnType<typeof processes.openTerminal> | undefined;
  let size: Size = { cols: 80, rows: 24 };

  const start = () => {
    const { env, cwd, enclose } = session.target;
    const [name = "sh", ...args] = command;
    const missing = processes.terminalsMissing();
    const program = findProgram(name, env.PATH ?? "", cwd);
    if (missing !== undefined || "error" in program) {
      const why = missing ?? (program as { error: string }).error;
      return void line.end(`----------ERROR-------\nUnable to start command: Failed to start pty: ${why}`);
    }
    const words = enclose ? enclose([program.path, ...args], cwd) : [program.path, ...args];
    const running = processes.openTerminal({
      command: words[0]!,
      args: words.slice(1),
      cwd,
      env: { ...env, TERM: "xterm-256color", LANG: env.LANG ?? "C.UTF-8", PLINTH_SESSION: session.record.id },
      mark: "PLINTH_SESSION",
      columns: size.cols,
      rows: size.rows,
    });
    terminal = running;
    const output = pieces(pieceBytes, (piece) => line.write(payloadType.output, piece));
    running.onOutput((bytes) => {
      output.add(bytes);
      if (line.pending < mostPending) return;
      running.pause();
      void line.drained((mostPending * 3) / 4).then(() => running.resume());
    });
    const finish = async () => {
      await running.exited;
      output.end();
      await Promise.race([line.drained(), clock.sleep(lastWordsMs)]);
      await line.end();
    };
    void finish();
  };

  return {
    asked: { SessionType: "InteractiveCommands", Properties: { linux: { commands: command.join(" ") } } },
    start,
    take(type, payload) {
      if (type === payloadType.output) terminal?.write(payload);
      else if (type === payloadType.size) {
        const { cols, rows } = parsed<Size>(payload) ?? {};
        if (!isExtent(cols) || !isExtent(rows)) return;
        size = { cols, rows };
        terminal?.resize(cols, rows);
      }
    },
    /** SIGHUP as a terminal that is closed gives it; what does not heed it is killed. */
    async end() {
      if (!terminal) return;
      terminal.resume();
      terminal.signal("SIGHUP");
      const running = terminal;
      const cancel = clock.after(hangUpMs, () => running.signal("SIGKILL"));
      await running.exited;
      cancel();
    },
  };
}

const isExtent = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0 && (value as number) <= 65_535;
