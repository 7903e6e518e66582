/** How a connection begins: TLS on request, who it is, and SCRAM-SHA-256 (RFC 5802, RFC 7677) against the roles of the server itself. */
import { createHmac, randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket, type SecureContext } from "node:tls";
import { checkScramProof, parseScramVerifier, type ScramVerifier } from "../scram.ts";
import { errorResponse, int32, message, type Message, messageReader, ProtocolError, text, textAt } from "./protocol.ts";

const sslRequest = 80877103;
const gssRequest = 80877104;
const cancelRequest = 80877102;
const protocolVersion3 = 196608;
/** PostgreSQL's authentication_timeout is a minute by default. */
const patienceMs = 60_000;

export interface Channel {
  socket: Socket;
  /** The next message; rejects when the client hangs up or sends what is no message. */
  receive(typed: boolean): Promise<Message>;
  send(bytes: Uint8Array): void;
  end(bytes?: Uint8Array): void;
  /** Leaves the socket to somebody else, with what has come and was not received. */
  release(): Buffer;
  readonly secure: boolean;
}

export interface Newcomer {
  channel: Channel;
  user: string;
  database: string;
  /** Further parameters of the startup message: `application_name`, `options`, … */
  parameters: Record<string, string>;
  /** The startup message as it came. */
  startup: Buffer;
}

/** What the server knows of a role that logs in. */
export interface Login {
  canLogin: boolean;
  verifier: string | null;
}

export type Begun = { kind: "session"; newcomer: Newcomer } | { kind: "cancel"; processId: number; secret: number } | { kind: "gone" };

/** Reads what a client opens with: encryption, a cancellation, or a startup message. */
export async function begin(socket: Socket, tls: SecureContext): Promise<Begun> {
  let channel = openChannel(socket, false);
  socket.setTimeout(patienceMs, () => socket.destroy());
  for (;;) {
    const { body, bytes } = await channel.receive(false);
    const code = body.readInt32BE(0);
    if (code === sslRequest && !channel.secure) {
      channel.send(Buffer.from("S"));
      channel = await secured(channel, tls);
    } else if (code === sslRequest || code === gssRequest) channel.send(Buffer.from("N"));
    else if (code === cancelRequest) {
      channel.end();
      return { kind: "cancel", processId: body.readInt32BE(4), secret: body.readInt32BE(8) };
    } else if (code >> 16 !== protocolVersion3 >> 16) {
      channel.end(
        errorResponse("FATAL", "0A000", `unsupported frontend protocol ${code >> 16}.${code & 0xffff}: server supports 3.0 to 3.0`),
      );
      return { kind: "gone" };
    } else {
      const parameters = startupParameters(body);
      const { user, database = user, ...rest } = parameters;
      if (!user) {
        channel.end(errorResponse("FATAL", "28000", "no PostgreSQL user name specified in startup packet"));
        return { kind: "gone" };
      }
      return { kind: "session", newcomer: { channel, user, database: database!, parameters: rest, startup: bytes } };
    }
  }
}

/** Whether the password is right; answers the client either way. A role that does not exist is asked like any other. */
export async function authenticate(
  newcomer: Newcomer,
  login: Login | undefined,
  wrong = `password authentication failed for user "${newcomer.user}"`,
): Promise<boolean> {
  const { channel, user } = newcomer;
  channel.send(message("R", int32(10), text("SCRAM-SHA-256"), Buffer.of(0)));
  const first = await channel.receive(true);
  const { value: mechanism, end } = textAt(first.body, 0);
  const clientFirst = first.body.toString("utf8", end + 4);
  const bare = /^[ny],[^,]*,(.*)$/s.exec(clientFirst)?.[1] ?? "";
  const clientNonce = /(?:^|,)r=([^,]+)/.exec(bare)?.[1];
  if (mechanism !== "SCRAM-SHA-256" || !clientNonce) {
    channel.end(errorResponse("FATAL", "08P01", "malformed SCRAM message"));
    return false;
  }
  const known = login?.verifier ? parseScramVerifier(login.verifier) : undefined;
  const verifier = known ?? decoy(user);
  const nonce = clientNonce + randomBytes(18).toString("base64");
  const serverFirst = `r=${nonce},s=${verifier.salt.toString("base64")},i=${verifier.iterations}`;
  channel.send(message("R", int32(11), Buffer.from(serverFirst)));
  const final = (await channel.receive(true)).body.toString("utf8");
  const [, withoutProof, proof] = /^(c=[^,]*,r=[^,]*),p=(.+)$/s.exec(final) ?? [];
  const signature =
    withoutProof?.endsWith(`r=${nonce}`) && proof
      ? checkScramProof(verifier, `${bare},${serverFirst},${withoutProof}`, Buffer.from(proof, "base64"))
      : undefined;
  if (!signature || !known) {
    channel.end(errorResponse("FATAL", "28P01", wrong));
    return false;
  }
  if (!login!.canLogin) {
    channel.end(errorResponse("FATAL", "28000", `role "${user}" is not permitted to log in`));
    return false;
  }
  channel.send(message("R", int32(12), Buffer.from(`v=${signature.toString("base64")}`)));
  letIn(newcomer);
  return true;
}

