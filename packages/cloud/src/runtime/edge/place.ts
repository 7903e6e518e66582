/** Where requests to a distribution are served: its specification, what it keeps, and what it asks. Read anew at each request: it may have changed. */
import type { Clock } from "../../world.ts";
import type { Firewall } from "../firewall/firewall.ts";
import type { RandomSource } from "../load-balancer/random-source.ts";
import type { EdgeCache } from "./cache.ts";
import type { CustomOrigins } from "./custom-origin.ts";
import type { AskOrigin } from "./origin.ts";
import type { ViewerRequest } from "./request.ts";
import type { EdgeSpec, FunctionSpec } from "./specification.ts";

export interface Place {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly spec: EdgeSpec;
  readonly cache: EdgeCache;
  /** What is being fetched, by key: who asks for the same waits for it. */
  readonly fetching: Map<string, Promise<void>>;
  readonly custom: CustomOrigins;
  readonly bucket: AskOrigin;
  firewall(): Firewall | undefined;
  readonly traffic: Traffic;
}

/** How an answer came about, by the names in logs and in `X-Cache`. */
export type ResultType = "Hit" | "RefreshHit" | "Miss" | "Error" | "Redirect" | "FunctionGeneratedResponse" | "FunctionExecutionError";

export interface RequestRecord {
  request: ViewerRequest;
  requestId: string;
  startedMs: number;
  finishedMs: number;
  status: number;
  resultType: ResultType;
  receivedBytes: number;
  sentBytes: number;
  contentType: string | undefined;
  contentLength: number | undefined;
}

export interface Traffic {
  /** Told once when a request is over. */
  finished(record: RequestRecord): void;
  /** What a function said by `console.log`, and its error. */
  logged(called: FunctionSpec, requestId: string, lines: readonly string[]): void;
}
