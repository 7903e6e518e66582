/** A port that a load balancer listens on: plain or with TLS, which tells the versions of HTTP and the certificates apart. */
import { createServer, type Server, type Socket } from "node:net";
import {
  createSecureContext,
  createServer as createTlsServer,
  type SecureContext,
  type Server as TlsServer,
  type TLSSocket,
} from "node:tls";
import type { ClientConnection } from "./client-connection.ts";
import type { Place } from "./place.ts";
import { serveHttp1 } from "./http1.ts";
import { http2Service } from "./http2.ts";
import type { CertificateSpec, ListenerSpec } from "./specification.ts";

export interface Listener {
  /** Takes a connection that came by another port. */
  accept(socket: Socket): void;
  /** After a change of the certificates or of the policy. */
  renew(spec: ListenerSpec, http2: boolean): void;
  sweep(nowMs: number): void;
  /** Takes no more connections; what is under way may end. */
  stop(): Promise<void>;
  destroy(): void;
  readonly connections: number;
}

export async function startListener(address: string, spec: ListenerSpec, http2: boolean, place: () => Place): Promise<Listener> {
  const connections = new Set<ClientConnection>();
  const raw = new Set<Socket>();
  let stopping = false;
  const enter = (connection: ClientConnection) => {
    connections.add(connection);
    place().traffic.connected();
  };
  const closed = (connection: ClientConnection) => {
    if (connections.delete(connection)) place().traffic.disconnected();
  };
  const clientOf = (socket: Socket) => ({
    address: (socket.remoteAddress ?? "").replace(/^::ffff:/, ""),
    port: socket.remotePort ?? 0,
  });

  let tls: TlsSide | undefined;
  const accept = (socket: Socket) => {
    if (stopping) return void socket.destroy();
    raw.add(socket);
    socket.once("close", () => raw.delete(socket));
    if (tls) tls.server.emit("connection", socket);
    else enter(serveHttp1(socket, { place, client: clientOf(socket), tls: undefined, closed }));
  };
  if (spec.protocol === "HTTPS") {
    tls = tlsSide(spec, http2, {
      secured(socket, facts) {
        const options = { place, client: clientOf(socket), tls: facts, closed };
        enter(socket.alpnProtocol === "h2" ? tls!.http2.serve(socket, options) : serveHttp1(socket, options));
      },
      failed: () => place().traffic.tlsFailed(),
    });
  }
  const server: Server = createServer({ noDelay: true }, accept);
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen({ host: address, port: spec.boundPort, exclusive: true }, () => {
      server.off("error", fail);
      server.on("error", (error) => console.error("load balancer: a listener failed:", error));
      done();
    });
  });
  const destroy = () => {
    for (const connection of connections) connection.destroy();
    for (const socket of raw) socket.destroy();
  };
  return {
    accept,
    renew: (next, withHttp2) => tls?.renew(next, withHttp2),
    sweep(nowMs) {
      for (const connection of connections) connection.sweep(nowMs);
    },
    async stop() {
      stopping = true;
      const ended = new Promise((done) => server.close(done));
      for (const connection of connections) connection.close();
      tls?.http2.close();
      await ended;
    },
    destroy,
    get connections() {
      return connections.size;
    },
  };
}

interface Facts {
  version: string;
  cipher: string;
  serverName: string | undefined;
  certificateArn: string | undefined;
}

interface TlsSide {
  server: TlsServer;
  http2: ReturnType<typeof http2Service>;
  renew(spec: ListenerSpec, http2: boolean): void;
}

const handshakeTimeoutMs = 10_000;

function tlsSide(first: ListenerSpec, withHttp2: boolean, on: { secured(socket: TLSSocket, facts: Facts): void; failed(): void }): TlsSide {
  let spec = first;
  let offersHttp2 = withHttp2;
  let contexts = contextsOf(spec);
  const http2 = http2Service();
  const server = createTlsServer(
    {
      ...optionsOf(spec, spec.certificates[0]),
      handshakeTimeout: handshakeTimeoutMs,
      ALPNCallback: ({ protocols }) =>
        offersHttp2 && protocols.includes("h2") ? "h2" : protocols.includes("http/1.1") ? "http/1.1" : undefined,
      SNICallback: (name, done) => done(null, contexts.get(chosen(spec, name)?.arn ?? "")),
    },
    (socket) => {
      const serverName = typeof socket.servername === "string" && socket.servername !== "" ? socket.servername : undefined;
      on.secured(socket, {
        version: socket.getProtocol() ?? "",
        cipher: socket.getCipher().standardName,
        serverName,
        certificateArn: chosen(spec, serverName)?.arn,
      });
    },
  );
  server.on("tlsClientError", () => on.failed());
  return {
    server,
    http2,
    renew(next, nextHttp2) {
      spec = next;
      offersHttp2 = nextHttp2;
      contexts = contextsOf(next);
      server.setSecureContext(optionsOf(next, next.certificates[0]));
    },
  };
}

const optionsOf = ({ minimumTls, maximumTls }: ListenerSpec, certificate: CertificateSpec | undefined) => ({
  minVersion: minimumTls,
  maxVersion: maximumTls,
  ...(certificate && { cert: certificate.certificatePem, key: certificate.keyPem }),
});

function contextsOf(spec: ListenerSpec): Map<string, SecureContext> {
  return new Map(spec.certificates.map((certificate) => [certificate.arn, createSecureContext(optionsOf(spec, certificate))]));
}

/** The certificate for a name: an exact one goes before a wildcard, the default is for all else. */
export function chosen({ certificates }: Pick<ListenerSpec, "certificates">, serverName: string | undefined): CertificateSpec | undefined {
  const name = serverName?.toLowerCase();
  if (name === undefined) return certificates[0];
  const parent = `*${name.slice(name.indexOf("."))}`;
  const has = (wanted: string) => certificates.find(({ names }) => names.some((each) => each.toLowerCase() === wanted));
  return has(name) ?? has(parent) ?? certificates[0];
}
