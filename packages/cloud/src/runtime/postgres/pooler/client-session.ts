/**
 * One client of the pooler: idle it costs the server nothing; for each transaction it borrows a connection, and keeps it to the end where
 * a statement has left something in the server's session (pinning).
 */
import type { Socket } from "node:net";
import type { Cloud } from "../../../cloud.ts";
import { errorResponse, type Message, messageReader, ProtocolError, readyForQuery, textAt } from "../wire/protocol.ts";
import { pinnedBy } from "./pinning.ts";
import { BorrowTimeout, type Pool, type PoolKey } from "./pool.ts";
import { LoginRefused, type ServerConnection } from "./server-connection.ts";

export interface ClientSession {
  /** Why it keeps its connection, once it does. */
  readonly pinned: string | undefined;
  readonly inTransaction: boolean;
  /** Cancels what runs for it now. */
  readonly connection: ServerConnection | undefined;
  close(): void;
}

export interface ClientRequest {
  socket: Socket;
  /** What has come already. */
  rest: Buffer;
  key: PoolKey;
  /** What the client asked for as it connected, as `application_name`: in force on whatever connection it borrows. */
  settings: Readonly<Record<string, string>>;
  pool: Pool;
  idleTimeoutMs: number;
  onPinned(reason: string): void;
  onEnd(): void;
}

/** Messages that the server answers with a ReadyForQuery of their own. */
const answered = new Set(["Q", "S", "F"]);

