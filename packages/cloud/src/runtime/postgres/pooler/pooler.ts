/** A pooler that listens: lets clients in by passwords that it is told, and serves them all with a few connections to a server. */
import { randomInt } from "node:crypto";
import { createServer, connect as connectTcp, type Socket } from "node:net";
import { createSecureContext } from "node:tls";
import type { Cloud } from "../../../cloud.ts";
import { scramVerifier } from "../scram.ts";
import { askForPassword, authenticate, begin, letIn, type Newcomer } from "../wire/authentication.ts";
import { cancellation, errorResponse, int32, message, parameterStatus, readyForQuery } from "../wire/protocol.ts";
import { borrowFor, type ClientSession, serveClient } from "./client-session.ts";
import { openPool, type PoolLimits } from "./pool.ts";
import { LoginRefused } from "./server-connection.ts";

export interface PoolerRequest {
  address: string;
  port: number;
  certificate: { certificate: Buffer; key: Buffer };
  requireTls(): boolean;
  idleTimeoutMs(): number;
  limits(): PoolLimits;
  /** A role's password at the server, and whether clients log in as it with a token instead (`iam`); `undefined` where the pooler does not know the role. */
  roleOf(user: string): Promise<{ password: string; iam: boolean } | undefined>;
  /** Why the token does not let this role in, as a hint to who sent it; `undefined` where it does. */
  judge(user: string, token: string): string | undefined;
  /** Where the server is now. Rejects where there is none. */
  server(): Promise<{ address: string; port: number }>;
  onPinned?(user: string, reason: string): void;
}

export interface PoolerCounts {
  clients: number;
  pinned: number;
  inTransaction: number;
  connections: number;
  lent: number;
}

export interface Pooler {
  counts(): PoolerCounts;
  trim(): void;
  close(): Promise<void>;
}

const saltBytes = 16;
/** What a startup message names beside settings. */
const noSettings: readonly string[] = ["replication"];

