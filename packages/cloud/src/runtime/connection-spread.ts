/** An address at which TCP connections are handed on, each to one of several places in turn; one that does not answer is passed over. */
import { connect, createServer, type Server, type Socket } from "node:net";

export interface Destination {
  address: string;
  port: number;
}

export interface ConnectionSpread {
  /** Takes no more connections and ends those that are open. */
  close(): Promise<void>;
}

/** As Service Connect's proxy gives a task to answer. */
const connectTimeoutMs = 1_000;

/** `destinations` is asked at each connection. Rejects when the address cannot be listened on. */
export async function spreadConnections(at: Destination, destinations: () => readonly Destination[]): Promise<ConnectionSpread> {
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    keep(open, client);
    const all = destinations();
    const first = turn++ % Math.max(1, all.length);
    void handOn(client, [...all.slice(first), ...all.slice(0, first)], open);
  });
  await listen(server, at);
  return {
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of open) socket.destroy();
      }),
  };
}

async function handOn(client: Socket, destinations: readonly Destination[], open: Set<Socket>): Promise<void> {
  for (const destination of destinations) {
    if (client.destroyed) return;
    const upstream = await reached(destination);
    if (!upstream) continue;
    keep(open, upstream);
    if (client.destroyed) return void upstream.destroy();
    client.once("close", () => upstream.destroy());
    upstream.once("close", () => client.destroy());
    client.pipe(upstream);
    upstream.pipe(client);
    return;
  }
  client.resetAndDestroy();
}

function reached({ address, port }: Destination): Promise<Socket | undefined> {
  return new Promise((done) => {
    const socket = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
    socket.setTimeout(connectTimeoutMs, () => socket.destroy());
    socket.once("connect", () => {
      socket.setTimeout(0);
      done(socket);
    });
    socket.once("error", () => done(undefined));
    socket.once("close", () => done(undefined));
  });
}

/** Remembers a socket as long as it is open; what goes wrong with it ends it. */
function keep(open: Set<Socket>, socket: Socket): void {
  open.add(socket);
  socket.once("close", () => open.delete(socket));
  socket.on("error", () => socket.destroy());
}

function listen(server: Server, { address, port }: Destination): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen({ host: address, port }, () => {
      server.off("error", fail);
      done();
    });
  });
}
