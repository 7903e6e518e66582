/** The embedded cloud as its parts see it: a world, a store, the services, and one way to call an operation. */
import type { ServiceId } from "./aws.ts";
import { AwsError } from "./aws-error.ts";
import type { Principal } from "./identity/principal.ts";
import type { Call, Service, ServiceTable } from "./service.ts";
import type { Store } from "./store.ts";
import type { World } from "./world.ts";

export interface Cloud {
  readonly world: World;
  readonly store: Store;
  readonly account: string;
  /** Where this cloud answers HTTP, as `http://127.0.0.1:4566`; set once it listens. */
  readonly endpoint: string;
  /**
   * How long a call that starts work on a stack waits for its end before it answers. 0 as on AWS; more in a cloud for test
   * suites (`--account-reset`), many of which look at once for what they have just asked for.
   */
  readonly patienceMs: number;
  /** Where its DNS server shall listen; absent: the port that it had last, else one of the system's choice. */
  readonly dnsPort: number | undefined;
  /** What there is; each is loaded and started when something asks for it. */
  readonly services: ServiceTable;
  /** A service, where it has been called in this state. */
  active<S extends ServiceId>(service: S): Service<S> | undefined;
  /** A service, loaded and started where that has not been done yet. */
  activate<S extends ServiceId>(service: S): Promise<Service<S>>;
  /**
   * What a service keeps in memory while the cloud runs (processes, timers, waiters), made at first use. It belongs to this
   * cloud alone: two clouds in one process share nothing.
   */
  memory<T>(key: symbol, make: () => T): T;
  /** A way to call operations as `principal` in `region`. */
  as(principal: Principal, region: string): Call;
  /** Runs one operation: authorization first, then its handler. Throws AwsError. Input was checked by the wire layer, or by types. */
  run(service: ServiceId, operation: string, input: unknown, from: CallOrigin): Promise<unknown>;
  /**
   * Work that nobody waits for, as what a timer begins: a stop and a reset go on only when none of it is left, so that it never meets a
   * store that is closed. It ends by itself soon, or by `stopping`.
   * @param what says what failed, on the cloud's log: `elbv2: an access log`.
   */
  inBackground(what: string, work: Promise<unknown>): void;
  /** Aborted when the cloud begins to stop or to empty the account: waits of work that is under way end then. */
  readonly stopping: AbortSignal;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Empties the account to its defaults. */
  reset(): Promise<void>;
}

export interface CallOrigin {
  principal: Principal;
  region: string;
  requestId: string;
  /** What X-Ray follows: the header `X-Amzn-Trace-Id` of a call that came over HTTP. */
  trace?: string | undefined;
  /** Asked for only where it is used. */
  readonly signal: AbortSignal;
}

/** The answer to an operation that AWS has and the embedded cloud does not serve. */
export function notServed(service: string, operation: string): AwsError {
  return new AwsError(
    "NotImplemented",
    `The embedded cloud does not serve ${service}:${operation}; docs/parity.md lists what it does.`,
    501,
  );
}
