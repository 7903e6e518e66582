/** Buckets as origins: read as CloudFront, on behalf of the distribution, so that the bucket's policy decides; or as anybody, where nothing signs. */
import { Readable } from "node:stream";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { anonymousPrincipal, guestPrincipal, type Principal } from "../../identity/principal.ts";
import { type OriginRequest, OriginFailure } from "../../runtime/edge/origin.ts";
import { type EdgeAnswer, type Header, headerOf } from "../../runtime/edge/request.ts";
import type { OriginSpec } from "../../runtime/edge/specification.ts";

type Bucket = Extract<OriginSpec["kind"], { type: "bucket" }>;

function callerOf(cloud: Cloud, { signed, identity }: Bucket, { edge, headers }: OriginRequest): Principal {
  const own = headerOf(headers, "authorization") !== undefined;
  if (identity !== undefined) return identityPrincipal(identity);
  if (signed === "never" || (signed === "no-override" && own)) return anonymousPrincipal(cloud.account);
  return guestPrincipal(cloud.account, "cloudfront.amazonaws.com", edge.arn);
}

/** Bucket policies name it as a user of CloudFront's own account. */
function identityPrincipal(identity: string): Principal {
  const id = identity.slice(identity.lastIndexOf("/") + 1);
  const arn = `arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ${id}`;
  return { kind: "user", account: "cloudfront", arn, userId: id, userName: `CloudFront Origin Access Identity ${id}` };
}

export async function askBucket(cloud: Cloud, asked: OriginRequest): Promise<EdgeAnswer> {
  const { origin, method, uri, headers } = asked;
  if (origin.kind.type !== "bucket") throw new Error(`${origin.id} is no bucket`);
  const call = cloud.as(callerOf(cloud, origin.kind, asked), "us-east-1");
  const mark = uri.indexOf("?");
  const path = mark < 0 ? uri : uri.slice(0, mark);
  const Bucket = origin.kind.bucket;
  const Key = decodedKey(path);
  try {
    if (Key === "") return await listing(call, Bucket, cloud);
    if (method === "PUT") {
      await call("s3", "PutObject", { Bucket, Key, Body: asked.body as never, ...typeOf(headers) });
      return {
        status: 200,
        headers: [
          ["server", "AmazonS3"],
          ["content-length", "0"],
        ],
        body: undefined,
      };
    }
    if (method === "DELETE") {
      await call("s3", "DeleteObject", { Bucket, Key });
      return { status: 204, headers: [["server", "AmazonS3"]], body: undefined };
    }
    if (method !== "GET" && method !== "HEAD")
      throw new AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405);
    const read = { Bucket, Key, ...conditionsOf(headers) };
    const found = method === "HEAD" ? await call("s3", "HeadObject", read) : await call("s3", "GetObject", read);
    return {
      status: found.ContentRange === undefined ? 200 : 206,
      headers: headersOf(found),
      body: "Body" in found ? bodyOf(found.Body) : undefined,
    };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return errorAnswer(error, cloud);
  }
}

function decodedKey(path: string): string {
  try {
    return decodeURIComponent(path.slice(1));
  } catch {
    throw new OriginFailure(502, "The path is not one that a bucket has.");
  }
}

/** What a bucket answers at `/`, where its policy lets the caller list it. */
async function listing(call: ReturnType<Cloud["as"]>, Bucket: string, cloud: Cloud): Promise<EdgeAnswer> {
  const { Contents = [] } = await call("s3", "ListObjects", { Bucket });
  const items = Contents.map(
    ({ Key = "", Size = 0, ETag = "" }) =>
      `<Contents><Key>${escaped(Key)}</Key><ETag>${escaped(ETag)}</ETag><Size>${Size}</Size></Contents>`,
  );
  return xmlAnswer(
    200,
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${Bucket}</Name>${items.join("")}</ListBucketResult>`,
    cloud,
  );
}

function conditionsOf(headers: readonly Header[]) {
  const text = (name: string) => headerOf(headers, name);
  const date = (name: string) => {
    const value = text(name);
    const atMs = value === undefined ? Number.NaN : Date.parse(value);
    return Number.isNaN(atMs) ? undefined : new Date(atMs);
  };
  const [match, noneMatch, range, modified, unmodified] = [
    text("if-match"),
    text("if-none-match"),
    text("range"),
    date("if-modified-since"),
    date("if-unmodified-since"),
  ];
  return {
    ...(match !== undefined && { IfMatch: match }),
    ...(noneMatch !== undefined && { IfNoneMatch: noneMatch.replaceAll("W/", "") }),
    ...(range !== undefined && { Range: range }),
    ...(modified && { IfModifiedSince: modified }),
    ...(unmodified && { IfUnmodifiedSince: unmodified }),
  };
}

const typeOf = (headers: readonly Header[]) => {
  const [type, control] = [headerOf(headers, "content-type"), headerOf(headers, "cache-control")];
  return { ...(type !== undefined && { ContentType: type }), ...(control !== undefined && { CacheControl: control }) };
};

/** Members of S3's answers by the headers that carry them. */
const members: Readonly<Record<string, string>> = {
  AcceptRanges: "accept-ranges",
  CacheControl: "cache-control",
  ContentDisposition: "content-disposition",
  ContentEncoding: "content-encoding",
  ContentLanguage: "content-language",
  ContentLength: "content-length",
  ContentRange: "content-range",
  ContentType: "content-type",
  ETag: "etag",
  Expires: "expires",
  ServerSideEncryption: "x-amz-server-side-encryption",
  StorageClass: "x-amz-storage-class",
  VersionId: "x-amz-version-id",
  WebsiteRedirectLocation: "x-amz-website-redirect-location",
};

function headersOf(found: object): Header[] {
  const given = found as Record<string, unknown> & { LastModified?: Date; Metadata?: Record<string, string> };
  const headers: Header[] = Object.entries(members).flatMap(([member, name]): Header[] => {
    const value = given[member];
    if (value === undefined) return [];
    return [[name, value instanceof Date ? value.toUTCString() : String(value)]];
  });
  if (given.LastModified) headers.push(["last-modified", given.LastModified.toUTCString()]);
  for (const [name, value] of Object.entries(given.Metadata ?? {})) headers.push([`x-amz-meta-${name}`, value]);
  return [...headers, ["server", "AmazonS3"]];
}

function bodyOf(body: unknown): Buffer | Readable | undefined {
  if (body === undefined || body instanceof Readable) return body;
  return Buffer.isBuffer(body) ? body : Buffer.from(body as Uint8Array);
}

function errorAnswer({ code, message, status, members: more }: AwsError, cloud: Cloud): EdgeAnswer {
  if (status === 304)
    return {
      status,
      headers: Object.entries(more).flatMap(([name, value]): Header[] => (/^[a-z][a-z0-9-]*$/.test(name) ? [[name, String(value)]] : [])),
      body: undefined,
    };
  const key = more["Key"];
  return xmlAnswer(
    status,
    `<Error><Code>${escaped(code)}</Code><Message>${escaped(message)}</Message>${typeof key === "string" ? `<Key>${escaped(key)}</Key>` : ""}<RequestId>${cloud.world.random.hex(16).toUpperCase()}</RequestId></Error>`,
    cloud,
  );
}

function xmlAnswer(status: number, xml: string, { world }: Cloud): EdgeAnswer {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
  return {
    status,
    headers: [
      ["content-type", "application/xml"],
      ["content-length", String(body.length)],
      ["date", new Date(world.clock.nowMs()).toUTCString()],
      ["server", "AmazonS3"],
    ],
    body,
  };
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