export async function openPooler(cloud: Cloud, request: PoolerRequest): Promise<Pooler> {
  const { roleOf } = request;
  const secureContext = createSecureContext({ cert: request.certificate.certificate, key: request.certificate.key });
  const sessions = new Map<ClientSession, { processId: number; secret: number }>();
  const sockets = new Set<Socket>();
  /** Making a verifier takes milliseconds, and clients come in hundreds. */
  const verifiers = new Map<string, { password: string; verifier: string }>();
  /** What the server tells of its settings at the beginning, by role, database and what the client asks for. */
  const told = new Map<string, ReadonlyMap<string, string>>();
  const pool = openPool(cloud, {
    limits: request.limits,
    async login(key) {
      const [at, role] = await Promise.all([request.server(), roleOf(key.user)]);
      if (!role) throw new LoginRefused({ code: "28000", message: unknownRole(key.user) });
      return { ...at, ...key, password: role.password };
    },
  });

  function verifierOf(user: string, password: string): string {
    const known = verifiers.get(user);
    if (known?.password === password) return known.verifier;
    const verifier = scramVerifier(password, cloud.world.random.bytes(saltBytes));
    verifiers.set(user, { password, verifier });
    return verifier;
  }

  async function admit(socket: Socket): Promise<void> {
    const begun = await begin(socket, secureContext);
    if (begun.kind === "cancel") return cancel(begun);
    if (begun.kind === "gone") return;
    const { newcomer } = begun;
    const { channel, user, database, parameters } = newcomer;
    const refusal = refusalOf(newcomer, request.requireTls());
    if (refusal) return channel.end(errorResponse("FATAL", refusal.code, refusal.words));
    const role = await roleOf(user);
    if (!role) return channel.end(errorResponse("FATAL", "28000", unknownRole(user)));
    const isIn = role.iam
      ? await showsToken(newcomer)
      : await authenticate(newcomer, { canLogin: true, verifier: verifierOf(user, role.password) }, wrongPassword(user));
    if (!isIn) return;
    const settings = Object.fromEntries(
      Object.entries(parameters).filter(([name]) => !noSettings.includes(name) && !name.startsWith("_pq_.")),
    );
    await welcome(newcomer, { user, database }, settings);
  }

  async function showsToken(newcomer: Newcomer): Promise<boolean> {
    const { channel, user } = newcomer;
    if (!channel.secure) {
      channel.end(errorResponse("FATAL", "28000", "IAM is allowed only with SSL connections."));
      return false;
    }
    const fault = request.judge(user, await askForPassword(newcomer));
    if (fault === undefined) letIn(newcomer);
    else channel.end(errorResponse("FATAL", "28000", wrongToken(user), fault));
    return fault === undefined;
  }

  async function welcome({ channel }: Newcomer, key: { user: string; database: string }, settings: Record<string, string>): Promise<void> {
    const kind = JSON.stringify([key, settings]);
    let known = told.get(kind);
    // The first of its kind learns from the server itself whether it is let in, and what it is told there.
    if (!known) {
      try {
        const borrowed = await borrowFor(pool, key, settings);
        known = new Map(borrowed.parameters);
        pool.giveBack(borrowed);
        told.set(kind, known);
      } catch (error) {
        const code = error instanceof LoginRefused ? error.code : "08006";
        return channel.end(errorResponse("FATAL", code, (error as Error).message));
      }
    }
    const own = { processId: randomInt(1, 2 ** 31), secret: randomInt(1, 2 ** 31) };
    const { socket } = channel;
    const rest = channel.release();
    if (socket.destroyed) return;
    const session = serveClient(cloud, {
      socket,
      rest,
      key,
      settings,
      pool,
      idleTimeoutMs: request.idleTimeoutMs(),
      onPinned: (reason) => request.onPinned?.(key.user, reason),
      onEnd: () => sessions.delete(session),
    });
    sessions.set(session, own);
    socket.write(
      Buffer.concat([
        ...[...known].map(([name, value]) => parameterStatus(name, value)),
        message("K", int32(own.processId), int32(own.secret)),
        readyForQuery("I"),
      ]),
    );
  }

  /** Hands a cancellation on, for the connection that the client has just now. */
  async function cancel({ processId, secret }: { processId: number; secret: number }): Promise<void> {
    const [found] = [...sessions].find(([, key]) => key.processId === processId && key.secret === secret) ?? [];
    const connection = found?.connection;
    if (!connection) return;
    const at = await request.server();
    const socket = connectTcp({ host: at.address, port: at.port });
    socket.on("error", () => socket.destroy());
    socket.once("connect", () => socket.end(cancellation(connection.key)));
  }

  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    // Who hangs up, or says what is no message, is gone; so is one for whom a secret could not be read.
    admit(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((done, fail) => {
    listener.once("error", fail);
    listener.listen({ host: request.address, port: request.port, exclusive: true }, () => done());
  });
  return {
    counts: () => ({
      clients: sessions.size,
      pinned: [...sessions.keys()].filter(({ pinned, connection }) => pinned !== undefined && connection).length,
      inTransaction: [...sessions.keys()].filter(({ inTransaction }) => inTransaction).length,
      connections: pool.open,
      lent: pool.lent,
    }),
    trim: () => pool.trim(),
    async close() {
      const closed = new Promise<void>((done) => listener.close(() => done()));
      pool.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const wrongPassword = (user: string) => `The password that was provided for the role ${user} is wrong.`;
const wrongToken = (user: string) => `The IAM authentication failed for the role ${user}. Check the IAM token for this role and try again.`;
const unknownRole = (user: string) =>
  `This RDS proxy has no credentials for the role ${user}. Check the credentials for this role and try again.`;

/** What RDS Proxy does not let in (AWS, "Troubleshooting for RDS Proxy"). */
function refusalOf({ channel, parameters }: Newcomer, requireTls: boolean): { code: string; words: string } | undefined {
  if (requireTls && !channel.secure) return { code: "28000", words: "This RDS Proxy requires TLS connections." };
  if (parameters.options !== undefined)
    return { code: "0A000", words: "Feature not supported: RDS Proxy currently doesn't support command-line options." };
  if (parameters.replication !== undefined && !/^(0|off|false|no)$/i.test(parameters.replication))
    return { code: "0A000", words: "Feature not supported: RDS Proxy currently doesn't support streaming replication mode." };
  return undefined;
}
