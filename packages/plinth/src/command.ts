/** A command as data: what it is called and takes, how it is explained, and what does it. */
import type { ExitCode } from "./exit-code.ts";
import type { Terminal } from "./terminal/terminal.ts";

export interface Command {
  /** One sentence without a full stop. */
  summary: string;
  /** What a person wants to know before running it. */
  description?: string;
  /** The last one may take all the words that are left (`rest`). */
  arguments?: { name: string; required?: boolean; rest?: boolean; description: string }[];
  options?: Option[];
  /** What the words behind `--` are, where they are not the last argument's. */
  behind?: string;
  /** Whether it is about an app's stage: then it takes --app, --stage and --local. Of `folder` only --app. */
  about: "stage" | "folder";
  /** Whether it holds the stage while it runs: then it takes --wait. */
  changes?: boolean;
  /** Whether it answers with --json. */
  json?: boolean;
  examples: { command: string; what: string }[];
  run(invocation: Invocation): Promise<ExitCode>;
}

interface Option {
  /** As commander reads it: `--since <time>`. */
  flags: string;
  description: string;
  default?: string;
  /** Whether it may be given several times: then its value is all of them, by commas. */
  many?: boolean;
}

export interface Invocation {
  arguments: Record<string, string | undefined>;
  /** What the argument with `rest` took. */
  rest: readonly string[];
  /** The words behind `--`, of a command that says what they are. */
  behind: readonly string[];
  options: Record<string, string | boolean | undefined>;
  /** The app's folder, absolute. */
  folder: string;
  stage: string;
  /** Whether that stage lives in the embedded cloud. */
  local: boolean;
  json: boolean;
  /** How long somebody else who holds the stage is waited for. */
  waitMs: number;
  terminal: Terminal;
  /** Aborted by the first Ctrl-C. */
  signal: AbortSignal;
}

/** How the options that chose the stage are repeated in a command that a message proposes. */
export function stageOptions({ stage, local }: Pick<Invocation, "stage" | "local">): string {
  if (stage === "local") return "";
  return ` --stage ${stage}${local ? " --local" : ""}`;
}
