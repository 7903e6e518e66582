/** The one session: PGlite on a data folder, open on one database at a time. Bytes of the protocol go in, bytes come out. */
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { errorIn, type Message, messagesIn, rowsIn, simpleQuery } from "../wire/protocol.ts";

export interface Backend {
  readonly database: string;
  /** Another number means another session: prepared statements and settings are gone. */
  readonly epoch: number;
  /** Closes the session and opens one on another database, when it is another (0.5 s). */
  open(database: string): Promise<void>;
  /** Sends whole messages; every message of the answer. */
  send(bytes: Uint8Array): Promise<Message[]>;
  /** Runs SQL as the superuser that the session began as; rows as text. Throws the server's error. */
  query(sql: string): Promise<Record<string, string | null>[]>;
  /** Notes that the session's prepared statements are gone. */
  forgetStatements(): void;
  checkpoint(): Promise<void>;
  close(): Promise<void>;
}

/** The role that PGlite begins as; it owns the server and is nobody's login. */
export const owner = "postgres";

export class QueryError extends Error {
  readonly code: string;
  constructor({ code, message }: { code: string; message: string }) {
    super(message);
    this.code = code;
  }
}

/**
 * Makes the data folder's contents when it is empty (initdb inside PGlite). `crashed` is called when the server has ended in the midst
 * of its work, as on a full disk: nothing more can be asked of it.
 */
export async function openBackend(dataFolder: string, crashed: (error: unknown) => never): Promise<Backend> {
  let database = "postgres";
  let epoch = 1;
  const start = async () => {
    const opened = await PGlite.create({ dataDir: dataFolder, database, extensions: { vector } });
    trustVector(opened);
    return opened;
  };
  let lite = await start();

  // What a statement does wrong comes as a message; what is thrown is the end of the server.
  const send = async (bytes: Uint8Array) => messagesIn(await lite.execProtocolRaw(bytes).catch(crashed));
  const backend: Backend = {
    get database() {
      return database;
    },
    get epoch() {
      return epoch;
    },
    async open(wanted) {
      if (wanted === database) return;
      await lite.close();
      database = wanted;
      epoch++;
      lite = await start();
    },
    send,
    async query(sql) {
      const answer = await send(simpleQuery(sql));
      const error = errorIn(answer);
      if (error) throw new QueryError(error);
      return rowsIn(answer);
    },
    forgetStatements() {
      epoch++;
    },
    async checkpoint() {
      await backend.query(`set session authorization ${owner}; checkpoint`);
    },
    async close() {
      await lite.close();
    },
  };
  return backend;
}

/** RDS lets its master user create `vector`, who is no superuser; PostgreSQL does so for extensions whose control file says `trusted`. */
function trustVector({ Module: { FS } }: PGlite): void {
  const file = "/pglite/share/postgresql/extension/vector.control";
  const text = FS.readFile(file, { encoding: "utf8" });
  if (!text.includes("trusted")) FS.writeFile(file, `${text}trusted = true\n`);
}
