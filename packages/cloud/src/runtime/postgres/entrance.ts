/**
 * An address that stays while the server behind it comes, goes and changes: a connection is handed, byte for byte, to whichever
 * server is the right one when it comes, which may have to be started first. TLS is the server's own and nothing is read here, unless the
 * server has a gate before it.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Cloud } from "../../cloud.ts";
import { type Gate, passGate } from "./gate.ts";

export interface EntranceTarget {
  /** Of whoever serves it: connections can be counted and cut by it. */
  id: string;
  address: string;
  port: number;
  /** Where the connection is counted, unless with the entrance's own. */
  passages?: Passages;
  /** Where clients have to prove who they are before they reach it; without, that is between them and the server. */
  gate?: Gate | undefined;
}

export interface EntranceRequest {
  address: string;
  port: number;
  /** Whom a new connection is for; may take its time. Rejects where nobody can serve it: the connection is closed. */
  target(): Promise<EntranceTarget>;
  /** What passes through, for all entrances that lead to the same servers. */
  passages: Passages;
}

export interface Entrance {
  /** Stops listening and cuts what passes. */
  close(): Promise<void>;
}

/** The connections that pass, by the id of the server that they were handed to. */
export interface Passages {
  open(id: string): number;
  /** Ends them at once; for clients it looks as when a server has crashed. */
  cut(id: string): void;
  /** Sees each beginning and each end. */
  onChange?: (id: string) => void;
  readonly sockets: Map<string, Set<Socket>>;
}

export function passages(onChange?: (id: string) => void): Passages {
  const sockets = new Map<string, Set<Socket>>();
  return {
    sockets,
    ...(onChange && { onChange }),
    open: (id) => sockets.get(id)?.size ?? 0,
    cut(id) {
      for (const socket of sockets.get(id) ?? []) socket.destroy();
    },
  };
}

/** How long a client is kept waiting while the server that should take it refuses: one that ends is replaced meanwhile. */
const patienceMs = 30_000;
const pauseMs = 50;

export async function openEntrance(cloud: Cloud, request: EntranceRequest): Promise<Entrance> {
  const waiting = new Set<Socket>();
  const server: Server = createServer({ pauseOnConnect: true, noDelay: true }, (client) => {
    waiting.add(client);
    client.once("close", () => waiting.delete(client));
    client.on("error", () => client.destroy());
    void admit(cloud, request, client).catch(() => client.destroy());
  });
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen({ host: request.address, port: request.port, exclusive: true }, () => done());
  });
  return {
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const client of waiting) client.destroy();
      await closed;
    },
  };
}

async function admit(cloud: Cloud, { target, passages: passing }: EntranceRequest, client: Socket): Promise<void> {
  const untilMs = cloud.world.clock.nowMs() + patienceMs;
  for (;;) {
    const to = await target();
    if (client.destroyed) return;
    const upstream = await reach(to);
    if (upstream) {
      const leave = enter(to.passages ?? passing, to.id, client);
      return to.gate ? passThrough(cloud, to.gate, client, upstream, leave) : join(client, upstream, leave);
    }
    if (cloud.world.clock.nowMs() > untilMs) throw new Error(`${to.address}:${to.port} takes no connections`);
    await cloud.world.clock.sleep(pauseMs, cloud.stopping);
  }
}

/** A connection to it, or `undefined` when it takes none. */
function reach({ address, port }: EntranceTarget): Promise<Socket | undefined> {
  return new Promise((done) => {
    const upstream = connect({ host: address, port, noDelay: true });
    upstream.once("connect", () => done(upstream));
    upstream.once("error", () => done(undefined));
  });
}

/** Counts a connection; what it answers takes it out again. */
function enter(passing: Passages, id: string, client: Socket): () => void {
  const open = passing.sockets.get(id) ?? new Set();
  passing.sockets.set(id, open);
  open.add(client);
  passing.onChange?.(id);
  return () => {
    if (open.delete(client)) passing.onChange?.(id);
  };
}

async function passThrough(cloud: Cloud, gate: Gate, client: Socket, upstream: Socket, leave: () => void): Promise<void> {
  upstream.on("error", () => upstream.destroy());
  client.once("close", leave);
  try {
    const pair = await passGate(cloud, gate, client, upstream);
    if (pair) join(pair.client, pair.upstream, leave);
    else upstream.destroySoon();
  } catch {
    client.destroy();
    upstream.destroy();
  }
}

function join(client: Socket, upstream: Socket, leave: () => void): void {
  // What the one has said last still reaches the other.
  const end = () => {
    client.destroySoon();
    upstream.destroySoon();
    leave();
  };
  for (const socket of [client, upstream]) {
    socket.on("error", () => socket.destroy());
    socket.once("close", end);
  }
  if (client.destroyed) return end();
  client.pipe(upstream);
  upstream.pipe(client);
  client.resume();
}
