/** A request to S3, whose content comes as a stream. */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { AwsError } from "../aws-error.ts";
import { takesStream } from "./http-binding.ts";
import { type Running, runOperation } from "./run-operation.ts";
import { sha256Hex } from "./sigv4.ts";
import { streamedBody } from "./streamed-body.ts";
import type { SuccessAnswer } from "./write-output.ts";

/** S3: streams in, and members that come after the content, as trailers. */
export async function answerS3(running: Running): Promise<SuccessAnswer> {
  const { request, operation, identified, caller, query } = running;
  const input: { members: Record<string, unknown> } = { members: {} };
  takeHoisted(request, query);
  if (hasNoBody(request) && !takesStream(operation.input)) return await runOperation({ ...running, body: nothing, parameters: query });
  const onTrailers = (trailers: Record<string, string>) => {
    for (const { name, traits } of operation.input.members.values()) {
      const value = traits.httpHeader && trailers[traits.httpHeader.toLowerCase()];
      if (value) input.members[name] = value;
    }
  };
  const checksumsOfObject = operation.name === "CompleteMultipartUpload";
  const stream = streamedBody(request, { signed: identified.signed, caller, checksumsOfObject, onTrailers });
  stream.on("error", ignoreHere);
  const body = takesStream(operation.input) ? stream : await collectStream(stream);
  try {
    return await runOperation({ ...running, body, parameters: query, holdInput: (members) => (input.members = members) });
  } finally {
    // What the handler did not read must not hold the connection.
    if (!stream.readableEnded) stream.resume();
  }
}

const nothing = Buffer.alloc(0);
const hashOfNothing = sha256Hex("");

/** Nothing comes, and nothing else was said to come: there is nothing to check on its way. */
function hasNoBody({ headers }: IncomingMessage): boolean {
  const claimed = headers["x-amz-content-sha256"];
  return (
    (headers["content-length"] ?? "0") === "0" &&
    headers["transfer-encoding"] === undefined &&
    (claimed === undefined || claimed === hashOfNothing || claimed === "UNSIGNED-PAYLOAD") &&
    headers["content-md5"] === undefined
  );
}

/**
 * Signers of URLs move `x-amz-` headers into the query, where S3 reads them as the headers they were. Not those about the body, which
 * was not there when the URL was signed.
 */
function takeHoisted({ headers }: IncomingMessage, query: URLSearchParams): void {
  if (!query.has("X-Amz-Signature") && !query.has("Signature")) return;
  for (const [name, value] of query) {
    if (/^x-amz-(?!checksum-|sdk-|content-|security-token|date$)/.test(name)) headers[name] ??= value;
  }
}

/** The reader gets the error too; without a listener of its own an unread stream would end the process. */
function ignoreHere(): void {}

async function collectStream(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > largestXmlBytes) throw new AwsError("MaxMessageLengthExceeded", "Your request was too large.", 400);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const largestXmlBytes = 8 * 1024 * 1024;
