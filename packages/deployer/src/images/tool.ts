/** Runs a program of this machine and keeps its last lines. */
import { spawn } from "node:child_process";

export interface ToolOptions {
  onLine: (line: string) => void;
  stdin?: string;
  signal?: AbortSignal;
  /** Beside those of this process. */
  env?: Record<string, string>;
  /** Where it runs. @default where this process does */
  cwd?: string;
}

export interface ToolResult {
  /** 127 when the program is not there. */
  exitCode: number;
  /** The last 200. */
  lines: string[];
}

export async function runTool(command: string, args: string[], { onLine, stdin, signal, env, cwd }: ToolOptions): Promise<ToolResult> {
  const lines: string[] = [];
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    ...(signal ? { signal } : {}),
    ...(cwd !== undefined && { cwd }),
    ...(env && { env: { ...process.env, ...env } }),
  });
  const take = (line: string) => {
    lines.push(line);
    if (lines.length > 200) lines.shift();
    onLine(line);
  };
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (text: string) => {
      const parts = (rest + text).split(/\r?\n/);
      rest = parts.pop() ?? "";
      parts.filter((line) => line !== "").forEach(take);
    });
    stream.on("end", () => rest && take(rest));
  }
  child.stdin.on("error", () => undefined); // the tool ended before it read: its exit code tells
  child.stdin.end(stdin ?? "");
  const { promise, resolve } = Promise.withResolvers<number>();
  child.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ENOENT" ? 127 : 126));
  child.on("close", (code) => resolve(code ?? 128));
  return { exitCode: await promise, lines };
}
