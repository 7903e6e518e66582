/** Signature Version 4, checked: canonical request, string to sign, signing key (AWS General Reference, "Signing AWS API requests"). */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Signed } from "./credential-scope.ts";

export interface SignedRequest {
  method: string;
  /** As on the request line. */
  rawPath: string;
  rawQuery: string;
  headers: Readonly<Record<string, string[] | undefined>>;
  /** Hexadecimal SHA-256 of the body, or the words that stand for it (`UNSIGNED-PAYLOAD`). */
  payloadHash: string;
}

export function signatureMatches(request: SignedRequest, signed: Signed, secretAccessKey: string): boolean {
  return sameText(hmacHex(signingKey(secretAccessKey, signed), stringToSign(canonicalRequest(request, signed), signed)), signed.signature);
}

const stringToSign = (canonical: string, signed: Signed): string =>
  `AWS4-HMAC-SHA256\n${signed.at}\n${scopeText(signed)}\n${sha256Hex(canonical)}`;

/** What S3 says of a signature that does not match, so that it can be seen where the two sides part. */
export function signedTexts(request: SignedRequest, signed: Signed): Record<string, string> {
  const CanonicalRequest = canonicalRequest(request, signed);
  const StringToSign = stringToSign(CanonicalRequest, signed);
  return {
    AWSAccessKeyId: signed.accessKeyId,
    StringToSign,
    SignatureProvided: signed.signature,
    StringToSignBytes: bytesOf(StringToSign),
    CanonicalRequest,
    CanonicalRequestBytes: bytesOf(CanonicalRequest),
  };
}

const bytesOf = (text: string): string =>
  Buffer.from(text)
    .toString("hex")
    .replaceAll(/..(?!$)/gu, "$& ");

export const scopeText = ({ date, region, service }: Signed): string => `${date}/${region}/${service}/aws4_request`;

function canonicalRequest({ method, rawPath, rawQuery, headers, payloadHash }: SignedRequest, signed: Signed): string {
  const path = canonicalPath(rawPath, signed.service === "s3");
  const lines = signed.signedHeaders.split(";").map((name) => {
    const values = (headers[name] ?? []).map((value) => value.trim().replaceAll(/\s+/g, " "));
    return `${name}:${values.join(",")}\n`;
  });
  return `${method}\n${path}\n${canonicalQuery(rawQuery)}\n${lines.join("")}\n${signed.signedHeaders}\n${payloadHash}`;
}

/** S3 encodes the path once; all others encode what was sent once more, after taking out `.`, `..` and empty segments. */
function canonicalPath(rawPath: string, s3: boolean): string {
  if (rawPath === "/" || rawPath === "") return "/";
  if (s3)
    return rawPath
      .split("/")
      .map((segment) => encode(decode(segment)))
      .join("/");
  const segments: string[] = [];
  for (const segment of rawPath.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(encode(segment));
  }
  return `/${segments.join("/")}${segments.length > 0 && rawPath.endsWith("/") ? "/" : ""}`;
}

function canonicalQuery(rawQuery: string): string {
  if (rawQuery === "") return "";
  return rawQuery
    .split("&")
    .filter((pair) => pair !== "" && !pair.startsWith("X-Amz-Signature="))
    .map((pair) => {
      const equals = pair.indexOf("=");
      const name = equals < 0 ? pair : pair.slice(0, equals);
      const value = equals < 0 ? "" : pair.slice(equals + 1);
      return [encode(decode(name.replaceAll("+", " "))), encode(decode(value.replaceAll("+", " ")))] as const;
    })
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function decode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** RFC 3986: all but the unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Four HMACs a key, the same all day: kept, the oldest forgotten first. */
const signingKeys = new Map<string, Buffer>();
const keptKeys = 256;

export function signingKey(secretAccessKey: string, { date, region, service }: Pick<Signed, "date" | "region" | "service">): Buffer {
  const id = `${secretAccessKey}/${date}/${region}/${service}`;
  let key = signingKeys.get(id);
  if (!key) {
    key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, date), region), service), "aws4_request");
    signingKeys.set(id, key);
    if (signingKeys.size > keptKeys) signingKeys.delete(signingKeys.keys().next().value!);
  }
  return key;
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
export const hmacHex = (key: Buffer, text: string): string => createHmac("sha256", key).update(text).digest("hex");
export const sha256Hex = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

export function sameText(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
