/**
 * The `aws-chunked` content encoding of S3 uploads: chunks with sizes, optionally signed one by one, and trailers with a
 * checksum (Amazon S3 API Reference, "Transferring payload in multiple chunks").
 */
import { createHash, type Hash } from "node:crypto";
import { Transform, type TransformCallback } from "node:stream";
import { AwsError } from "../aws-error.ts";
import type { Signed } from "./credential-scope.ts";
import { hmacHex, sameText, scopeText, sha256Hex, signingKey } from "./sigv4.ts";

export interface ChunkedOptions {
  /** Of `x-amz-decoded-content-length`. */
  decodedSizeBytes: number | undefined;
  /** Whose signature starts the chain, where the chunks' signatures are to be checked. */
  seed: { signed: Signed; secretAccessKey: string } | undefined;
  /** Called with the trailers, names in lower case, before the decoded stream ends. */
  onTrailers(trailers: Record<string, string>): void;
}

/** A size line and a trailer are far below this. */
const longestLineBytes = 16 * 1024;
const emptyHash = sha256Hex("");

export function chunkedDecoder({ decodedSizeBytes, seed, onTrailers }: ChunkedOptions): Transform {
  let state: "size" | "data" | "data-end" | "trailers" | "done" = "size";
  let rest: Buffer = Buffer.alloc(0);
  let left = 0;
  let total = 0;
  let hash: Hash | undefined;
  let claimed = "";
  let previous = seed?.signed.signature ?? "";
  const trailers: Record<string, string> = {};
  let trailerText = "";

  const line = (): string | undefined => {
    const end = rest.indexOf("\n");
    if (end < 0) {
      if (rest.length > longestLineBytes) throw malformed();
      return undefined;
    }
    const text = rest.subarray(0, end).toString("latin1").replace(/\r$/, "");
    rest = rest.subarray(end + 1);
    return text;
  };
  const checkChunk = () => {
    if (!seed || !hash) return;
    const text = `AWS4-HMAC-SHA256-PAYLOAD\n${seed.signed.at}\n${scopeText(seed.signed)}\n${previous}\n${emptyHash}\n${hash.digest("hex")}`;
    const computed = hmacHex(signingKey(seed.secretAccessKey, seed.signed), text);
    if (!sameText(computed, claimed)) throw mismatch();
    previous = computed;
  };
  const checkTrailers = () => {
    const signature = trailers["x-amz-trailer-signature"];
    if (!seed || signature === undefined) return;
    const text = `AWS4-HMAC-SHA256-TRAILER\n${seed.signed.at}\n${scopeText(seed.signed)}\n${previous}\n${sha256Hex(trailerText)}`;
    if (!sameText(hmacHex(signingKey(seed.secretAccessKey, seed.signed), text), signature)) throw mismatch();
  };

  const step = (push: (bytes: Buffer) => void): boolean => {
    if (state === "size") {
      const text = line();
      if (text === undefined) return false;
      const match = /^([0-9A-Fa-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?\s*(?:;.*)?$/.exec(text);
      if (!match || (seed && !match[2])) throw malformed();
      left = Number.parseInt(match[1]!, 16);
      claimed = match[2] ?? "";
      hash = seed && createHash("sha256");
      state = left === 0 ? "trailers" : "data";
      if (left === 0) checkChunk();
      return true;
    }
    if (state === "data") {
      if (rest.length === 0) return false;
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.length);
      left -= piece.length;
      total += piece.length;
      if (decodedSizeBytes !== undefined && total > decodedSizeBytes) throw malformed();
      hash?.update(piece);
      push(piece);
      if (left === 0) state = "data-end";
      return true;
    }
    if (state === "data-end") {
      const text = line();
      if (text === undefined) return false;
      if (text !== "") throw malformed();
      checkChunk();
      state = "size";
      return true;
    }
    if (state === "trailers") {
      const text = line();
      if (text === undefined) return false;
      if (text === "") {
        state = "done";
        return true;
      }
      const colon = text.indexOf(":");
      if (colon < 1) throw malformed();
      const name = text.slice(0, colon).trim().toLowerCase();
      const value = text.slice(colon + 1).trim();
      trailers[name] = value;
      if (name !== "x-amz-trailer-signature") trailerText += `${name}:${value}\n`;
      return true;
    }
    return false;
  };

  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      try {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        while (step((bytes) => void this.push(bytes)));
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done: TransformCallback) {
      try {
        // The empty line after the trailers is left out by some clients when there are none.
        if (state === "trailers" && rest.length === 0) state = "done";
        if (state !== "done") throw incomplete();
        if (decodedSizeBytes !== undefined && total !== decodedSizeBytes) throw incomplete();
        checkTrailers();
        onTrailers(trailers);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

const malformed = () => new AwsError("InvalidRequest", "The body is not well-formed aws-chunked content.", 400);
const incomplete = () => new AwsError("IncompleteBody", "The request body terminated unexpectedly", 400);
const mismatch = () =>
  new AwsError(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    403,
  );
