/** Where a template comes from: the request's body, an object in the cloud's own S3, or the stack. */
import type { OperationContext } from "../../service.ts";
import { AwsError } from "../../aws-error.ts";
import { constraintError, validationError } from "./errors.ts";

/** Documented quotas. */
const bodyLimitBytes = 51_200;
const objectLimitBytes = 1_000_000;

export interface TemplateSource {
  TemplateBody?: string | undefined;
  TemplateURL?: string | undefined;
  UsePreviousTemplate?: boolean | undefined;
}

/** The template's text. `previous` is the stack's, where it has one. @throws ValidationError */
export async function templateText(source: TemplateSource, context: OperationContext, previous?: () => string): Promise<string> {
  const { TemplateBody: body, TemplateURL: url, UsePreviousTemplate: usePrevious } = source;
  if (usePrevious) {
    if (body !== undefined || url !== undefined)
      throw validationError("Either Template URL or Template Body must be specified, not with UsePreviousTemplate.");
    if (!previous) throw validationError("UsePreviousTemplate cannot be used: the stack has no template yet.");
    return previous();
  }
  if (body !== undefined && url !== undefined) throw validationError("Only one of Template URL or Template Body may be specified.");
  if (url !== undefined) return objectText(url, "TemplateURL", context);
  if (body === undefined) throw validationError("Either Template URL or Template Body must be specified.");
  if (body === "") throw constraintError("templateBody", "", "Member must have length greater than or equal to 1");
  if (Buffer.byteLength(body) > bodyLimitBytes)
    throw constraintError("templateBody", body, `Member must have length less than or equal to ${bodyLimitBytes}`);
  return body;
}

/** What an S3 URL names, read with the caller's rights. `member` is the input that gave it. @throws ValidationError */
export async function objectText(url: string, member: string, context: OperationContext): Promise<string> {
  const [, bucket] = /^s3:\/\/([^/]*)/.exec(url) ?? [];
  if (bucket !== undefined) throw validationError(`S3 error: Domain name specified in ${bucket} is not a valid S3 domain`);
  const place = objectPlace(url, new URL(context.cloud.endpoint).host);
  if (!place) throw validationError(`${member} must be a supported URL.`);
  let text: string;
  try {
    text = await placedText(place, context);
  } catch (error) {
    if (!(error instanceof AwsError) || error.status >= 500) throw error;
    throw validationError(
      `S3 error: ${error.message}\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html`,
    );
  }
  if (Buffer.byteLength(text) > objectLimitBytes) throw validationError(`Template may not exceed ${objectLimitBytes} bytes in size.`);
  return text;
}

/** An object's text, read with the caller's rights. @throws S3's own errors */
export async function placedText({ bucket, key, versionId }: ObjectPlace, context: OperationContext): Promise<string> {
  const { Body } = await context.call("s3", "GetObject", {
    Bucket: bucket,
    Key: key,
    ...(versionId === undefined ? {} : { VersionId: versionId }),
  });
  return textOf(Body);
}

export interface ObjectPlace {
  bucket: string;
  key: string;
  versionId?: string;
}

/** Bucket and key of an S3 URL, path style or virtual-host style, on AWS's host names or on `ownHost`. */
export function objectPlace(url: string, ownHost: string): ObjectPlace | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host, hostname, pathname, searchParams } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") return undefined;
  const [, first = "", rest = ""] = /^\/([^/]+)\/(.+)$/s.exec(pathname) ?? [];
  const isOwnPort = host.split(":")[1] === ownHost.split(":")[1];
  if (host === ownHost || (isOwnPort && /^(localhost|127\.\d+\.\d+\.\d+|s3\.localhost)$/.test(hostname)))
    return place(first, rest, searchParams);
  const own = /^(.+?)\.(?:s3\.)?localhost$/.exec(hostname)?.[1];
  if (own !== undefined && isOwnPort) return place(own, pathname.slice(1), searchParams);
  if (/^s3[.-](?:[a-z0-9-]+\.)?(?:dualstack\.)?(?:[a-z0-9-]+\.)?amazonaws\.com(\.cn)?$|^s3\.amazonaws\.com$/.test(hostname))
    return place(first, rest, searchParams);
  const bucket = /^(.+?)\.s3[.-](?:[a-z0-9.-]+\.)?amazonaws\.com(?:\.cn)?$|^(.+?)\.s3\.amazonaws\.com$/.exec(hostname);
  return bucket ? place(bucket[1] ?? bucket[2]!, pathname.slice(1), searchParams) : undefined;
}

function place(bucket: string, key: string, parameters: URLSearchParams) {
  if (bucket === "" || key === "") return undefined;
  const versionId = parameters.get("versionId");
  return { bucket, key: decodeURIComponent(key.replaceAll("+", " ")), ...(versionId === null ? {} : { versionId }) };
}

/** A body as handlers give it: text, bytes or a stream of them. */
async function textOf(body: unknown): Promise<string> {
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  const parts: Uint8Array[] = [];
  for await (const part of body as AsyncIterable<Uint8Array | string>) parts.push(Buffer.from(part as Uint8Array));
  return Buffer.concat(parts).toString();
}
