/** GetObject and HeadObject. */
import type { Input, Output } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { findBucket } from "../buckets.ts";
import { checkRead } from "../conditions.ts";
import { contentFor } from "../content.ts";
import { denyWithoutList } from "../access.ts";
import { fullChecksumMembers, encryptionMembers, quoted, versionMember } from "../content-members.ts";
import { invalidArgument, invalidPartNumber, invalidRequest, invalidState, markerInTheWay, notFound, refused } from "../errors.ts";
import { expirationMember } from "../lifecycle.ts";
import { lockMembers } from "../lock.ts";
import { checkReader } from "../object-keys.ts";
import { type Checksum, type Content, findObject, type ObjectVersion } from "../objects.ts";
import { type ByteRange, parseRange } from "../ranges.ts";
import { maximumParts } from "../upload-limits.ts";

type Answer = Omit<Output<"s3", "GetObject">, "Body">;

export const getObject = operation("s3", "GetObject", async (input, context) => {
  const { object, range, answer } = look(input, context, "GET");
  const { storageClass, restoredUntilMs = 0 } = object.content;
  if (isArchive(storageClass) && restoredUntilMs <= context.cloud.world.clock.nowMs()) throw invalidState(storageClass);
  const body = await contentFor(context.cloud, object.content.files, range.start, range.end);
  return { ...answer, Body: body as unknown as NonNullable<Output<"s3", "GetObject">["Body"]> };
});

export const headObject = operation("s3", "HeadObject", (input, context) => {
  try {
    return look(input, context, "HEAD").answer as Output<"s3", "HeadObject">;
  } catch (error) {
    if (error instanceof AwsError && error.status === 404) throw notFound(error.members);
    throw error;
  }
});

/** What both answer; without range all bytes. */
function look(
  input: Input<"s3", "GetObject">,
  context: OperationContext,
  method: "GET" | "HEAD",
): { object: ObjectVersion; range: ByteRange; answer: Answer } {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  if (input.SSECustomerAlgorithm !== undefined) throw refused("encryption with customer-provided keys (SSE-C)");
  const object = denyWithoutList(context, bucket, () => findObject(context.cloud, bucket.name, input.Key!, input.VersionId));
  if (object.marker) throw markerInTheWay(method, object.version, object.modifiedMs);
  checkRead(object, input);
  const { content } = object;
  // What describes an object is not encrypted, but for its checksum.
  if (method === "GET" || input.ChecksumMode === "ENABLED") checkReader(context, content, bucket, input.Key!);
  if (input.PartNumber !== undefined && input.Range !== undefined)
    throw invalidRequest("Cannot specify both Range header and partNumber query parameter");
  const asked = input.PartNumber === undefined ? parseRange(input.Range, content.sizeBytes) : partRange(object, input.PartNumber);
  const range = asked ?? { start: 0, end: content.sizeBytes - 1 };
  const overridden = {
    ...(input.ResponseCacheControl !== undefined && { CacheControl: input.ResponseCacheControl }),
    ...(input.ResponseContentDisposition !== undefined && { ContentDisposition: input.ResponseContentDisposition }),
    ...(input.ResponseContentEncoding !== undefined && { ContentEncoding: input.ResponseContentEncoding }),
    ...(input.ResponseContentLanguage !== undefined && { ContentLanguage: input.ResponseContentLanguage }),
    ...(input.ResponseContentType !== undefined && { ContentType: input.ResponseContentType }),
    ...(input.ResponseExpires !== undefined && ({ Expires: input.ResponseExpires } as object)),
  };
  if (context.principal.kind === "anonymous" && Object.keys(overridden).length > 0)
    throw invalidRequest("Request specific response headers cannot be used for anonymous GET requests.");
  const tagCount = Object.keys(content.tags).length;
  const { Expires, ...headers } = content.headers;
  const whole = range.start === 0 && range.end === content.sizeBytes - 1;
  return {
    object,
    range,
    answer: {
      AcceptRanges: "bytes",
      LastModified: new Date(object.modifiedMs),
      ContentLength: range.end - range.start + 1,
      ETag: quoted(content.etag),
      ContentType: "binary/octet-stream",
      ...headers,
      ...(Expires !== undefined && ({ Expires } as object)),
      ...overridden,
      ...(asked && content.sizeBytes > 0 && { ContentRange: `bytes ${range.start}-${range.end}/${content.sizeBytes}` }),
      ...(input.ChecksumMode === "ENABLED" && fullChecksumMembers(checksumOf(content, whole, input.PartNumber))),
      ...encryptionMembers(content),
      Metadata: content.metadata,
      ...(content.storageClass !== "STANDARD" && { StorageClass: content.storageClass as "STANDARD_IA" }),
      ...(input.PartNumber !== undefined && content.parts && { PartsCount: content.parts.length }),
      ...(tagCount > 0 && { TagCount: tagCount }),
      ...versionMember(object, bucket.versioning),
      ...expirationMember(bucket, object),
      ...lockMembers(content),
      ...(content.restoredUntilMs !== undefined && {
        Restore: `ongoing-request="false", expiry-date="${new Date(content.restoredUntilMs).toUTCString()}"`,
      }),
    },
  };
}

/** Of a piece of the object the checksum of the whole says nothing; a part may have its own. */
function checksumOf({ checksum, parts }: Content, whole: boolean, partNumber: number | undefined): Checksum | undefined {
  if (checksum?.type !== "COMPOSITE" || partNumber === undefined) return whole ? checksum : undefined;
  const own = parts?.[partNumber - 1]?.checksum;
  return own && { ...own, type: checksum.type };
}

/** Classes whose objects have to be restored before they can be read. */
export const isArchive = (storageClass: string): boolean => storageClass === "GLACIER" || storageClass === "DEEP_ARCHIVE";

function partRange({ content }: ObjectVersion, number: number): ByteRange {
  if (number < 1 || number > maximumParts)
    throw invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", number);
  const parts = content.parts ?? [{ number: 1, sizeBytes: content.sizeBytes }];
  // Parts count from 1 without gaps, whatever their numbers were at the upload.
  const part = parts[number - 1];
  if (!part) throw invalidPartNumber(number, parts.length);
  const start = parts.slice(0, number - 1).reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  return { start, end: start + part.sizeBytes - 1 };
}
