/** Object tagging, GetObjectAttributes, GetObjectAcl, PutObjectAcl, RestoreObject. */
import { isDeepStrictEqual } from "node:util";
import { checkGrants, givenGrants, ownersGrants } from "../acl.ts";
import { httpStatus } from "../../../wire/write-output.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { type Bucket, findBucket, ownerOf } from "../buckets.ts";
import { checksumMembers, fullChecksumMembers, versionMember } from "../content-members.ts";
import { invalidArgument, missingAcl, malformedXml, markerInTheWay, notRestorable } from "../errors.ts";
import { notify } from "../notifications.ts";
import { changeContent, findObject, latestOf, type Checksum, type ObjectVersion } from "../objects.ts";
import { tagList, tagSet } from "../tagging.ts";
import { isArchive } from "./GetObject.ts";

type Named = {
  Bucket?: string | undefined;
  Key?: string | undefined;
  VersionId?: string | undefined;
  ExpectedBucketOwner?: string | undefined;
};

/** The object that a call on its details names; a delete marker has none: who reads does not find it, who writes may not. */
export function lookForDetails(
  context: OperationContext,
  input: Named,
  method: "GET" | "PUT" | "DELETE" = "GET",
): { bucket: Bucket; object: ObjectVersion } {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  const latest = input.VersionId === undefined && method !== "GET" ? latestOf(context.cloud, bucket.name, input.Key!) : undefined;
  const object = latest ?? findObject(context.cloud, bucket.name, input.Key!, input.VersionId);
  if (object.marker) throw markerInTheWay(method, object.version, object.modifiedMs);
  return { bucket, object };
}

export const getObjectTagging = operation("s3", "GetObjectTagging", (input, context) => {
  const { bucket, object } = lookForDetails(context, input);
  return { TagSet: tagList(object.content.tags), ...versionMember(object, bucket.versioning) };
});

export const putObjectTagging = operation("s3", "PutObjectTagging", async (input, context) => {
  const { bucket, object } = lookForDetails(context, input, "PUT");
  changeContent(context.cloud, object, { ...object.content, tags: tagSet(input.Tagging!.TagSet, "object") });
  await notify(context, bucket, "ObjectTagging:Put", object);
  return versionMember(object, bucket.versioning);
});

export const deleteObjectTagging = operation("s3", "DeleteObjectTagging", async (input, context) => {
  const { bucket, object } = lookForDetails(context, input, "DELETE");
  changeContent(context.cloud, object, { ...object.content, tags: {} });
  await notify(context, bucket, "ObjectTagging:Delete", object);
  return versionMember(object, bucket.versioning);
});

export const getObjectAttributes = operation("s3", "GetObjectAttributes", (input, context) => {
  const { bucket, object } = lookForDetails(context, input);
  const { content, modifiedMs } = object;
  const wanted = input.ObjectAttributes!;
  const unknown = wanted.find((each) => !["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"].includes(each));
  if (unknown !== undefined) throw invalidArgument("Invalid attribute name specified.", "x-amz-object-attributes", unknown);
  const marker = Number(input.PartNumberMarker ?? 0);
  const left = (content.parts ?? []).filter(({ number }) => number > marker);
  const page = left.slice(0, input.MaxParts ?? 1000);
  return {
    LastModified: new Date(modifiedMs),
    ...versionMember(object, bucket.versioning),
    ...(wanted.includes("ETag") && { ETag: content.etag }),
    ...(wanted.includes("Checksum") && content.checksum && { Checksum: attributeOf(content.checksum) }),
    ...(wanted.includes("ObjectParts") &&
      content.parts && {
        ObjectParts: {
          TotalPartsCount: content.parts.length,
          // AWS names the parts themselves only where the object's checksum is made of theirs.
          ...(content.checksum?.type === "COMPOSITE" && {
            PartNumberMarker: String(marker),
            NextPartNumberMarker: String(page.at(-1)?.number ?? 0),
            MaxParts: input.MaxParts ?? 1000,
            IsTruncated: left.length > page.length,
            Parts: page.map(({ number, sizeBytes, checksum }) => ({ PartNumber: number, Size: sizeBytes, ...checksumMembers(checksum) })),
          }),
        },
      }),
    ...(wanted.includes("StorageClass") && { StorageClass: content.storageClass as "STANDARD" }),
    ...(wanted.includes("ObjectSize") && { ObjectSize: content.sizeBytes }),
  };
});

/** Here, and nowhere else, a checksum of parts stands without their number. */
function attributeOf({ value, ...checksum }: Checksum) {
  return fullChecksumMembers({ ...checksum, value: value.replace(/-\d+$/u, "") });
}

export const getObjectAcl = operation("s3", "GetObjectAcl", (input, context) => {
  const { object } = lookForDetails(context, input);
  return { Owner: ownerOf(context.account), Grants: object.content.grants ?? ownersGrants(context.account) };
});

export const putObjectAcl = operation("s3", "PutObjectAcl", async (input, context) => {
  const { bucket, object } = lookForDetails(context, input, "PUT");
  const grants = givenGrants(input, context.account);
  if (!grants) throw missingAcl();
  checkGrants(bucket, grants, context.account);
  const earlier = object.content.grants ?? ownersGrants(context.account);
  changeContent(context.cloud, object, { ...object.content, grants });
  // A list that was the same is no event.
  if (!isDeepStrictEqual(grants, earlier)) await notify(context, bucket, "ObjectAcl:Put", object);
  return {};
});

const dayMs = 86_400_000;

/** Done at once: there is no archive to wait for. The copy can be read till midnight (UTC) behind the days that were asked for. */
export const restoreObject = operation("s3", "RestoreObject", async (input, context) => {
  const { bucket, object } = lookForDetails(context, input);
  const { content } = object;
  if (!isArchive(content.storageClass)) throw notRestorable(content.storageClass);
  const { Days } = input.RestoreRequest ?? {};
  if (Days === undefined) throw malformedXml();
  if (Days < 1) throw invalidArgument("The days must be a positive integer", "Days", Days);
  const nowMs = context.cloud.world.clock.nowMs();
  const again = (content.restoredUntilMs ?? 0) > nowMs;
  const restoredUntilMs = Math.ceil((nowMs + Days * dayMs) / dayMs) * dayMs;
  const restored = { ...object, content: { ...content, restoredUntilMs } };
  changeContent(context.cloud, object, restored.content);
  if (!again) {
    await notify(context, bucket, "ObjectRestore:Post", object);
    await notify(context, bucket, "ObjectRestore:Completed", restored);
  }
  return (again ? {} : { [httpStatus]: 202 }) as object;
});