/** What the client sends for a password, as it is: only over TLS. */
export async function askForPassword({ channel }: Newcomer): Promise<string> {
  channel.send(message("R", int32(3)));
  return textAt((await channel.receive(true)).body, 0).value;
}

/** AuthenticationOk. From here on it may be silent for as long as it likes. */
export function letIn({ channel }: Newcomer): void {
  channel.send(message("R", int32(0)));
  channel.socket.setTimeout(0);
}

const decoySecret = randomBytes(32);

/** A verifier that nothing matches, with the same salt for the same name, so that roles cannot be told apart from the outside. */
function decoy(user: string): ScramVerifier {
  const salt = createHmac("sha256", decoySecret).update(user).digest().subarray(0, 16);
  return { iterations: 4096, salt, storedKey: randomBytes(32), serverKey: randomBytes(32) };
}

function startupParameters(body: Buffer): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (let offset = 4; offset < body.length && body[offset] !== 0;) {
    const name = textAt(body, offset);
    const value = textAt(body, name.end);
    parameters[name.value] = value.value;
    offset = value.end;
  }
  return parameters;
}

function openChannel(socket: Socket, secure: boolean): Channel {
  const reader = messageReader();
  let wanted: { typed: boolean; done: (message: Message) => void; fail: (error: Error) => void } | undefined;
  let failure: Error | undefined;
  const settle = () => {
    if (!wanted) return;
    try {
      const found = reader.next(wanted.typed);
      if (found) wanted.done(found);
      else if (failure) wanted.fail(failure);
      else return;
    } catch (error) {
      wanted.fail(error as Error);
    }
    wanted = undefined;
  };
  const fail = (error: Error) => {
    failure ??= error;
    settle();
  };
  socket.on("data", (chunk: Buffer) => {
    reader.push(chunk);
    settle();
  });
  socket.on("error", fail);
  socket.on("close", () => fail(new ProtocolError("the client hung up")));
  return {
    socket,
    secure,
    receive: (typed) =>
      new Promise((done, reject) => {
        wanted = { typed, done, fail: reject };
        settle();
      }),
    send: (bytes) => void (socket.writable && socket.write(bytes)),
    end: (bytes) => void (bytes ? socket.end(bytes) : socket.end()),
    release() {
      for (const event of ["data", "close", "error"]) socket.removeAllListeners(event);
      return reader.rest();
    },
  };
}

async function secured(channel: Channel, secureContext: SecureContext): Promise<Channel> {
  channel.socket.removeAllListeners("data");
  channel.socket.removeAllListeners("close");
  // Its patience is the encrypted socket's from here on, which is who ends it.
  channel.socket.setTimeout(0);
  const encrypted = new TLSSocket(channel.socket, { isServer: true, secureContext });
  encrypted.setTimeout(patienceMs, () => encrypted.destroy());
  encrypted.on("error", () => channel.socket.destroy());
  await new Promise<void>((done, fail) => {
    encrypted.once("secure", done);
    encrypted.once("close", () => fail(new ProtocolError("the client hung up")));
  });
  return openChannel(encrypted, true);
}
