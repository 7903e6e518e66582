/** A line of a server access log, its fields in AWS's order. Source: Amazon S3 User Guide, "Amazon S3 server access log format". */
import type { IncomingMessage } from "node:http";
import type { Cloud } from "../../cloud.ts";
import type { Principal } from "../../identity/principal.ts";
import type { AnsweredRequest } from "../../service.ts";
import { ownerOf } from "./buckets.ts";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function logLine(answered: AnsweredRequest, bucket: string, cloud: Cloud): string {
  const { request, requestId, operation, key, status, errorCode, sentBytes, startedMs, answeredMs } = answered;
  const url = new URL(request.url ?? "/", "http://localhost");
  const owner = ownerOf(cloud.account).ID;
  return [
    owner,
    bucket,
    `[${timeOf(startedMs)}]`,
    orDash(request.socket.remoteAddress?.replace(/^::ffff:/u, "")),
    requesterOf(answered.principal, owner),
    requestId,
    operationOf(operation, request.method ?? "GET", url.searchParams, key !== undefined),
    orDash(key),
    quoted(`${request.method} ${request.url} HTTP/${request.httpVersion}`),
    String(status),
    orDash(errorCode),
    sentBytes > 0 ? String(sentBytes) : "-",
    operation === "GetObject" && status < 300 ? String(answered.objectBytes ?? sentBytes) : sizeOfUpload(operation, request),
    String(answeredMs - startedMs),
    String(answeredMs - startedMs),
    quoted(header(request, "referer")),
    quoted(header(request, "user-agent")),
    orDash(url.searchParams.get("versionId") ?? undefined),
    Buffer.from(`plinth/${requestId}`).toString("base64"),
    ...signatureOf(request, url.searchParams),
    orDash(request.headers.host),
    // The loopback speaks no TLS here; neither access points nor lists of rights decide.
    "-",
    "-",
    "-",
  ].join(" ");
}

const orDash = (value: string | undefined) => (value === undefined || value === "" ? "-" : value);
const quoted = (value: string | undefined) => `"${orDash(value).replaceAll(/["\\]/gu, (found) => `\\${found}`)}"`;
const header = ({ headers }: IncomingMessage, name: string) => [headers[name] ?? []].flat()[0];

function timeOf(timeMs: number): string {
  const time = new Date(timeMs);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(time.getUTCDate())}/${months[time.getUTCMonth()]}/${time.getUTCFullYear()}:${time.toISOString().slice(11, 19)} +0000`;
}

/** The account itself by its canonical id, everybody else by ARN. */
function requesterOf(principal: Principal | undefined, owner: string): string {
  if (!principal || principal.kind === "anonymous") return "-";
  return principal.kind === "root" ? owner : principal.arn;
}

function sizeOfUpload(operation: string, request: IncomingMessage): string {
  if (operation !== "PutObject" && operation !== "UploadPart") return "-";
  return orDash(header(request, "x-amz-decoded-content-length") ?? request.headers["content-length"]);
}

function signatureOf({ headers }: IncomingMessage, query: URLSearchParams): [version: string, cipher: string, type: string] {
  const { authorization } = headers;
  if (authorization !== undefined) return [authorization.startsWith("AWS4-") ? "SigV4" : "SigV2", "-", "AuthHeader"];
  if (query.has("X-Amz-Signature")) return ["SigV4", "-", "QueryString"];
  return query.has("Signature") ? ["SigV2", "-", "QueryString"] : ["-", "-", "-"];
}

const special: Readonly<Record<string, string>> = {
  CopyObject: "REST.COPY.OBJECT",
  UploadPart: "REST.PUT.PART",
  UploadPartCopy: "REST.COPY.PART",
  CreateMultipartUpload: "REST.POST.UPLOADS",
  CompleteMultipartUpload: "REST.POST.UPLOAD",
  AbortMultipartUpload: "REST.DELETE.UPLOAD",
  ListParts: "REST.GET.UPLOAD",
  ListMultipartUploads: "REST.GET.UPLOADS",
  DeleteObjects: "REST.POST.MULTI_OBJECT_DELETE",
  ListObjectVersions: "REST.GET.BUCKETVERSIONS",
  PostObject: "REST.POST.OBJECT",
};

/** What AWS calls a part of a bucket or object, where that is not the word of the query. */
const parts: Readonly<Record<string, string>> = {
  policy: "BUCKETPOLICY",
  policyStatus: "BUCKETPOLICYSTATUS",
  logging: "LOGGING_STATUS",
  publicAccessBlock: "PUBLIC_ACCESS_BLOCK",
  ownershipControls: "OWNERSHIP_CONTROLS",
  "object-lock": "OBJECT_LOCK_CONFIGURATION",
  "legal-hold": "LEGAL_HOLD",
  requestPayment: "REQUEST_PAYMENT",
};

const known =
  /^(?:acl|policy|policyStatus|logging|publicAccessBlock|ownershipControls|object-lock|legal-hold|requestPayment|versioning|tagging|cors|notification|location|encryption|lifecycle|website|replication|accelerate|retention|attributes|restore)$/u;

/** `REST.{method}.{what}`, as `REST.PUT.OBJECT`. */
export function operationOf(operation: string, method: string, query: URLSearchParams, ofObject: boolean): string {
  const found = special[operation];
  if (found !== undefined) return found;
  const part = [...query.keys()].find((name) => known.test(name));
  if (part === undefined) return `REST.${method}.${ofObject ? "OBJECT" : "BUCKET"}`;
  const word = parts[part] ?? part.toUpperCase();
  return `REST.${method}.${ofObject && part === "tagging" ? "OBJECT_TAGGING" : word}`;
}
