/** The ports of a distribution: plain and with TLS, HTTP/1.1 and HTTP/2, told apart by the first byte where one port stands for both. */
import { createServer as createPlain, type IncomingMessage, type Server as PlainServer, type ServerResponse } from "node:http";
import { createSecureServer, type Http2SecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createSecureContext, type SecureContext } from "node:tls";
import type { EdgeSpec } from "./specification.ts";

export type AnyRequest = IncomingMessage | Http2ServerRequest;
export type AnyResponse = ServerResponse | Http2ServerResponse;

export interface Handlers {
  serve(request: AnyRequest, response: AnyResponse, protocol: "http" | "https"): void;
  upgrade(request: IncomingMessage, socket: Duplex, early: Buffer, protocol: "http" | "https"): void;
}

export interface Certificate {
  certificatePem: string;
  keyPem: string;
}

export interface EdgeListener {
  /** After a change of the certificate, the names or the policy. */
  renew(spec: EdgeSpec): void;
  close(): Promise<void>;
}

const tlsHandshake = 0x16;
/** AWS closes what is idle for so long. */
const idleMs = 60_000;

/** @param own the certificate for the distribution's own name and address. */
export async function startEdgeListener(first: EdgeSpec, own: Certificate, handlers: Handlers): Promise<EdgeListener> {
  let spec = first;
  let contexts = contextsOf(first, own);
  const sockets = new Set<Socket>();
  const note = (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  };

  const plain: PlainServer = createPlain({ keepAliveTimeout: idleMs, noDelay: true }, (request, response) =>
    handlers.serve(request, response, "http"),
  );
  plain.on("upgrade", (request, socket, early) => handlers.upgrade(request, socket, early, "http"));
  plain.on("clientError", (_error, socket) => void socket.destroy());
  const secure: Http2SecureServer = createSecureServer({
    allowHTTP1: true,
    cert: own.certificatePem,
    key: own.keyPem,
    ALPNCallback: ({ protocols }) =>
      spec.http2 && protocols.includes("h2") ? "h2" : protocols.includes("http/1.1") ? "http/1.1" : undefined,
    SNICallback: (name, done) => done(null, contexts.for(name)),
  });
  secure.on("request", (request, response) => handlers.serve(request, response, "https"));
  secure.on("upgrade", (request: IncomingMessage, socket: Duplex, early: Buffer) => handlers.upgrade(request, socket, early, "https"));
  secure.on("sessionError", () => {});
  secure.on("tlsClientError", () => {});
  secure.on("clientError", (_error: unknown, socket: Duplex) => void socket.destroy());
  plain.on("connection", note);
  secure.on("connection", note);

  const listening: Server[] = [];
  if (first.entryPort === undefined) {
    await listen(plain, first.address, first.ports.http);
    listening.push(plain);
    try {
      await listen(secure, first.address, first.ports.https);
      listening.push(secure);
    } catch (error) {
      plain.close();
      throw error;
    }
  } else {
    const entry = createServer({ noDelay: true }, (socket) => {
      note(socket);
      socket.once("data", (bytes) => {
        socket.pause();
        socket.unshift(bytes);
        (bytes[0] === tlsHandshake ? secure : plain).emit("connection", socket);
        process.nextTick(() => socket.resume());
      });
    });
    await listen(entry, first.address, first.entryPort);
    listening.push(entry);
  }
  return {
    renew(next) {
      spec = next;
      contexts = contextsOf(next, own);
    },
    async close() {
      const closed = listening.map((server) => new Promise<void>((done) => void server.close(() => done())));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", fail);
      server.on("error", (error) => console.error("cloudfront: a listener failed:", error));
      done();
    });
  });
}

/** Who asks for an alias gets the certificate of the account, everybody else CloudFront's own. */
function contextsOf(spec: EdgeSpec, own: Certificate): { for(name: string): SecureContext } {
  const { certificate, aliases, minimumTls } = spec;
  const made = ({ certificatePem, keyPem }: Certificate) =>
    createSecureContext({ cert: certificatePem, key: keyPem, minVersion: minimumTls });
  const ownContext = made(own);
  const aliasContext = certificate && made(certificate);
  return {
    for(name) {
      const lower = name.toLowerCase();
      const parent = `*${lower.slice(lower.indexOf("."))}`;
      return aliasContext && (aliases.includes(lower) || aliases.includes(parent)) ? aliasContext : ownContext;
    },
  };
}
