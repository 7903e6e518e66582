/** Presigned URLs of S3, made as clients make them: Signature Version 4, and Version 2 as boto3 still does. */
import { createHmac } from "node:crypto";
import { hmacHex, sha256Hex, signingKey } from "../../../src/wire/sigv4.ts";

export interface PresignOptions {
  endpoint: string;
  method?: string;
  /** With its first slash, percent-encoded. */
  path: string;
  query?: Record<string, string>;
  /** Signed with it; names in lower case. Version 4 only. */
  headers?: Record<string, string>;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  at?: Date;
  expiresSeconds?: number;
}

const test = { accessKeyId: "test", secretAccessKey: "test" };
const encode = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/gu, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

export function presign(options: PresignOptions): string {
  const { endpoint, method = "GET", path, query = {}, headers = {}, credentials = test, at = new Date(), expiresSeconds = 900 } = options;
  const lines = Object.entries({ ...headers, host: new URL(endpoint).host }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = lines.map(([name]) => name).join(";");
  const time = at.toISOString().replaceAll(/[-:]|\.\d+/gu, "");
  const scope = { date: time.slice(0, 8), region: "eu-central-1", service: "s3" };
  const scopeText = `${scope.date}/${scope.region}/s3/aws4_request`;
  const all = {
    ...query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${credentials.accessKeyId}/${scopeText}`,
    "X-Amz-Date": time,
    "X-Amz-Expires": String(expiresSeconds),
    "X-Amz-SignedHeaders": names,
  };
  const text = Object.entries(all)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const canonical = `${method}\n${path}\n${text}\n${lines.map(([name, value]) => `${name}:${value}\n`).join("")}\n${names}\nUNSIGNED-PAYLOAD`;
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${scopeText}\n${sha256Hex(canonical)}`;
  return `${endpoint}${path}?${text}&X-Amz-Signature=${hmacHex(signingKey(credentials.secretAccessKey, scope), toSign)}`;
}

export function presignLegacy({
  endpoint,
  method = "GET",
  path,
  query = {},
  credentials = test,
  at = new Date(),
  expiresSeconds = 900,
}: PresignOptions): string {
  const expires = Math.floor(at.getTime() / 1000) + expiresSeconds;
  const named = Object.entries(query)
    .sort()
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  const toSign = `${method}\n\n\n${expires}\n${path}${named === "" ? "" : `?${named}`}`;
  const signature = createHmac("sha1", credentials.secretAccessKey).update(toSign).digest("base64");
  const parameters = new URLSearchParams({
    ...query,
    AWSAccessKeyId: credentials.accessKeyId,
    Signature: signature,
    Expires: String(expires),
  });
  return `${endpoint}${path}?${parameters.toString()}`;
}
