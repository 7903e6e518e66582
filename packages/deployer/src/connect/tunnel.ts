/**
 * A port of this machine whose connections go through a session of Session Manager to a database or cache. It stays when the session
 * ends, be it that its task was replaced: another way is then looked for, and the next connections go there.
 */
import { createServer, type Server, type Socket } from "node:net";
import { isAwsError, type Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import type { Time } from "../deployment.ts";
import type { SessionAddress } from "../sessions/data-channel-client.ts";
import { resumeSession } from "../sessions/resume.ts";
import { openPortSession, type PortSession } from "../sessions/port-client.ts";
import type { Way } from "./way.ts";

export interface TunnelRequest {
  /** The name of the store, for messages. */
  name: string;
  host: string;
  port: number;
  /** Which port of this machine; without one that of the other side where it is free here, else any. */
  localPort?: number;
  findWay(): Promise<Way>;
  /** What a person should know: that the way was lost, found again, or leads nowhere. */
  note(message: string): void;
}

export interface Tunnel {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** Through what it goes now. */
  readonly through: string;
  /** Rejects when there is no way any more; otherwise never settles before it is closed. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

const host = "127.0.0.1";
/** How long another way is looked for: a task that is replaced has its successor sooner. */
const patienceMs = 5 * 60_000;
const agentPatienceMs = 30_000;

/** @throws DeployError when there is no way, the agent does not answer, or the port is taken. */
export async function openTunnel(aws: Aws, time: Time, signal: AbortSignal, request: TunnelRequest): Promise<Tunnel> {
  const { name, note } = request;
  const over = Promise.withResolvers<void>();
  over.promise.catch(() => {}); // looked at or not
  let closed = false;
  const first = await openWay(aws, time, signal, request);
  let through = first.way.through;
  let current: Promise<PortSession> = Promise.resolve(first.session);

  const follow = async (session: PortSession): Promise<void> => {
    const end = await session.ended;
    if (closed) return;
    const why = end.how === "closed" ? end.output.trim() : end.how === "lost" ? end.reason : "";
    note(`The way to ${name} through ${through} has ended${why === "" ? "." : `: ${why}`} Another is looked for.`);
    const again = lookAgain();
    current = again.then(({ session: next }) => next);
    current.catch(() => {});
    try {
      const found = await again;
      through = found.way.through;
      if (closed) return found.session.hangUp();
      note(`${name} is reached through ${through} now.`);
      await follow(found.session);
    } catch (error) {
      over.reject(error as Error);
    }
  };

  const lookAgain = async () => {
    const startedAt = time.now();
    for (let delayMs = 250; ; delayMs = Math.min(5_000, delayMs * 2)) {
      await time.sleep(delayMs, signal);
      try {
        return await openWay(aws, time, signal, request);
      } catch (error) {
        if (!(error instanceof DeployError) || error.code === "interrupted" || time.now() - startedAt > patienceMs) throw error;
      }
    }
  };
  void follow(first.session);

  const sockets = new Set<Socket>();
  const server = createServer({ pauseOnConnect: true, noDelay: true }, async (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
    try {
      const session = await current;
      session.carry(socket);
    } catch {
      socket.destroy(); // `ended` says why
    }
  });
  let port: number;
  try {
    port = await listen(server, request);
  } catch (error) {
    closed = true;
    first.session.hangUp();
    throw error;
  }
  return {
    host,
    port,
    get through() {
      return through;
    },
    ended: over.promise,
    async close() {
      closed = true;
      const shut = new Promise<void>((done) => server.close(() => done()));
      for (const socket of sockets) socket.destroy();
      const session = await current.catch(() => undefined);
      session?.hangUp();
      await shut;
      over.resolve();
    },
  };
}

async function openWay(
  aws: Aws,
  time: Time,
  signal: AbortSignal,
  { name, host: remote, port, findWay, note }: TunnelRequest,
): Promise<{ way: Way; session: PortSession }> {
  const way = await findWay();
  const address = await start(aws, time, signal, way, remote, port);
  const session = await openPortSession(address, {
    refused: () =>
      note(
        `${name} (${remote}:${port}) could not be reached from ${way.through}: it does not answer there, or its security group does not let that task in.`,
      ),
    resume: (sessionId) => resumeSession(aws, sessionId),
  });
  if (!("how" in session)) return { way, session };
  const why = session.how === "closed" ? session.output.trim() : session.how === "lost" ? session.reason : "";
  throw new DeployError("task-failed", `The session through ${way.through} was not opened${why === "" ? "." : `: ${why}`}`);
}

/** The agent of a task takes a while after its start. */
async function start(
  aws: Aws,
  time: Time,
  signal: AbortSignal,
  { target, through }: Way,
  remote: string,
  port: number,
): Promise<SessionAddress> {
  const startedAt = time.now();
  for (;;) {
    try {
      const { SessionId, StreamUrl, TokenValue } = await aws.call("ssm", "StartSession", {
        Target: target,
        DocumentName: "AWS-StartPortForwardingSessionToRemoteHost",
        Parameters: { host: [remote], portNumber: [String(port)], localPortNumber: ["0"] },
        Reason: "plinth connect",
      });
      return { sessionId: SessionId!, streamUrl: StreamUrl!, tokenValue: TokenValue! };
    } catch (error) {
      if (!isAwsError(error, "TargetNotConnected")) throw error;
      if (time.now() - startedAt < agentPatienceMs) {
        await time.sleep(aws.embedded ? 100 : 2_000, signal);
        continue;
      }
      throw new DeployError("task-failed", `The agent that opens sessions is not connected in ${through}.`, {
        remedy:
          "Its task needs the right to connect (exec: true gives the role ssmmessages:*), a way to Systems Manager (NAT or the endpoint ssmmessages), and a writable root file system.",
        cause: error,
      });
    }
  }
}

/** @throws DeployError `environment` when the port that was asked for is taken. */
async function listen(server: Server, { port, localPort, name }: TunnelRequest): Promise<number> {
  const wanted = localPort === undefined ? [port, 0] : [localPort];
  for (const one of wanted) {
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const fail = () => resolve(undefined);
    server.once("error", fail);
    server.listen({ host, port: one, exclusive: true }, () => {
      server.off("error", fail);
      resolve((server.address() as { port: number }).port);
    });
    const got = await promise;
    if (got !== undefined) return got;
  }
  throw new DeployError("environment", `Port ${localPort} of this machine cannot be taken for ${name}: something else listens on it.`, {
    remedy: "Give another with --port, or none.",
  });
}
