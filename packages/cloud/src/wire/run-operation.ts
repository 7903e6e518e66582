/** An operation that a request asks for: its input read, run in the caller's name, its output written. */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { type Cloud, notServed } from "../cloud.ts";
import type { Caller } from "./authenticate.ts";
import type { Reading } from "./fault.ts";
import type { Identified } from "./identify.ts";
import type { OperationModel } from "./model.ts";
import { readInput } from "./read-input.ts";
import { encodeKeys } from "./s3-encoding.ts";
import { missingMembers } from "./service-faults.ts";
import { type SuccessAnswer, writeOutput } from "./write-output.ts";

export interface Running {
  request: IncomingMessage;
  cloud: Cloud;
  call: { readonly signal: AbortSignal };
  requestId: string;
  identified: Identified;
  query: URLSearchParams;
  operation: OperationModel;
  labels: Readonly<Record<string, string>>;
  caller: Caller;
}

export async function runOperation({
  request,
  cloud,
  call,
  requestId,
  identified,
  query,
  operation,
  labels,
  caller,
  body,
  parameters,
  holdInput,
}: Running & {
  body: Buffer | Readable;
  parameters: URLSearchParams;
  /** Takes the input that trailers are still to be written to. */
  holdInput?(input: Record<string, unknown>): void;
}): Promise<SuccessAnswer> {
  const service = identified.service!;
  const { protocol, region } = identified;
  const served = cloud.active(service.id) ?? (await cloud.activate(service.id));
  if (!(operation.name in served.operations)) throw notServed(service.id, operation.name);
  const reading: Reading = { missing: [] };
  const input = readInput(operation, { request, protocol, body, query, parameters, labels }, reading);
  if (reading.missing.length > 0) throw missingMembers(reading, service);
  if (service.id === "s3") withoutChunkedEncoding(input, request);
  holdInput?.(input);
  let output = ((await cloud.run(service.id, operation.name, input, {
    principal: caller.principal,
    region,
    requestId,
    trace: request.headers["x-amzn-trace-id"] as string | undefined,
    get signal() {
      return call.signal;
    },
  })) ?? {}) as Record<string, unknown>;
  if (service.id === "s3" && input.EncodingType === "url") output = encodeKeys(output);
  return writeOutput(operation, output, protocol, service, requestId);
}

/** `aws-chunked` is how the body came, not what the object is. */
function withoutChunkedEncoding(input: Record<string, unknown>, { headers }: IncomingMessage): void {
  if (typeof input.ContentEncoding === "string") {
    const left = input.ContentEncoding.split(",")
      .map((step) => step.trim())
      .filter((step) => step !== "aws-chunked" && step !== "");
    if (left.length > 0) input.ContentEncoding = left.join(",");
    else delete input.ContentEncoding;
  }
  const decoded = headers["x-amz-decoded-content-length"];
  if (decoded !== undefined && "ContentLength" in input) input.ContentLength = Number(decoded);
}
