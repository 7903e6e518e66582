/** DeleteObject and DeleteObjects. */
import { AwsError } from "../../../aws-error.ts";
import { accessDenied, decide } from "../../../identity/authorize.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { type Asking, on } from "../access.ts";
import { type Bucket, findBucket } from "../buckets.ts";
import { removeContent } from "../content.ts";
import { malformedXml, noSuchVersion, preconditionFailed } from "../errors.ts";
import { checkDeletable } from "../lock.ts";
import { notify } from "../notifications.ts";
import { checkKey, latestOf, removeObject, removeVersion, versionOf } from "../objects.ts";
import { checkVersionId, isVersionId } from "../version-id.ts";

interface Deleted {
  VersionId?: string;
  DeleteMarker?: boolean;
}

export const deleteObject = operation("s3", "DeleteObject", async (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  checkBypass(bucket, input.BypassGovernanceRetention);
  if (input.VersionId !== undefined && !versionOf(context.cloud, bucket.name, input.Key!, input.VersionId)) checkVersionId(input.VersionId);
  if (input.IfMatch !== undefined) checkTag(context, bucket, input.Key!, input.IfMatch);
  return await remove(context, bucket, input.Key!, input.VersionId, input.BypassGovernanceRetention);
});

export const deleteObjects = operation("s3", "DeleteObjects", async (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  checkBypass(bucket, input.BypassGovernanceRetention);
  const { Objects, Quiet = false } = input.Delete!;
  if (!Objects || Objects.length === 0 || Objects.length > 1000) throw malformedXml();
  const Deleted = [];
  const Errors = [];
  for (const { Key, VersionId, ETag } of Objects) {
    try {
      authorizeOne(context, { Bucket: bucket.name, Key, VersionId }, input.BypassGovernanceRetention);
      if (VersionId !== undefined && !isVersionId(VersionId) && !versionOf(context.cloud, bucket.name, Key!, VersionId))
        throw noSuchVersion(Key!, VersionId);
      if (ETag !== undefined) checkTag(context, bucket, Key!, ETag);
      const { DeleteMarker, VersionId: version } = await remove(context, bucket, Key!, VersionId, input.BypassGovernanceRetention);
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

/** The header is refused where there is nothing to bypass, whatever it says. */
function checkBypass({ lock }: Bucket, bypassGovernance: boolean | undefined): void {
  if (lock || bypassGovernance === undefined) return;
  throw new AwsError("InvalidArgument", "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.", 400, {
    ArgumentName: "x-amz-bypass-governance-retention",
  });
}

/** Denials are listed as errors of their keys. */
function authorizeOne(context: OperationContext, one: Asking, bypassGovernance = false): void {
  const actions = [
    one.VersionId === undefined ? "DeleteObject" : "DeleteObjectVersion",
    ...(bypassGovernance ? ["BypassGovernanceRetention"] : []),
  ];
  for (const action of actions) {
    const asked = on(action, one, context);
    const decision = decide(context, asked);
    if (decision.outcome !== "allowed") throw accessDenied("s3", context.principal.arn, asked, decision);
  }
}

/** What is not there is deleted already. */
async function remove(
  context: OperationContext,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  bypassGovernance = false,
): Promise<Deleted> {
  const { cloud } = context;
  checkKey(key);
  if (versionId === undefined) {
    const before = latestOf(cloud, bucket.name, key);
    const marker = await removeObject(cloud, bucket, key);
    if (marker) await notify(context, bucket, "ObjectRemoved:DeleteMarkerCreated", marker);
    else if (before) await notify(context, bucket, "ObjectRemoved:Delete", before);
    return marker ? { DeleteMarker: true, VersionId: marker.version } : {};
  }
  const version = versionOf(cloud, bucket.name, key, versionId);
  if (!version) return { VersionId: versionId };
  checkDeletable(version.content, cloud.world.clock.nowMs(), bypassGovernance);
  removeVersion(cloud, bucket.name, version);
  await removeContent(cloud, version.content.files);
  await notify(context, bucket, "ObjectRemoved:Delete", version);
  return { VersionId: versionId, ...(version.marker && { DeleteMarker: true }) };
}

function checkTag({ cloud }: OperationContext, bucket: Bucket, key: string, wanted: string): void {
  const found = latestOf(cloud, bucket.name, key);
  const tag = wanted.replace(/^"|"$/gu, "");
  if (!found || found.marker || (tag !== "*" && tag !== found.content.etag)) throw preconditionFailed("If-Match");
}
