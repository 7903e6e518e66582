/** Origins that are HTTP servers: load balancers, services, anything that listens on this machine. Connections are kept between requests. */
import { Agent, type ClientRequest, type IncomingMessage, request as plainRequest } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { checkServerIdentity } from "node:tls";
import type { Clock } from "../../world.ts";
import { type FindHost, OriginFailure, type OriginRequest } from "./origin.ts";
import type { EdgeAnswer, Header } from "./request.ts";

export interface CustomOrigins {
  ask(request: OriginRequest): Promise<EdgeAnswer>;
  /** Asks for another protocol on the same connection (WebSockets): the answer's head, and the connection when the origin agreed. */
  upgrade(request: OriginRequest, protocol: string): Promise<EdgeAnswer & { socket?: Duplex; early?: Buffer }>;
  close(): void;
}

const notFound = "CloudFront wasn't able to resolve the origin domain name.";

/** @param authority the certificates that origins with TLS are checked by. */
export function customOrigins({
  clock,
  find,
  authority,
}: {
  clock: Clock;
  find: FindHost;
  authority: () => Promise<string>;
}): CustomOrigins {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });
  const tlsAgent = new TlsAgent({ keepAlive: true, maxFreeSockets: 256 });
  const open = new Set<ClientRequest>();

  const begin = async (asked: OriginRequest, extra: Record<string, string>): Promise<ClientRequest> => {
    const { origin, headers, host, method, uri, body } = asked;
    if (origin.kind.type !== "custom") throw new Error(`${origin.id} is no custom origin`);
    const { protocol, httpPort, httpsPort } = origin.kind;
    const secure = protocol === "https-only" || (protocol === "match-viewer" && asked.viewer.protocol === "https");
    // Names of load balancers may carry a port here (docs/decisions/0023): it stands for both of the customary ones.
    const named = /^(.*?)(?::(\d+))?$/.exec(origin.domainName)!;
    const place = find(named[1]!, named[2] === undefined ? (secure ? httpsPort : httpPort) : Number(named[2]));
    if (!place) throw new OriginFailure(502, notFound);
    const sent: Record<string, string | string[]> = { host, ...extra };
    for (const [name, value] of headers) {
      const before = sent[name];
      sent[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
    }
    const length = asked.bodyBytes;
    if (length !== undefined) sent["content-length"] = String(length);
    else if (body) sent["transfer-encoding"] = "chunked";
    const common = { host: place.address, port: place.port, method, path: uri, headers: sent, signal: asked.signal };
    const request = secure
      ? tlsRequest({
          ...common,
          agent: extra["upgrade"] === undefined ? tlsAgent : false,
          ca: await authority(),
          servername: nameAlone(host),
          // The certificate names the origin, or the host that the viewer asked for.
          checkServerIdentity: (name, certificate) => checkServerIdentity(name, certificate) && checkServerIdentity(named[1]!, certificate),
        })
      : plainRequest({ ...common, agent: extra["upgrade"] === undefined ? agent : false });
    open.add(request);
    request.once("close", () => open.delete(request));
    // Failures are heard where the answer is waited for; what comes after is of no use to anybody.
    request.on("error", () => {});
    return request;
  };

  const timed = <T>(
    request: ClientRequest,
    origin: OriginRequest["origin"],
    wait: (done: (value: T) => void, fail: (why: OriginFailure) => void) => void,
  ) =>
    new Promise<T>((done, fail) => {
      let connected = false;
      let cancel = clock.after(origin.connectTimeoutMs, () =>
        end(new OriginFailure(504, "CloudFront wasn't able to connect to the origin in time.")),
      );
      const end = (why: OriginFailure) => {
        cancel();
        request.destroy();
        fail(why);
      };
      const reading = () => {
        if (connected) return;
        connected = true;
        cancel();
        cancel = clock.after(origin.readTimeoutMs, () => end(new OriginFailure(504, "The origin did not answer in time.")));
      };
      request.once("socket", (socket) => {
        if (socket.connecting) socket.once("connect", reading);
        else reading();
      });
      request.once("error", (error: NodeJS.ErrnoException) => end(failureOf(error)));
      wait((value) => {
        cancel();
        done(value);
      }, end);
    });

  return {
    async ask(asked) {
      const request = await begin(asked, {});
      const answered = timed<IncomingMessage>(request, asked.origin, (done) => request.once("response", done));
      if (asked.body) asked.body.pipe(request);
      else request.end();
      const response = await answered;
      return { status: response.statusCode ?? 502, headers: headersOf(response), body: response };
    },
    async upgrade(asked, protocol) {
      const request = await begin({ ...asked, body: undefined }, { connection: "Upgrade", upgrade: protocol });
      request.end();
      return timed(request, asked.origin, (done) => {
        request.once("response", (response) => done({ status: response.statusCode ?? 502, headers: headersOf(response), body: response }));
        request.once("upgrade", (response, socket, early) =>
          done({ status: 101, headers: headersOf(response), body: undefined, socket, early }),
        );
      });
    },
    close() {
      for (const request of open) request.destroy();
      agent.destroy();
      tlsAgent.destroy();
    },
  };
}

const nameAlone = (host: string) => {
  const name = host.replace(/:\d+$/, "");
  return /^[\d.]+$/.test(name) ? "" : name;
};

const certificateFaults = /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET)/;

function failureOf(error: NodeJS.ErrnoException): OriginFailure {
  const code = error.code ?? "";
  if (certificateFaults.test(code))
    return new OriginFailure(
      502,
      `CloudFront attempted to establish a connection with the origin, but its certificate is not trusted or names another host (${code}).`,
    );
  if (code === "EPROTO" || code.startsWith("ERR_SSL"))
    return new OriginFailure(
      502,
      "CloudFront attempted to establish a connection with the origin, but either the attempt failed or the origin closed the connection.",
    );
  return new OriginFailure(502, `CloudFront wasn't able to connect to the origin (${code || error.message}).`);
}

const hopHeaders = new Set("connection keep-alive proxy-authenticate proxy-connection te trailer transfer-encoding upgrade".split(" "));

/** Of the answer itself, names in lower case. */
function headersOf({ rawHeaders, statusCode }: IncomingMessage): Header[] {
  const headers: Header[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (hopHeaders.has(name) && !(statusCode === 101 && name === "upgrade")) continue;
    headers.push([name, rawHeaders[at + 1]!]);
  }
  return headers;
}
