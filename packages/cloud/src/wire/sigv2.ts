/** Presigned S3 URLs of Signature Version 2, which boto3 still makes in us-east-1 (Amazon S3 User Guide, "Signing and authenticating REST requests"). */
import { createHmac } from "node:crypto";
import { AwsError } from "../aws-error.ts";
import { sameText, type SignedRequest } from "./sigv4.ts";
import { bucketAddress } from "./virtual-host.ts";

export interface LegacySigned {
  accessKeyId: string;
  signature: string;
  /** Seconds since 1970. */
  expires: string;
  sessionToken: string | undefined;
}

/** `undefined` where the URL is none of these. Throws S3's error where a part of it is missing. */
export function readLegacy(query: URLSearchParams): LegacySigned | undefined {
  const [accessKeyId, signature, expires] = [query.get("AWSAccessKeyId"), query.get("Signature"), query.get("Expires")];
  if (accessKeyId === null && signature === null) return undefined;
  if (accessKeyId === null || signature === null || expires === null) {
    const message = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters";
    throw new AwsError("AccessDenied", message, 403);
  }
  return { accessKeyId, signature, expires, sessionToken: query.get("x-amz-security-token") ?? undefined };
}

/** The parts of a query that name what is meant, and so are signed; all others only travel along. */
const subresources = new Set(
  (
    "accelerate acl cors defaultObjectAcl delete lifecycle location logging notification partNumber policy replication requestPayment restore tagging torrent " +
    "uploadId uploads versionId versioning versions website response-cache-control response-content-disposition response-content-encoding " +
    "response-content-language response-content-type response-expires"
  ).split(" "),
);

export function legacySignatureMatches(
  { method, rawPath, rawQuery, headers }: SignedRequest,
  signed: LegacySigned,
  secretAccessKey: string,
): boolean {
  const query = [...new URLSearchParams(rawQuery)];
  const amz = new Map<string, string>();
  for (const [name, values] of Object.entries(headers)) if (name.startsWith("x-amz-")) amz.set(name, (values ?? []).join(","));
  // What was an `x-amz-` header at signing travels in the query.
  for (const [name, value] of query) if (name.toLowerCase().startsWith("x-amz-")) amz.set(name.toLowerCase(), value);
  const amzLines = [...amz].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value.trim()}\n`);
  const named = query
    .filter(([name]) => subresources.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`));
  const { bucket, path } = bucketAddress(headers.host?.[0], rawPath);
  const resource = path === rawPath && bucket !== undefined ? `/${bucket}${rawPath}` : rawPath;
  const header = (name: string) => headers[name]?.[0] ?? "";
  const text = `${method}\n${header("content-md5")}\n${header("content-type")}\n${signed.expires}\n${amzLines.join("")}${resource}${named.length > 0 ? `?${named.join("&")}` : ""}`;
  return sameText(createHmac("sha1", secretAccessKey).update(text).digest("base64"), signed.signature);
}
