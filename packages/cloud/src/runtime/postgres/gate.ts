/**
 * Who wants in to a server that takes logins by token has to prove it here, since PostgreSQL itself can judge no token: TLS ends here, a role
 * logs in with its password (SCRAM-SHA-256) or, where it is granted `rds_iam`, with a token in its place. The server then believes the
 * certificate that is shown for the role (login-authority.ts), and from there on bytes pass as they come.
 */
import type { Socket } from "node:net";
import type { SecureContext } from "node:tls";
import type { Cloud } from "../../cloud.ts";
import { loginAuthority } from "./login-authority.ts";
import { askForPassword, authenticate, begin, letIn, type Login, type Newcomer } from "./wire/authentication.ts";
import { cancellation, errorResponse, type Message, messageReader } from "./wire/protocol.ts";
import { askForTls } from "./wire/server-tls.ts";

export interface Gate {
  certificate(): Promise<SecureContext>;
  /** Whether who comes without TLS is turned away (`rds.force_ssl`). */
  forceTls: boolean;
  /** What the server knows of a role; `undefined` where there is none. */
  roleOf(user: string): Promise<GateRole | undefined>;
  /** Why the token does not let this role in, as a hint to who sent it; `undefined` where it does. */
  judge(user: string, token: string): string | undefined;
}

export interface GateRole extends Login {
  /** It is granted `rds_iam`: its password, if it has one, counts no more. */
  byToken: boolean;
}

export interface Pair {
  client: Socket;
  upstream: Socket;
}

/** Both sides of who has been let in; `undefined` for who was answered otherwise. Rejects when one of them hangs up. */
export async function passGate(cloud: Cloud, gate: Gate, client: Socket, upstream: Socket): Promise<Pair | undefined> {
  const beginning = begin(client, await gate.certificate());
  client.resume();
  const begun = await beginning;
  if (begun.kind === "cancel") upstream.end(cancellation(begun));
  if (begun.kind !== "session") return undefined;
  const { newcomer } = begun;
  const { channel, user } = newcomer;
  if (!(await proves(gate, newcomer))) return undefined;
  const login = await (await loginAuthority(cloud)).certificateFor(user);
  const server = await askForTls(upstream, login);
  server.write(newcomer.startup);
  // That the role is in was told to the client already.
  const answer = await answerTo(server);
  const { socket } = channel;
  const rest = channel.release();
  socket.pause();
  socket.write(answer);
  if (rest.length > 0) server.write(rest);
  return { client: socket, upstream: server };
}

async function proves(gate: Gate, newcomer: Newcomer): Promise<boolean> {
  const { channel, user, database } = newcomer;
  const from = channel.socket.remoteAddress ?? "127.0.0.1";
  if (gate.forceTls && !channel.secure) {
    const words = `no pg_hba.conf entry for host "${from}", user "${user}", database "${database}", no encryption`;
    channel.end(errorResponse("FATAL", "28000", words));
    return false;
  }
  const role = await gate.roleOf(user);
  if (!role?.byToken) return authenticate(newcomer, role);
  if (!channel.secure) {
    const words = `pg_hba.conf rejects connection for host "${from}", user "${user}", database "${database}", no encryption`;
    channel.end(errorResponse("FATAL", "28000", words));
    return false;
  }
  const fault = gate.judge(user, await askForPassword(newcomer));
  if (fault !== undefined || !role.canLogin) {
    const words = fault === undefined ? `role "${user}" is not permitted to log in` : `PAM authentication failed for user "${user}"`;
    channel.end(errorResponse("FATAL", "28000", words, fault));
    return false;
  }
  letIn(newcomer);
  return true;
}

/** What the server says first, without its own AuthenticationOk. */
function answerTo(server: Socket): Promise<Buffer> {
  const reader = messageReader();
  const before: Buffer[] = [];
  return new Promise((done, fail) => {
    const closed = () => fail(new Error("the server has ended the connection"));
    const settle = (next: Message) => {
      server.off("data", receive);
      server.off("close", closed);
      server.pause();
      const authenticated = next.type === "R";
      if (authenticated && next.body.readInt32BE(0) !== 0) return fail(new Error("the server does not take the gate's certificate"));
      done(Buffer.concat([...before, ...(authenticated ? [] : [next.bytes]), reader.rest()]));
    };
    const receive = (chunk: Buffer) => {
      reader.push(chunk);
      for (let next = reader.next(true); next; next = reader.next(true)) {
        // Before it there may be which version of the protocol it speaks.
        if (next.type === "R" || next.type === "E") return settle(next);
        before.push(next.bytes);
      }
    };
    server.on("data", receive);
    server.once("close", closed);
  });
}
