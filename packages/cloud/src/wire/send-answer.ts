/** An answer on its way to the caller: a text, bytes, or a stream. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline, type Readable } from "node:stream";
import type { Answer } from "./error-answer.ts";
import type { SuccessAnswer } from "./write-output.ts";

export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: SuccessAnswer | Answer,
): Promise<void> {
  if (response.destroyed || response.writableEnded) return;
  const length =
    typeof body === "string" ? Buffer.byteLength(body) : Buffer.isBuffer(body) ? body.length : body === undefined ? 0 : undefined;
  const isHead = request.method === "HEAD";
  if (status === 204 || status === 304) delete headers["Content-Length"];
  else if (length !== undefined && !(isHead && headers["Content-Length"] !== undefined)) headers["Content-Length"] = String(length);
  response.writeHead(status, headers);
  if (isHead || body === undefined || status === 204 || status === 304) {
    if (isStream(body)) body.destroy();
    response.end();
  } else if (isStream(body)) await new Promise<void>((done) => pipeline(body, response, () => done()));
  else response.end(body);
}

const isStream = (body: string | Buffer | Readable | undefined): body is Readable => typeof body === "object" && !Buffer.isBuffer(body);
