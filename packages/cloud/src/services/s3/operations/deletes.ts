/** DeleteObject and DeleteObjects. */
import { AwsError } from "../../../aws-error.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { type Bucket, findBucket } from "../buckets.ts";
import { removeContent } from "../content.ts";
import { malformedXml, preconditionFailed } from "../errors.ts";
import { checkKey, latestOf, removeObject, removeVersion, versionOf } from "../objects.ts";

interface Deleted {
  VersionId?: string;
  DeleteMarker?: boolean;
}

export const deleteObject = operation("s3", "DeleteObject", async (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  if (input.IfMatch !== undefined) checkTag(context, bucket, input.Key!, input.IfMatch);
  return await remove(context, bucket, input.Key!, input.VersionId);
});

export const deleteObjects = operation("s3", "DeleteObjects", async (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  const { Objects, Quiet = false } = input.Delete!;
  if (!Objects || Objects.length === 0 || Objects.length > 1000) throw malformedXml();
  const Deleted = [];
  const Errors = [];
  for (const { Key, VersionId, ETag } of Objects) {
    try {
      if (ETag !== undefined) checkTag(context, bucket, Key!, ETag);
      const { DeleteMarker, VersionId: version } = await remove(context, bucket, Key!, VersionId);
      Deleted.push({
        Key,
        ...(VersionId !== undefined && { VersionId }),
        ...(DeleteMarker && { DeleteMarker, DeleteMarkerVersionId: version }),
      });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Errors.push({ Key, ...(VersionId !== undefined && { VersionId }), Code: error.code, Message: error.message });
    }
  }
  return { ...(!Quiet && Deleted.length > 0 && { Deleted }), ...(Errors.length > 0 && { Errors }) };
});

/** What is not there is deleted already. */
async function remove({ cloud }: OperationContext, bucket: Bucket, key: string, versionId: string | undefined): Promise<Deleted> {
  checkKey(key);
  if (versionId === undefined) {
    const marker = await removeObject(cloud, bucket, key);
    return marker ? { DeleteMarker: true, VersionId: marker.version } : {};
  }
  const version = versionOf(cloud, bucket.name, key, versionId);
  if (!version) return { VersionId: versionId };
  removeVersion(cloud, bucket.name, version);
  await removeContent(cloud, version.content.files);
  return { VersionId: versionId, ...(version.marker && { DeleteMarker: true }) };
}

function checkTag({ cloud }: OperationContext, bucket: Bucket, key: string, wanted: string): void {
  const found = latestOf(cloud, bucket.name, key);
  const tag = wanted.replace(/^"|"$/gu, "");
  if (!found || found.marker || (tag !== "*" && tag !== found.content.etag)) throw preconditionFailed("If-Match");
}
