/** Where lines of a log come from, and which of them are asked for. */

export interface LogLine {
  /** Or the database. */
  program: string;
  /** The end of the task's id, to tell copies apart; of a database the name of the file. */
  task: string;
  at: Date;
  message: string;
}

export interface LogOptions {
  /** The name of a program, database or load balancer in the inventory; default: all programs. */
  program?: string;
  since: Date;
  /** CloudWatch Logs' filter pattern; of a database or load balancer a text that stands in the line. */
  filter?: string;
  /** Goes on until the signal is aborted. */
  follow: boolean;
  signal: AbortSignal;
}

/** Reads what was written at or after that time, or what has come since the last look. */
export type LogSource = (fromMs: number) => Promise<{ id: string; line: LogLine }[]>;
