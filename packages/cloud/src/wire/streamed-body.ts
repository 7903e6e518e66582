/** A body that is handed on as a stream (S3), decoded and checked on its way: size, content hash, MD5, checksums, chunk signatures. */
import type { IncomingMessage } from "node:http";
import { pipeline, Transform, type Readable, type TransformCallback } from "node:stream";
import { AwsError } from "../aws-error.ts";
import type { Caller } from "./authenticate.ts";
import { checksumOf, type Checksum } from "./checksum.ts";
import { chunkedDecoder } from "./chunked.ts";
import type { Signed, Unreadable } from "./credential-scope.ts";

export interface StreamedBodyOptions {
  signed: Signed | Unreadable | undefined;
  caller: Caller;
  /** The checksum headers are those of an object that is made, not of this body (CompleteMultipartUpload). */
  checksumsOfObject?: boolean;
  /** Called before the stream ends, with what came after the content. */
  onTrailers(trailers: Record<string, string>): void;
}

const words = /^(?:STREAMING-|UNSIGNED-PAYLOAD)/;

export const isChunked = ({ headers }: IncomingMessage): boolean =>
  /\baws-chunked\b/.test(String(headers["content-encoding"] ?? "")) ||
  String(headers["x-amz-content-sha256"] ?? "").startsWith("STREAMING-");

/** The stream ends with an AwsError where something does not hold; whoever reads it has to pass that on. */
export function streamedBody(
  request: IncomingMessage,
  { signed, caller, checksumsOfObject = false, onTrailers }: StreamedBodyOptions,
): Readable {
  const { headers } = request;
  const contentHash = String(headers["x-amz-content-sha256"] ?? "");
  let trailers: Record<string, string> = {};
  const declaredTrailers = String(headers["x-amz-trailer"] ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase());
  const checks: { name: string; checksum: Checksum; expected: () => string | undefined; error: () => AwsError }[] = [];
  const sdkAlgorithm = headers["x-amz-sdk-checksum-algorithm"];
  if (sdkAlgorithm !== undefined) checkAlgorithm(String(sdkAlgorithm).toLowerCase(), headers, declaredTrailers);
  for (const algorithm of ["crc32", "crc32c", "crc64nvme", "sha1", "sha256", "sha512", "md5"]) {
    const name = `x-amz-checksum-${algorithm}`;
    const given = headers[name];
    if (checksumsOfObject || (given === undefined && !declaredTrailers.includes(name))) continue;
    if (given !== undefined && Buffer.from(String(given), "base64").length !== digestBytes[algorithm]) {
      throw new AwsError("InvalidRequest", `Value for ${name} header is invalid.`, 400);
    }
    const error = () =>
      new AwsError("BadDigest", `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`, 400);
    checks.push({ name, checksum: checksumOf(algorithm)!, expected: () => (given === undefined ? trailers[name] : String(given)), error });
  }
  const md5 = headers["content-md5"]?.toString();
  if (md5 !== undefined) {
    if (Buffer.from(md5, "base64").length !== 16)
      throw new AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", 400, { "Content-MD5": md5 });
    const error = () => new AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.", 400);
    checks.push({ name: "content-md5", checksum: checksumOf("md5")!, expected: () => md5, error });
  }
  if (contentHash !== "" && !words.test(contentHash)) {
    const error = () =>
      new AwsError("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.", 400);
    const expected = () => Buffer.from(contentHash, "hex").toString("base64");
    checks.push({ name: "x-amz-content-sha256", checksum: checksumOf("sha256")!, expected, error });
  }

  const chunked = isChunked(request);
  let receivedBytes = 0;
  const declaredBytes = headers["content-length"] === undefined ? undefined : Number(headers["content-length"]);
  const checking = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      receivedBytes += chunk.length;
      for (const { checksum } of checks) checksum.update(chunk);
      done(null, chunk);
    },
    flush(done: TransformCallback) {
      if (!chunked && declaredBytes !== undefined && receivedBytes !== declaredBytes) return done(incomplete());
      for (const { checksum, expected, error } of checks) {
        const wanted = expected();
        if (wanted === undefined || checksum.digest() !== wanted) return done(error());
      }
      onTrailers(trailers);
      done();
    },
  });
  const finished = () => {
    // A broken stream says so to its reader; here is nobody to tell.
  };
  if (!chunked) return pipeline(request, checking, finished);
  const decodedSize = headers["x-amz-decoded-content-length"];
  const signedChunks = contentHash.startsWith("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  const decoder = chunkedDecoder({
    decodedSizeBytes: decodedSize === undefined ? undefined : Number(decodedSize),
    seed:
      signedChunks && caller.secretAccessKey !== undefined && signed && !("unreadable" in signed)
        ? { signed, secretAccessKey: caller.secretAccessKey }
        : undefined,
    onTrailers(found) {
      trailers = found;
    },
  });
  return pipeline(request, decoder, checking, finished);
}

const digestBytes: Readonly<Record<string, number>> = { crc32: 4, crc32c: 4, crc64nvme: 8, sha1: 20, sha256: 32, sha512: 64, md5: 16 };

/** Who names an algorithm also sends the checksum, before or behind the body. */
function checkAlgorithm(algorithm: string, headers: IncomingMessage["headers"], trailers: readonly string[]): void {
  if (!(algorithm in digestBytes) && !algorithm.startsWith("xxhash"))
    throw new AwsError("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.", 400);
  const sent = [...Object.keys(headers), ...trailers].some((name) => name.startsWith("x-amz-checksum-") && name !== "x-amz-checksum-mode");
  if (sent) return;
  throw new AwsError(
    "InvalidRequest",
    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
    400,
  );
}

const incomplete = () =>
  new AwsError("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header", 400);
