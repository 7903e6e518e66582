/** One request of a registry client, once it is known who asks. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { OperationContext } from "../../../service.ts";
import { RegistryError } from "./registry-error.ts";

export interface RegistryRequest {
  method: string;
  /** The repository. */
  name: string;
  /** What stands last in the path: a digest, a tag, an upload's id. */
  reference: string;
  query: URLSearchParams;
  request: IncomingMessage;
  response: ServerResponse;
  context: OperationContext;
}

/** The longest piece of a body that is held in memory. */
export const pieceBytes = 8 * 1024 * 1024;

/** The body in pieces of at most `pieceBytes`. */
export async function* piecesOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    held.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes < pieceBytes) continue;
    yield Buffer.concat(held);
    held = [];
    sizeBytes = 0;
  }
  if (sizeBytes > 0) yield Buffer.concat(held);
}

/** A body that is to be held whole. */
export async function bodyOf(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes > mostBytes) throw new RegistryError(413, "SIZE_INVALID", `The body is larger than ${mostBytes} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
