/** A connection of the pooler to a server: logged in as one role to one database, lent to one client at a time. */
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { errorIn, int32, message, type Message, messageReader, simpleQuery, text, textAt } from "../wire/protocol.ts";
import { askForTls } from "../wire/server-tls.ts";
import { answerScan } from "./answer-scan.ts";
import { scramLogin } from "./scram-client.ts";

export interface ServerLogin {
  address: string;
  port: number;
  user: string;
  database: string;
  password: string;
}

/** Who has borrowed it. */
export interface Borrower {
  /** Bytes of the server, as they came. */
  data(chunk: Buffer): void;
  ready(status: "I" | "T" | "E"): void;
  /** The connection has ended. */
  lost(): void;
}

export interface ServerConnection {
  readonly socket: Socket;
  /** To cancel what runs: the server's process and its secret. */
  readonly key: { processId: number; secret: number };
  /** What the server has told of its settings, as `server_version`. */
  readonly parameters: Map<string, string>;
  /** Settings that a borrower asked for and that still stand. */
  settings: Readonly<Record<string, string>>;
  idleSinceMs: number;
  lend(borrower: Borrower): void;
  /** Nobody has it; what comes is read and let go. */
  takeBack(): void;
  /** Runs statements for the pooler itself, while nobody has it. Throws the server's error. */
  run(sql: string): Promise<void>;
  onEnd(run: () => void): void;
  readonly ended: boolean;
  destroy(): void;
}

/** A server that did not let the pooler in, in its own words. */
export class LoginRefused extends Error {
  readonly code: string;
  constructor({ code, message: words }: { code: string; message: string }) {
    super(words);
    this.code = code;
  }
}

const protocolVersion3 = 196608;

export async function openServerConnection(login: ServerLogin, signal: AbortSignal): Promise<ServerConnection> {
  const socket = await secured(login, signal);
  const parameters = new Map<string, string>();
  const { key, rest } = await logIn(socket, login, parameters);
  let borrower: Borrower | undefined;
  const scan = answerScan({
    ready: (status) => borrower?.ready(status),
    parameter: (name, value) => void parameters.set(name, value),
  });
  const receive = (chunk: Buffer) => {
    const whose = borrower;
    whose?.data(chunk);
    scan(chunk);
  };
  const endings: (() => void)[] = [];
  const connection: ServerConnection = {
    socket,
    key,
    parameters,
    settings: {},
    idleSinceMs: 0,
    ended: false,
    lend: (to) => void (borrower = to),
    takeBack: () => void (borrower = undefined),
    run: (sql) =>
      new Promise((done, fail) => {
        const reader = messageReader();
        connection.lend({
          data: (chunk) => reader.push(chunk),
          ready() {
            connection.takeBack();
            const messages: Message[] = [];
            for (let next = reader.next(true); next; next = reader.next(true)) messages.push(next);
            const error = errorIn(messages);
            if (error) fail(new LoginRefused(error));
            else done();
          },
          lost: () => fail(new Error("the server has ended the connection")),
        });
        socket.write(simpleQuery(sql));
      }),
    onEnd: (run) => void endings.push(run),
    destroy: () => void socket.destroy(),
  };
  socket.on("data", receive);
  socket.on("error", () => socket.destroy());
  socket.once("close", () => {
    Object.assign(connection, { ended: true });
    for (const run of endings) run();
    borrower?.lost();
  });
  if (rest.length > 0) receive(rest);
  return connection;
}

async function secured({ address, port }: ServerLogin, signal: AbortSignal): Promise<Socket> {
  const plain = connectTcp({ host: address, port, noDelay: true });
  // Whoever waits hears of it as well; an error that nobody waits for any more must not end the process.
  plain.on("error", () => plain.destroy());
  const abort = () => plain.destroy();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await once(plain, "connect", { signal });
    return await askForTls(plain);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function logIn(
  socket: Socket,
  { user, database, password }: ServerLogin,
  parameters: Map<string, string>,
): Promise<{ key: ServerConnection["key"]; rest: Buffer }> {
  const startup = Buffer.concat([int32(protocolVersion3), text("user"), text(user), text("database"), text(database), Buffer.of(0)]);
  socket.write(Buffer.concat([int32(startup.length + 4), startup]));
  const scram = scramLogin(password);
  const reader = messageReader();
  let key = { processId: 0, secret: 0 };
  return new Promise((done, fail) => {
    const closed = () => fail(new Error("the server has ended the connection"));
    const receive = (chunk: Buffer) => {
      reader.push(chunk);
      try {
        for (let next = reader.next(true); next; next = reader.next(true)) if (take(next)) return;
      } catch (error) {
        socket.destroy();
        fail(error as Error);
      }
    };
    const take = (next: Message): boolean => {
      const { type, body } = next;
      if (type === "E") throw new LoginRefused(errorIn([next])!);
      if (type === "R") answerChallenge(socket, scram, body);
      else if (type === "S") {
        const name = textAt(body, 0);
        parameters.set(name.value, textAt(body, name.end).value);
      } else if (type === "K") key = { processId: body.readInt32BE(0), secret: body.readInt32BE(4) };
      else if (type === "Z") {
        for (const [event, listener] of listeners) socket.off(event, listener);
        done({ key, rest: reader.rest() });
        return true;
      }
      return false;
    };
    const listeners = [
      ["data", receive],
      ["close", closed],
      ["error", fail],
    ] as const;
    for (const [event, listener] of listeners) socket.on(event, listener);
  });
}

/** AuthenticationOk, SASL, SASLContinue and SASLFinal, by their numbers. */
function answerChallenge(socket: Socket, scram: ReturnType<typeof scramLogin>, body: Buffer): void {
  const kind = body.readInt32BE(0);
  const words = body.toString("utf8", 4);
  if (kind === 10) {
    const first = Buffer.from(scram.first);
    socket.write(message("p", text("SCRAM-SHA-256"), int32(first.length), first));
  } else if (kind === 11) socket.write(message("p", Buffer.from(scram.answer(words))));
  else if (kind === 12 ? !scram.proves(words) : kind !== 0) {
    throw new LoginRefused({ code: "28000", message: "the server asks for a way to log in that the proxy does not have" });
  }
}
