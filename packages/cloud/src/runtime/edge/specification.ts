/** What a distribution is to do, as data: its names, behaviors, origins, pages for errors. Made from the records of the service. */
import type { HeldCertificate } from "../certificates.ts";

export interface EdgeSpec {
  arn: string;
  id: string;
  /** Its own loopback address. */
  address: string;
  /** Where it listens: 80 and 443, or what the system gave instead. */
  ports: { http: number; https: number };
  /** Stands for both where the system keeps ports below 1024 back: plain and TLS are told apart by their first byte. */
  entryPort: number | undefined;
  /** `d111111abcdef8.cloudfront.net`. */
  domainName: string;
  /** In lower case, perhaps `*.example.com`. */
  aliases: readonly string[];
  enabled: boolean;
  /** The page for `/`, without a slash before it; empty when there is none. */
  rootObject: string;
  /** In the order in which their patterns are tried; the default one is last. */
  behaviors: readonly BehaviorSpec[];
  origins: readonly OriginSpec[];
  groups: readonly OriginGroupSpec[];
  errors: readonly ErrorSpec[];
  http2: boolean;
  certificate: HeldCertificate | undefined;
  minimumTls: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
}

export interface BehaviorSpec {
  /** As `/images/*.jpg`; `*` is the default behavior. */
  pattern: string;
  /** Of an origin or of a group. */
  targetId: string;
  viewerProtocol: "allow-all" | "https-only" | "redirect-to-https";
  methods: readonly string[];
  cachedMethods: readonly string[];
  compress: boolean;
  /** What tells cached answers apart; it goes to the origin as well. */
  key: SelectionSpec & { gzip: boolean; brotli: boolean };
  /** What else goes to the origin. */
  forwarded: SelectionSpec;
  /** With the older settings (`ForwardedValues`) headers of no special meaning go to the origin. */
  legacy: boolean;
  ttl: { minSeconds: number; defaultSeconds: number; maxSeconds: number };
  responseHeaders: ResponseHeadersSpec | undefined;
  functions: { viewerRequest: FunctionSpec | undefined; viewerResponse: FunctionSpec | undefined };
}

export interface SelectionSpec {
  /** Names in lower case. */
  headers: Selection;
  cookies: Selection;
  query: Selection;
}

export interface Selection {
  mode: "none" | "all" | "whitelist" | "allExcept";
  names: readonly string[];
}

export interface FunctionSpec {
  name: string;
  /** Changes with the code. */
  etag: string;
  code: string;
}

export interface OriginSpec {
  id: string;
  /** As users gave it, perhaps with a port, as names of load balancers have here. */
  domainName: string;
  /** Before the path of each request; empty, or with a slash at its beginning and none at its end. */
  path: string;
  headers: readonly (readonly [name: string, value: string])[];
  attempts: number;
  connectTimeoutMs: number;
  readTimeoutMs: number;
  kind:
    | { type: "bucket"; bucket: string; signed: "always" | "never" | "no-override"; identity?: string }
    | { type: "custom"; protocol: "http-only" | "https-only" | "match-viewer"; httpPort: number; httpsPort: number };
}

export interface OriginGroupSpec {
  id: string;
  /** The first is the primary. */
  members: readonly string[];
  statuses: readonly number[];
}

export interface ErrorSpec {
  status: number;
  cachedSeconds: number;
  page: { path: string; status: number } | undefined;
}

export interface ResponseHeadersSpec {
  /** Set anew where `override`, else only where the origin sent none. */
  set: readonly { name: string; value: string; override: boolean }[];
  remove: readonly string[];
  cors: CorsSpec | undefined;
  /** The share of requests, in percent, that get a Server-Timing header. */
  serverTimingPercent: number;
}

export interface CorsSpec {
  origins: readonly string[];
  methods: readonly string[];
  headers: readonly string[];
  exposed: readonly string[];
  credentials: boolean;
  maxAgeSeconds: number | undefined;
  override: boolean;
}
