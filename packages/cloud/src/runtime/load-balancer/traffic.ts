/** What a load balancer notes of each request, for its access log and its metrics. */
import type { ClientRequest } from "./request.ts";

export interface RequestRecord {
  request: ClientRequest;
  listenerArn: string;
  startedMs: number;
  finishedMs: number;
  /** When the request was handed to a target, and when that began to answer. */
  sentMs?: number;
  answeredMs?: number;
  upgraded: boolean;
  target?: { id: string; port: number };
  targetGroupArn?: string;
  targetStatus?: number;
  /** 460 when the client went away before the answer; 0 never. */
  status: number;
  receivedBytes: number;
  sentBytes: number;
  traceId: string;
  rulePriority?: number | "default";
  /** In order: `waf`, then `forward`, `redirect`, `fixed-response`. */
  actions: string[];
  redirectUrl?: string;
  errorReason?: string;
  /** Whether the load balancer answered by itself, not the target. */
  own: boolean;
  /** The connection to the target was refused or broke before an answer. */
  targetConnectionError: boolean;
}

export interface Traffic {
  /** Told once when a request is over, however it ended. */
  finished(record: RequestRecord): void;
  connected(): void;
  disconnected(): void;
  /** A TLS handshake that did not come about. */
  tlsFailed(): void;
}
