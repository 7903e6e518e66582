/** Object tagging, GetObjectAttributes, GetObjectAcl, PutObjectAcl. */
import { AwsError } from "../../../aws-error.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { type Bucket, findBucket, ownerOf } from "../buckets.ts";
import { checksumMembers, fullChecksumMembers, versionMember } from "../content-members.ts";
import { invalidArgument, methodNotAllowed } from "../errors.ts";
import { changeContent, findObject, type ObjectVersion } from "../objects.ts";
import { tagList, tagSet } from "../tagging.ts";

type Named = {
  Bucket?: string | undefined;
  Key?: string | undefined;
  VersionId?: string | undefined;
  ExpectedBucketOwner?: string | undefined;
};

function look(context: OperationContext, input: Named): { bucket: Bucket; object: ObjectVersion } {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  const object = findObject(context.cloud, bucket.name, input.Key!, input.VersionId);
  if (object.marker) throw methodNotAllowed("GET", "DeleteMarker");
  return { bucket, object };
}

export const getObjectTagging = operation("s3", "GetObjectTagging", (input, context) => {
  const { bucket, object } = look(context, input);
  return { TagSet: tagList(object.content.tags), ...versionMember(object, bucket.versioning) };
});

export const putObjectTagging = operation("s3", "PutObjectTagging", (input, context) => {
  const { bucket, object } = look(context, input);
  changeContent(context.cloud, object, { ...object.content, tags: tagSet(input.Tagging!.TagSet, 10) });
  return versionMember(object, bucket.versioning);
});

export const deleteObjectTagging = operation("s3", "DeleteObjectTagging", (input, context) => {
  const { bucket, object } = look(context, input);
  changeContent(context.cloud, object, { ...object.content, tags: {} });
  return versionMember(object, bucket.versioning);
});

export const getObjectAttributes = operation("s3", "GetObjectAttributes", (input, context) => {
  const { bucket, object } = look(context, input);
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
    ...(wanted.includes("Checksum") && content.checksum && { Checksum: fullChecksumMembers(content.checksum) }),
    ...(wanted.includes("ObjectParts") &&
      content.parts && {
        ObjectParts: {
          TotalPartsCount: content.parts.length,
          // AWS names the parts themselves only where they have checksums.
          ...(content.checksum && {
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

export const getObjectAcl = operation("s3", "GetObjectAcl", (input, context) => {
  look(context, input);
  return ownerOnly(context.account);
});

export const putObjectAcl = operation("s3", "PutObjectAcl", (input, context) => {
  look(context, input);
  checkAcl(input);
  return {};
});

/** Buckets are their owner's alone, as AWS makes them since 2023: other lists are refused. */
export function checkAcl(input: { ACL?: string | undefined; AccessControlPolicy?: unknown }): void {
  const given = input as Record<string, unknown>;
  const grants = ["GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP", "AccessControlPolicy"].some(
    (name) => given[name] !== undefined,
  );
  if (grants || (input.ACL !== undefined && input.ACL !== "private" && input.ACL !== "bucket-owner-full-control")) {
    throw new AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs", 400);
  }
}

export function ownerOnly(account: string) {
  const Owner = ownerOf(account);
  return { Owner, Grants: [{ Grantee: { ...Owner, Type: "CanonicalUser" as const }, Permission: "FULL_CONTROL" as const }] };
}
