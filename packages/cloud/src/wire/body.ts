/** A request's body, collected within a limit and unpacked. */
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import { AwsError } from "../aws-error.ts";
import { MalformedContent } from "./fault.ts";

/** The largest body that AWS takes outside S3's streams is ECR's layer parts, 20 MiB in base64. */
export const largestBodyBytes = 32 * 1024 * 1024;

export async function collectBody(request: IncomingMessage): Promise<Buffer> {
  const declared = request.headers["content-length"];
  if (declared === "0" || (declared === undefined && request.headers["transfer-encoding"] === undefined)) return Buffer.alloc(0);
  if (Number(declared) > largestBodyBytes) throw tooLarge();
  return new Promise((done, fail) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > largestBodyBytes) {
        chunks.length = 0;
        request.removeAllListeners("data");
        fail(tooLarge());
      } else chunks.push(chunk);
    });
    request.on("end", () => done(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on("error", fail);
    request.on("close", () => {
      if (!request.complete) fail(incompleteBody());
    });
  });
}

/** Undoes `Content-Encoding`; signatures cover the body as it was sent. Mostly there is nothing to undo, and nothing to wait for. */
export function unpack(body: Buffer, encoding: string | undefined): Buffer | Promise<Buffer> {
  return encoding === undefined || body.length === 0 ? body : undo(body, encoding);
}

async function undo(body: Buffer, encoding: string): Promise<Buffer> {
  const steps = encoding
    .split(",")
    .map((step) => step.trim().toLowerCase())
    .filter((step) => step !== "identity" && step !== "" && step !== "aws-chunked");
  let unpacked: Buffer = body;
  for (const step of steps.toReversed()) {
    if (step !== "gzip" && step !== "x-gzip" && step !== "deflate")
      throw new MalformedContent(`Content-Encoding '${step}' is not supported`);
    try {
      unpacked = await promisify(step === "deflate" ? inflate : gunzip)(unpacked, { maxOutputLength: largestBodyBytes });
    } catch (error) {
      if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
      throw new MalformedContent("The request's body is not validly compressed", true);
    }
  }
  return unpacked;
}

const tooLarge = () => new AwsError("RequestEntityTooLargeException", "Request exceeded the maximum allowed size", 413);

export const incompleteBody = (): AwsError =>
  new AwsError("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header", 400);
