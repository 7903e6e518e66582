/** CopyObject: the bytes are copied on disk, and what describes them is copied or given anew. */
import { operation } from "../../../service.ts";
import { findBucket } from "../buckets.ts";
import { checkWrite } from "../conditions.ts";
import { readContent, removeContent, writeContent } from "../content.ts";
import {
  checksumMembers,
  defaultChecksum,
  describe,
  type Description,
  encryptionMembers,
  quoted,
  writtenVersionMember,
} from "../content-members.ts";
import { findSource } from "../copy-source.ts";
import { invalidArgument, invalidRequest } from "../errors.ts";
import { expirationMember } from "../lifecycle.ts";
import { notify } from "../notifications.ts";
import { underKey } from "../object-keys.ts";
import { checkKey, type Content, place } from "../objects.ts";
import { tooLarge } from "../upload-limits.ts";

export const copyObject = operation("s3", "CopyObject", async (input, context) => {
  const { cloud } = context;
  const { Bucket, Key, MetadataDirective = "COPY", TaggingDirective = "COPY" } = input;
  for (const [name, value] of [
    ["metadata", MetadataDirective],
    ["tagging", TaggingDirective],
  ] as const) {
    if (value !== "COPY" && value !== "REPLACE") throw invalidArgument(`Unknown ${name} directive.`, `x-amz-${name}-directive`, value);
  }
  const bucket = findBucket(context, Bucket!, input.ExpectedBucketOwner);
  checkKey(Key!);
  const { bucket: sourceBucket, versioned, object: source } = findSource(context, input);
  const described = describe(input, bucket, context.account, cloud.world.clock.nowMs());
  const changes =
    MetadataDirective === "REPLACE" ||
    input.StorageClass !== undefined ||
    input.ServerSideEncryption !== undefined ||
    input.WebsiteRedirectLocation !== undefined;
  if (sourceBucket === bucket.name && source.key === Key && source.latest && !changes && bucket.versioning !== "Enabled") {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const { content } = source;
  described.encryption = underKey(context, described.encryption, { bucket, key: Key! });
  tooLarge(content.sizeBytes);
  // The copy is one object, however many parts the source came in.
  const algorithm = input.ChecksumAlgorithm ?? content.checksum?.algorithm ?? defaultChecksum;
  const written = await writeContent(cloud, readContent(cloud, content.files, 0, content.sizeBytes - 1), algorithm);
  let placed = false;
  try {
    const checksum = written.checksum === undefined ? undefined : { algorithm, value: written.checksum, type: "FULL_OBJECT" as const };
    const { version, dropped } = place(
      cloud,
      bucket,
      Key!,
      {
        ...described,
        ...(MetadataDirective === "COPY" && { metadata: content.metadata, headers: copiedHeaders(content, described) }),
        ...(TaggingDirective === "COPY" && { tags: content.tags }),
        sizeBytes: written.sizeBytes,
        etag: written.md5,
        files: [{ id: written.id, sizeBytes: written.sizeBytes }],
        ...(checksum && { checksum }),
      },
      checkWrite(Key!, input),
    );
    placed = true;
    await removeContent(cloud, dropped);
    await notify(context, bucket, "ObjectCreated:Copy", version);
    return {
      CopyObjectResult: { ETag: quoted(written.md5), LastModified: new Date(version.modifiedMs), ...checksumMembers(checksum) },
      ...encryptionMembers(described),
      ...expirationMember(bucket, version),
      ...(versioned && { CopySourceVersionId: source.version }),
      ...writtenVersionMember(version, bucket.versioning),
    };
  } catch (error) {
    if (!placed) await removeContent(cloud, [written]);
    throw error;
  }
});

/** Where a page is redirected to is never copied: it is as the call says (CopyObject, `x-amz-website-redirect-location`). */
function copiedHeaders({ headers }: Pick<Content, "headers">, { headers: { WebsiteRedirectLocation } }: Description): Content["headers"] {
  const { WebsiteRedirectLocation: _sources, ...copied } = headers;
  return { ...copied, ...(WebsiteRedirectLocation !== undefined && { WebsiteRedirectLocation }) };
}
