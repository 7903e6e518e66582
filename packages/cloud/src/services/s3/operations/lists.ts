/** ListObjects, ListObjectsV2, ListObjectVersions. */
import { readToken, writeToken } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { findBucket, ownerOf } from "../buckets.ts";
import { quoted } from "../content-members.ts";
import { invalidArgument } from "../errors.ts";
import { isPrefix, type Walked, walkObjects, walkVersions } from "../listing.ts";
import { type ObjectVersion, versionOf } from "../objects.ts";
import { isVersionId } from "../version-id.ts";

const mostKeys = 1000;

export const listObjectsV2 = operation("s3", "ListObjectsV2", (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  const { Prefix: prefix = "", Delimiter: delimiter, ContinuationToken, StartAfter, FetchOwner = false } = input;
  const MaxKeys = keysAsked(input.MaxKeys);
  checkEncoding(input.EncodingType);
  const query = JSON.stringify(["ListObjectsV2", bucket.name]);
  const token = ContinuationToken === undefined ? undefined : readToken(ContinuationToken, query);
  if (ContinuationToken !== undefined && token === undefined) {
    throw invalidArgument("The continuation token provided is incorrect", "continuation-token", ContinuationToken);
  }
  // A place to start after that the caller chose may well lie inside a prefix; one of ours stands behind what was given.
  const after = token ?? StartAfter ?? "";
  const walked = walkObjects(context.cloud, { bucket: bucket.name, prefix, delimiter, most: Math.min(MaxKeys, mostKeys) }, after);
  const Contents = contentsOf(walked, FetchOwner ? context.account : undefined);
  const CommonPrefixes = prefixesOf(walked);
  return {
    Name: bucket.name,
    Prefix: prefix,
    ...(delimiter !== undefined && delimiter !== "" && { Delimiter: delimiter }),
    MaxKeys,
    KeyCount: walked.items.length,
    IsTruncated: walked.truncated,
    ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
    ...(ContinuationToken !== undefined && { ContinuationToken }),
    // A place to start after is said back only where it counted.
    ...(StartAfter !== undefined && ContinuationToken === undefined && { StartAfter }),
    ...(walked.truncated && { NextContinuationToken: writeToken(lastOf(walked), query) }),
    ...(Contents.length > 0 && { Contents }),
    ...(CommonPrefixes.length > 0 && { CommonPrefixes }),
  };
});

export const listObjects = operation("s3", "ListObjects", (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  const { Prefix: prefix = "", Delimiter: delimiter, Marker = "" } = input;
  const MaxKeys = keysAsked(input.MaxKeys);
  checkEncoding(input.EncodingType);
  const walked = walkObjects(context.cloud, { bucket: bucket.name, prefix, delimiter, most: Math.min(MaxKeys, mostKeys) }, Marker);
  const Contents = contentsOf(walked, context.account);
  const CommonPrefixes = prefixesOf(walked);
  return {
    Name: bucket.name,
    Prefix: prefix,
    Marker,
    ...(delimiter !== undefined && delimiter !== "" && { Delimiter: delimiter }),
    MaxKeys,
    IsTruncated: walked.truncated,
    ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
    // As in AWS: only with a delimiter; else the last key is the marker.
    ...(walked.truncated && delimiter !== undefined && delimiter !== "" && { NextMarker: lastOf(walked) }),
    ...(Contents.length > 0 && { Contents }),
    ...(CommonPrefixes.length > 0 && { CommonPrefixes }),
  };
});

export const listObjectVersions = operation("s3", "ListObjectVersions", (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  const { Prefix: prefix = "", Delimiter: delimiter, KeyMarker = "", VersionIdMarker } = input;
  const MaxKeys = keysAsked(input.MaxKeys);
  checkEncoding(input.EncodingType);
  if (VersionIdMarker !== undefined) {
    const wrong = (message: string) => invalidArgument(message, "version-id-marker", VersionIdMarker);
    if (KeyMarker === "") throw wrong("A version-id marker cannot be specified without a key marker.");
    if (VersionIdMarker === "") throw wrong("A version-id marker cannot be empty.");
    if (!isVersionId(VersionIdMarker) && !versionOf(context.cloud, bucket.name, KeyMarker, VersionIdMarker))
      throw wrong("Invalid version id specified");
  }
  const marked = VersionIdMarker === undefined ? undefined : versionOf(context.cloud, bucket.name, KeyMarker, VersionIdMarker)?.sequence;
  const walked = walkVersions(
    context.cloud,
    { bucket: bucket.name, prefix, delimiter, most: Math.min(MaxKeys, mostKeys) },
    KeyMarker,
    marked,
  );
  const Owner = ownerOf(context.account);
  const versions = walked.items.filter((item) => !isPrefix(item)) as ObjectVersion[];
  const common = ({ key, version, latest, modifiedMs }: ObjectVersion) => ({
    Key: key,
    VersionId: version,
    IsLatest: latest,
    LastModified: new Date(modifiedMs),
    Owner,
  });
  const Versions = versions
    .filter(({ marker }) => !marker)
    .map((each) => ({
      ...common(each),
      ETag: quoted(each.content.etag),
      Size: each.content.sizeBytes,
      StorageClass: each.content.storageClass as "STANDARD",
    }));
  const DeleteMarkers = versions.filter(({ marker }) => marker).map(common);
  const last = walked.items.at(-1);
  const CommonPrefixes = prefixesOf(walked);
  return {
    Name: bucket.name,
    Prefix: prefix,
    KeyMarker,
    VersionIdMarker: VersionIdMarker ?? "",
    MaxKeys,
    IsTruncated: walked.truncated,
    ...(delimiter !== undefined && delimiter !== "" && { Delimiter: delimiter }),
    ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
    ...(walked.truncated &&
      last &&
      (isPrefix(last) ? { NextKeyMarker: last.prefix } : { NextKeyMarker: last.key, NextVersionIdMarker: last.version })),
    ...(Versions.length > 0 && { Versions }),
    ...(DeleteMarkers.length > 0 && { DeleteMarkers }),
    ...(CommonPrefixes.length > 0 && { CommonPrefixes }),
  };
});

function keysAsked(given: number | undefined): number {
  const asked = given ?? mostKeys;
  if (!Number.isInteger(asked) || asked < 0 || asked > 2 ** 31 - 1) {
    throw invalidArgument("Argument maxKeys must be an integer between 0 and 2147483647", "maxKeys", asked);
  }
  return Math.min(asked, mostKeys);
}

function checkEncoding(given: string | undefined): void {
  if (given !== undefined && given !== "url") throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", given);
}

function contentsOf({ items }: Walked<ObjectVersion>, owner: string | undefined) {
  return items.flatMap((item) => {
    if (isPrefix(item)) return [];
    const { key, modifiedMs, content } = item;
    return [
      {
        Key: key,
        LastModified: new Date(modifiedMs),
        ETag: quoted(content.etag),
        ...(content.checksum && { ChecksumAlgorithm: [content.checksum.algorithm as "CRC32"], ChecksumType: content.checksum.type }),
        Size: content.sizeBytes,
        StorageClass: content.storageClass as "STANDARD",
        ...(owner !== undefined && { Owner: ownerOf(owner) }),
      },
    ];
  });
}

function prefixesOf({ items }: Walked<ObjectVersion>) {
  return items.flatMap((item) => (isPrefix(item) ? [{ Prefix: item.prefix }] : []));
}

function lastOf({ items }: Walked<ObjectVersion>): string {
  const last = items.at(-1)!;
  return isPrefix(last) ? last.prefix : last.key;
}
