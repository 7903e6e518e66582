/** A server's log in hourly files named as RDS names them, with its last lines at hand for an error. */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import type { Cloud } from "../../cloud.ts";

const lastLineCount = 20;

export interface ServerLog {
  append(bytes: Buffer): void;
  lastLines(): string[];
  close(): void;
}

/** Files `postgresql.log.YYYY-MM-DD-HH` (UTC) in `folder`. `onLine` sees each whole line. */
export function openServerLog(cloud: Cloud, folder: string, onLine: (line: string) => void): ServerLog {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const last: string[] = [];
  let rest = "";
  let open: { name: string; descriptor: number } | undefined;
  let closed = false;
  return {
    append(bytes) {
      // A session's last words, after the server's end: its folder may be gone.
      if (closed) return;
      const name = logFileName(cloud.world.clock.nowMs());
      if (open?.name !== name) {
        if (open) closeSync(open.descriptor);
        open = { name, descriptor: openSync(`${folder}/${name}`, "a", 0o600) };
      }
      writeSync(open.descriptor, bytes);
      const lines = (rest + bytes.toString("utf8")).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        last.push(line);
        onLine(line);
      }
      last.splice(0, last.length - lastLineCount);
    },
    lastLines: () => [...last, ...(rest ? [rest] : [])],
    close() {
      if (open) closeSync(open.descriptor);
      open = undefined;
      closed = true;
    },
  };
}

export function logFileName(atMs: number): string {
  return `postgresql.log.${new Date(atMs).toISOString().slice(0, 13).replace("T", "-")}`;
}
