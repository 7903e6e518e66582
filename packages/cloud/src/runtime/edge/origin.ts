/** What distributions ask origins by: each kind of origin answers, or says why it could not. */
import type { Readable } from "node:stream";
import type { EdgeAnswer, ViewerRequest } from "./request.ts";
import type { OriginHead } from "./selection.ts";
import type { EdgeSpec, OriginSpec } from "./specification.ts";

export interface OriginRequest extends OriginHead {
  origin: OriginSpec;
  edge: Pick<EdgeSpec, "arn" | "id">;
  method: string;
  /** The same for the whole life of the request: read once. */
  body: Readable | undefined;
  /** Where the viewer said so. */
  bodyBytes: number | undefined;
  viewer: Pick<ViewerRequest, "protocol">;
  /** Aborted when the viewer is gone. */
  signal: AbortSignal;
}

/** No answer: 502 or 504, and a sentence for the page. */
export class OriginFailure extends Error {
  readonly status: 502 | 504;
  constructor(status: 502 | 504, message: string) {
    super(message);
    this.status = status;
  }
}

/** Throws OriginFailure. */
export type AskOrigin = (request: OriginRequest) => Promise<EdgeAnswer>;

/** Where a name leads on this machine; `undefined` where nothing here has it. */
export type FindHost = (name: string, port: number) => { address: string; port: number } | undefined;