export function serveClient(
  cloud: Cloud,
  { socket, rest, key, settings, pool, idleTimeoutMs, onPinned, onEnd }: ClientRequest,
): ClientSession {
  const { clock } = cloud.world;
  const reader = messageReader();
  let connection: ServerConnection | undefined;
  let borrowing = false;
  let pinned: string | undefined;
  let status: "I" | "T" | "E" = "I";
  /** How many ReadyForQuery are to come. */
  let awaited = 0;
  /** After a Flush, or the beginning of a request, the server is in the midst of it. */
  let midst = false;
  let ended = false;
  let lastMs = clock.nowMs();
  let cancelIdle = () => {};

  const watchIdle = (afterMs: number): void => {
    cancelIdle = clock.after(afterMs, () => {
      const leftMs = lastMs + idleTimeoutMs - clock.nowMs();
      if (connection && (awaited > 0 || midst)) return watchIdle(idleTimeoutMs);
      if (leftMs > 0) return watchIdle(leftMs);
      socket.end(errorResponse("FATAL", "57P05", "terminating connection due to idle-session timeout"));
    });
  };

  const borrower = {
    data(chunk: Buffer) {
      if (!socket.write(chunk)) {
        connection!.socket.pause();
        socket.once("drain", () => connection?.socket.resume());
      }
    },
    ready(now: "I" | "T" | "E") {
      status = now;
      awaited = Math.max(0, awaited - 1);
      lastMs = clock.nowMs();
      if (awaited === 0 && !midst && status === "I" && pinned === undefined) release();
    },
    lost() {
      connection = undefined;
      // Idle it would not have noticed; so the half of a transaction is gone.
      socket.destroy();
    },
  };

  function release(): void {
    const given = connection!;
    connection = undefined;
    given.socket.resume();
    pool.giveBack(given);
  }

  function look(next: Message): void {
    const sql = next.type === "Q" ? textAt(next.body, 0).value : next.type === "P" ? prepared(next.body) : undefined;
    if (sql === undefined || pinned !== undefined) return;
    const reason = typeof sql === "string" ? pinnedBy(sql) : sql.reason;
    if (reason === undefined) return;
    pinned = reason;
    onPinned(reason);
  }

  function process(): void {
    if (borrowing || ended) return;
    const bytes: Buffer[] = [];
    for (let next = reader.next(true); next; next = reader.next(true)) {
      if (next.type === "X") return leave();
      look(next);
      if (answered.has(next.type)) {
        awaited++;
        midst = false;
      } else midst = true;
      bytes.push(next.bytes);
    }
    if (bytes.length === 0) return;
    lastMs = clock.nowMs();
    const whole = bytes.length === 1 ? bytes[0]! : Buffer.concat(bytes);
    if (connection) return send(connection, whole);
    borrowing = true;
    socket.pause();
    void serveWhole(whole);
  }

  async function serveWhole(whole: Buffer): Promise<void> {
    try {
      const borrowed = await borrowFor(pool, key, settings);
      borrowing = false;
      if (ended) return pool.giveBack(borrowed);
      if (borrowed.ended) return void socket.destroy();
      connection = borrowed;
      borrowed.lend(borrower);
      socket.resume();
      send(borrowed, whole);
      process();
    } catch (error) {
      borrowing = false;
      if (error instanceof ProtocolError) socket.end(errorResponse("FATAL", "08P01", error.message));
      else if (!ended) refuse(error as Error);
    }
  }

  /** A client that could not be served in time may try again; one that the server turns away may not. */
  function refuse(error: Error): void {
    if (!(error instanceof BorrowTimeout)) {
      const code = error instanceof LoginRefused ? error.code : "08006";
      return void socket.end(errorResponse("FATAL", code, error.message));
    }
    socket.write(errorResponse("ERROR", "53300", error.message));
    for (; awaited > 0; awaited--) socket.write(readyForQuery("I"));
    midst = false;
    pinned = undefined;
    socket.resume();
    process();
  }

  function send(to: ServerConnection, bytes: Buffer): void {
    if (to.socket.write(bytes)) return;
    socket.pause();
    to.socket.once("drain", () => socket.resume());
  }

  function leave(): void {
    if (ended) return;
    ended = true;
    cancelIdle();
    const left = connection;
    connection = undefined;
    socket.destroySoon();
    onEnd();
    if (!left) return;
    left.socket.resume();
    // In the midst of something the server has to give it up; else what it left behind is cleared away.
    if (status !== "I" || awaited > 0 || midst) return left.destroy();
    left.takeBack();
    void clear(left);
  }

  async function clear(left: ServerConnection): Promise<void> {
    try {
      await left.run("discard all");
      left.settings = {};
      pool.giveBack(left);
    } catch {
      left.destroy();
    }
  }

  socket.on("data", (chunk: Buffer) => {
    try {
      reader.push(chunk);
      process();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      socket.end(errorResponse("FATAL", "08P01", error.message));
    }
  });
  socket.on("error", () => socket.destroy());
  socket.once("close", leave);
  watchIdle(idleTimeoutMs);
  if (rest.length > 0) socket.emit("data", rest);
  return {
    get pinned() {
      return pinned;
    },
    get inTransaction() {
      return status !== "I";
    },
    get connection() {
      return connection;
    },
    close: () => void socket.destroy(),
  };
}

/** A connection on which the settings stand that this client has asked for, and none of another. */
export async function borrowFor(pool: Pool, key: PoolKey, settings: Readonly<Record<string, string>>): Promise<ServerConnection> {
  const connection = await pool.borrow(key, settings);
  if (JSON.stringify(connection.settings) === JSON.stringify(settings)) return connection;
  const statements = [
    ...Object.keys(connection.settings)
      .filter((name) => !(name in settings))
      .map((name) => `reset ${identifier(name)}`),
    ...Object.entries(settings).map(([name, value]) => `set ${identifier(name)} to ${literal(value)}`),
  ];
  try {
    await connection.run(statements.join("; "));
  } catch (error) {
    connection.destroy();
    throw error;
  }
  connection.settings = settings;
  return connection;
}

/** The text of a Parse message, or why its statement stays: one with a name outlives its request. */
function prepared(body: Buffer): string | { reason: string } {
  const name = textAt(body, 0);
  return name.value === "" ? textAt(body, name.end).value : { reason: "a prepared statement" };
}

const identifier = (name: string) =>
  name
    .split(".")
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join(".");
const literal = (value: string) => `'${value.replaceAll("'", "''")}'`;
