/** One client's connection once it is let in: takes its messages in units, waits for its turn at the session, hands back the answers. */
import type { Channel } from "../wire/authentication.ts";
import type { Backend } from "./backend.ts";
import { errorResponse, lastStatus, message, type Message, ProtocolError, readyForQuery, text, textAt } from "../wire/protocol.ts";
import { copyInResponse, type Session } from "./session.ts";
import { changesSettings, copiesIn, dropsStatements, listensTo, refusalOf, unlistens } from "./statements.ts";
import type { Turns } from "./turns.ts";

export interface Connection {
  readonly session: Session;
  readonly secret: number;
  /** Hands on a notification when this connection listens to its channel. */
  notify(notification: Message): void;
  /** Takes it out of the queue, if it waits there. */
  cancel(): void;
  /** Somebody waits for the turn that this connection holds. */
  othersWait(): void;
  close(reason?: Buffer): void;
  /** Serves until the client leaves; never rejects. */
  run(): Promise<void>;
}

export interface Shared {
  backend: Backend;
  turns: Turns<object>;
  /** Who was served last: its session is still laid over the shared one. */
  last: { session: Session | undefined };
  notify(notification: Message): void;
  log(line: string): void;
  /** How long a transaction may stand idle while others wait. */
  idleInTransactionMs: number;
}

export function openConnection(channel: Channel, session: Session, secret: number, shared: Shared): Connection {
  const { backend, turns, last } = shared;
  const channels = new Set<string>();
  let status: "I" | "T" | "E" = "I";
  let executing = false;
  let idleTimer: NodeJS.Timeout | undefined;
  const connection: Connection = {
    session,
    secret,
    notify(notification) {
      const { value } = textAt(notification.body, 4);
      if (channels.has(value)) channel.send(notification.bytes);
    },
    cancel: () => void turns.withdraw(connection, new Cancelled()),
    othersWait: startIdleTimer,
    close(reason) {
      channel.end(reason);
    },
    async run() {
      try {
        for (;;) {
          const unit = await nextUnit();
          if (unit === "terminate") break;
          await serve(unit);
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) {
          shared.log(`ERROR:  ${String(error)}`);
          channel.send(errorResponse("FATAL", "XX000", error instanceof Error ? error.message : String(error)));
        }
      } finally {
        await leave();
      }
    },
  };
  return connection;

  /** All messages up to the one that asks for an answer. */
  async function nextUnit(): Promise<Message[] | "terminate"> {
    const unit: Message[] = [];
    for (;;) {
      const next = await channel.receive(true);
      stopIdleTimer();
      if (next.type === "X") return "terminate";
      unit.push(next);
      if (next.type === "Q" || next.type === "S" || next.type === "H" || next.type === "F") return unit;
      if (!"PBDECdcf".includes(next.type)) throw new ProtocolError(`unexpected message ${next.type}`);
    }
  }

  async function serve(unit: Message[]): Promise<void> {
    const texts = unit.flatMap(sqlOf);
    const isQuery = unit[0]!.type === "Q";
    const refused = texts.map((sql) => refusalOf(sql, status !== "I")).find(Boolean);
    if (refused) {
      channel.send(errorResponse("ERROR", refused.code, refused.message, refused.hint));
      return isQuery || unit.at(-1)!.type === "S" ? channel.send(readyForQuery(status)) : undefined;
    }
    const silenced = isQuery && status === "I" ? unlistens(texts[0]!) : undefined;
    if (silenced !== undefined) {
      if (silenced === "*") channels.clear();
      else channels.delete(silenced);
      channel.send(message("C", text("UNLISTEN")));
      return channel.send(readyForQuery(status));
    }
    const data = isQuery && copiesIn(texts[0]!) ? await receiveCopy(texts[0]!) : undefined;
    if (data === "failed") return;

    try {
      await turns.take(connection);
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error;
      channel.send(errorResponse("ERROR", "57014", "canceling statement due to user request"));
      return channel.send(readyForQuery(status));
    }
    executing = true;
    try {
      if (last.session !== session) {
        await session.enter(backend);
        last.session = session;
      }
      const before = session.unnamedBefore(unit);
      if (before) await backend.send(before);
      const bytes = isQuery ? [unit[0]!.bytes] : unit.map(session.rename);
      const answer = await backend.send(Buffer.concat([...bytes, ...(data ?? [])]));
      for (const one of answer) {
        if (one.type === "A") shared.notify(one);
        else if (!(data && one.type === "G")) channel.send(one.bytes);
      }
      status = lastStatus(answer) ?? status;
      for (const sql of texts) for (const name of listensTo(sql)) channels.add(name);
      if (texts.some(dropsStatements)) backend.forgetStatements();
      if (status === "I" && texts.some(changesSettings)) await session.remember(backend);
    } finally {
      executing = false;
      // After a Flush the client goes on with the same unit: the turn is kept until its Sync.
      if (status === "I" && unit.at(-1)!.type !== "H") turns.give(connection);
      else if (turns.waiting() > 0) startIdleTimer();
    }
  }

  /** The data of `COPY … FROM STDIN`: the client is told to send them, then all goes to the session at once. */
  async function receiveCopy(sql: string): Promise<Buffer[] | "failed"> {
    channel.send(copyInResponse(/\bbinary\b/i.test(sql)));
    const data: Buffer[] = [];
    for (;;) {
      const next = await channel.receive(true);
      if (next.type === "d") data.push(next.bytes);
      else if (next.type === "c") return [...data, next.bytes];
      else if (next.type === "f") {
        channel.send(errorResponse("ERROR", "57014", `COPY from stdin failed: ${textAt(next.body, 0).value}`));
        if (status === "T") await abortTransaction();
        channel.send(readyForQuery(status));
        return "failed";
      } else if (next.type !== "H" && next.type !== "S") throw new ProtocolError(`unexpected message ${next.type} during COPY`);
    }
  }

  /** A failure that the session did not see leaves its transaction failed all the same. */
  async function abortTransaction(): Promise<void> {
    await backend.send(message("Q", text("select 1/0")));
    status = "E";
  }

  function startIdleTimer(): void {
    if (status === "I" || executing || idleTimer) return;
    idleTimer = setTimeout(() => {
      shared.log(`FATAL:  terminating connection due to idle-in-transaction timeout (user ${session.user})`);
      channel.end(
        errorResponse(
          "FATAL",
          "25P03",
          "terminating connection due to idle-in-transaction timeout",
          "PGlite serves one transaction at a time, and others waited.",
        ),
      );
      channel.socket.destroySoon();
    }, shared.idleInTransactionMs);
  }

  function stopIdleTimer(): void {
    clearTimeout(idleTimer);
    idleTimer = undefined;
  }

  async function leave(): Promise<void> {
    stopIdleTimer();
    try {
      await turns.take(connection);
      if (status !== "I") await backend.send(message("Q", text("rollback")));
      await session.leave(backend);
    } catch (error) {
      shared.log(`ERROR:  ${String(error)}`);
    } finally {
      if (last.session === session) last.session = undefined;
      turns.give(connection);
      channel.end();
    }
  }
}

class Cancelled extends Error {}

function sqlOf({ type, body }: Message): string[] {
  if (type === "Q") return [textAt(body, 0).value];
  return type === "P" ? [textAt(body, textAt(body, 0).end).value] : [];
}
