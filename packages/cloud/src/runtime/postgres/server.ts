/** A running PostgreSQL: one interface for the native server and for PGlite, so that the service need not know which serves. */
import type { Cloud } from "../../cloud.ts";
import type { ProcessExit } from "../../world.ts";

export interface PostgresRequest {
  /** Whose it is, as `rds/eu-central-1/db-ABC`; the certificate is kept under this name. */
  owner: string;
  /** Holds `data/` and `log/`; the server's own, mode 0700 or 0711. */
  folder: string;
  major: number;
  address: string;
  port: number;
  forceTls: boolean;
  maxConnections: number;
  parameters: Readonly<Record<string, string>>;
  /** Where finished segments of its write-ahead log are kept; without it they are let go. PGlite archives nothing. */
  archiveFolder?: string | undefined;
  /**
   * First replays an archive over the backup that is its data folder, until a time (ISO 8601; else to the end), and then goes on
   * as a server of its own. Only where the folder holds the file `recovery.signal`, which the server takes away at the end.
   */
  recovery?: { archiveFolder: string; targetTime?: string | undefined } | undefined;
  /** Where else clients reach it, as the endpoints of a cluster: its certificate names these addresses too. */
  alsoAt?: readonly string[];
  /** The server of which this one is a copy that is kept current: it takes no writes. Only a native server can. */
  follows?: { address: string; port: number } | undefined;
  /** Whether others may follow it: it keeps some of its log for those that were away for a moment. */
  followed?: boolean;
  /** Whether a gate stands before it (gate.ts), which alone decides who may log in as whom. Only a native server can. */
  gated?: boolean;
  /** Sees each line of the server's log. */
  onLogLine?: (line: string) => void;
}

export interface PostgresServer {
  /** Who serves, in words: `postgresql 16.14` or `pglite 0.5.14 (PostgreSQL 18.3)`. */
  readonly servedBy: string;
  readonly exited: Promise<ProcessExit>;
  /** Runs statements as the superuser; the rows of the last one. `parameters` only with a single statement. */
  query(sql: string, options?: { database?: string; parameters?: readonly unknown[] }): Promise<Record<string, unknown>[]>;
  /** The rows of a query, some at a time, each value as PostgreSQL writes it. PGlite has them only all at once. */
  batches?(sql: string, of: { database: string; rows: number }): AsyncGenerator<(string | null)[][]>;
  /** Takes new parameters; those that ask for a restart wait for one. A copy can be told whom to follow from now on, a server that it is followed. */
  reload(
    changed: Pick<PostgresRequest, "parameters" | "forceTls"> &
      Pick<Partial<PostgresRequest>, "follows" | "followed" | "archiveFolder" | "alsoAt" | "gated">,
  ): Promise<void>;
  /**
   * Makes a copy the one that takes writes; resolves when it does. `catchUpFrom` is the data folder of a server that has ended and
   * whose last commits may not have been sent yet: they are read from there first.
   */
  promote?(options: { catchUpFrom?: string | undefined }): Promise<void>;
  /** A consistent copy of the data folder at `target` (which must not exist), while the server goes on serving. */
  backup(target: string): Promise<void>;
  /** Whether it follows another now. */
  copy?(): boolean;
  /** Resolves when all that was committed until now is in its archive. Absent where the server archives nothing. */
  archiveLog?(): Promise<void>;
  /** Ends it so that nothing is lost: sessions are cut, a checkpoint is written. */
  stop(): Promise<void>;
  /** CPU seconds used and resident bytes, of the server and its sessions. */
  usage(): { cpuSeconds: number; residentBytes: number } | undefined;
}

export type StartPostgres = (cloud: Cloud, request: PostgresRequest) => Promise<PostgresServer>;

/** A server that ended before it took connections; the message carries the last lines of its log. */
export class ServerDidNotStart extends Error {
  readonly lastLines: readonly string[];
  constructor(name: string, lastLines: readonly string[]) {
    super(`${name} did not start${lastLines.length > 0 ? `; the last lines of its log:\n${lastLines.slice(-8).join("\n")}` : ""}`);
    this.lastLines = lastLines;
  }
}
