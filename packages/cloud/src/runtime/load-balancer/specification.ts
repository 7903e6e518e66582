/** What a load balancer is to do, as data: its listeners, their rules, where targets are. Made from the records of the service. */

export interface LoadBalancerSpec {
  arn: string;
  /** Its own loopback address. */
  address: string;
  listeners: readonly ListenerSpec[];
  settings: LoadBalancerSettings;
}

export interface LoadBalancerSettings {
  idleTimeoutMs: number;
  /** How long a request may take in all, its answer included. Default: as long as something moves. */
  requestTimeoutMs?: number;
  /** The longest life of a client's connection. */
  clientKeepAliveMs: number;
  dropInvalidHeaders: boolean;
  preserveHost: boolean;
  forwardedFor: "append" | "preserve" | "remove";
  forwardedClientPort: boolean;
  tlsHeaders: boolean;
  http2: boolean;
  wafFailOpen: boolean;
}

export interface ListenerSpec {
  arn: string;
  protocol: "HTTP" | "HTTPS";
  /** As users gave it. */
  port: number;
  /** Where it really listens: the same, or what the system gave instead. */
  boundPort: number;
  /** In order of priority; the default rule is last and has no conditions. */
  rules: readonly RuleSpec[];
  /** The first is the default; the others answer to their names. */
  certificates: readonly CertificateSpec[];
  minimumTls: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
  maximumTls: "TLSv1.2" | "TLSv1.3";
  /** Set on each response of targets; an empty value takes the header away. Names in lower case. */
  responseHeaders: readonly (readonly [name: string, value: string])[];
  /** Whether the target's `Server` header stays. */
  serverHeader: boolean;
  /** The names under which facts of TLS are handed on. */
  tlsVersionHeader: string;
  tlsCipherHeader: string;
}

export interface CertificateSpec {
  arn: string;
  /** DNS names, perhaps `*.example.com`. */
  names: readonly string[];
  certificatePem: string;
  keyPem: string;
}

export interface RuleSpec {
  arn: string;
  /** `default` is the listener's own. */
  priority: number | "default";
  conditions: readonly ConditionSpec[];
  action: ActionSpec;
  transforms: readonly TransformSpec[];
}

export type ConditionSpec =
  | { field: "path-pattern" | "host-header"; values: readonly string[]; regexValues: readonly string[] }
  | { field: "http-header"; name: string; values: readonly string[]; regexValues: readonly string[] }
  | { field: "http-request-method"; values: readonly string[] }
  | { field: "query-string"; values: readonly { key?: string; value: string }[] }
  | { field: "source-ip"; values: readonly string[] };

export type ActionSpec =
  | { type: "fixed-response"; status: number; contentType: string | undefined; body: string }
  | { type: "redirect"; status: 301 | 302; protocol: string; host: string; port: string; path: string; query: string }
  | { type: "forward"; targetGroups: readonly { arn: string; weight: number }[]; stickySeconds: number | undefined };

export interface TransformSpec {
  type: "url-rewrite" | "host-header-rewrite";
  rewrites: readonly { regex: string; replace: string }[];
}

export interface TargetGroupSpec {
  arn: string;
  protocol: "HTTP" | "HTTPS";
  healthCheck: HealthCheckSpec;
  algorithm: "round_robin" | "least_outstanding_requests" | "weighted_random";
  slowStartMs: number;
  deregistrationDelayMs: number;
  stickiness: { type: "lb_cookie"; seconds: number } | { type: "app_cookie"; cookieName: string; seconds: number } | undefined;
  targets: readonly TargetSpec[];
  /** Healthy targets fewer than this: all get requests, the unhealthy too. */
  minimumHealthyCount: number;
  minimumHealthyPercent: number | undefined;
}

export interface HealthCheckSpec {
  enabled: boolean;
  /** `TCP`: a connection that comes about is enough. */
  protocol: "HTTP" | "HTTPS" | "TCP";
  /** `undefined`: the port that gets the requests. */
  port: number | undefined;
  path: string;
  intervalMs: number;
  timeoutMs: number;
  healthyThreshold: number;
  /** How often a new target has to pass. Default: once. */
  firstThreshold?: number;
  unhealthyThreshold: number;
  /** As `200,202` or `200-299`. */
  matcher: string;
}

export interface TargetSpec {
  /** An address in the VPC, as users see it. */
  id: string;
  port: number;
  /** When it began to be deregistered. */
  drainingSinceMs?: number;
  registeredMs: number;
}

/** Where a target is on this machine, asked for at each connection; `undefined` when nothing is there. */
export type FindTarget = (target: { id: string; port: number }) => { host: string; port: number } | undefined;
