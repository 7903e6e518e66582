/** ListParts and ListMultipartUploads: what was uploaded of objects that are not complete. */
import { operation } from "../../../service.ts";
import { findBucket, ownerOf } from "../buckets.ts";
import { checksumMembers, quoted } from "../content-members.ts";
import { invalidArgument } from "../errors.ts";
import { abortionOf } from "../lifecycle.ts";
import { isPrefix } from "../listing.ts";
import { findUpload, partsOf, type Upload, uploadsOf } from "../uploads.ts";

export const listParts = operation("s3", "ListParts", (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  const upload = findUpload(context.cloud, bucket.name, input.Key!, input.UploadId!);
  const { MaxParts = 1000 } = input;
  if (MaxParts < 0 || MaxParts > 2 ** 31 - 1)
    throw invalidArgument("Argument max-parts must be an integer between 0 and 2147483647", "max-parts", MaxParts);
  const marker = Number(input.PartNumberMarker ?? 0);
  const left = partsOf(context.cloud, upload.id).filter(({ number }) => number > marker);
  const page = left.slice(0, Math.min(MaxParts, 1000));
  const owner = ownerOf(context.account);
  return {
    Bucket: bucket.name,
    Key: upload.key,
    UploadId: upload.id,
    PartNumberMarker: String(marker),
    NextPartNumberMarker: String(page.at(-1)?.number ?? 0),
    MaxParts,
    IsTruncated: left.length > page.length,
    ...abortionOf(bucket, upload),
    Initiator: owner,
    Owner: owner,
    StorageClass: upload.described.storageClass as "STANDARD",
    ...(upload.checksumAlgorithm !== undefined && {
      ChecksumAlgorithm: upload.checksumAlgorithm as "CRC32",
      ChecksumType: upload.checksumType!,
    }),
    Parts: page.map(({ number, sizeBytes, etag, modifiedMs, checksum }) => ({
      PartNumber: number,
      LastModified: new Date(modifiedMs),
      ETag: quoted(etag),
      Size: sizeBytes,
      ...checksumMembers(checksum),
    })),
  };
});

export const listMultipartUploads = operation("s3", "ListMultipartUploads", (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  const { Prefix: prefix = "", Delimiter: delimiter = "", KeyMarker = "", UploadIdMarker = "", MaxUploads = 1000 } = input;
  if (MaxUploads < 0 || MaxUploads > 2 ** 31 - 1)
    throw invalidArgument("Argument max-uploads must be an integer between 0 and 2147483647", "max-uploads", MaxUploads);
  const items: (Upload | { prefix: string })[] = [];
  let truncated = false;
  let passed = KeyMarker === "";
  for (const upload of uploadsOf(context.cloud, bucket.name)) {
    if (!passed) {
      const order = Buffer.compare(Buffer.from(upload.key), Buffer.from(KeyMarker));
      if (order === 0 && UploadIdMarker !== "" && upload.id === UploadIdMarker) passed = true;
      // A marker that is a rolled-up prefix passes all keys below it.
      if (order <= 0 || (delimiter !== "" && KeyMarker.endsWith(delimiter) && upload.key.startsWith(KeyMarker))) continue;
      passed = true;
    }
    if (!upload.key.startsWith(prefix)) continue;
    const at = delimiter === "" ? -1 : upload.key.indexOf(delimiter, prefix.length);
    const rolled = at < 0 ? undefined : upload.key.slice(0, at + delimiter.length);
    if (rolled !== undefined && items.some((item) => isPrefix(item) && item.prefix === rolled)) continue;
    if (items.length === Math.min(MaxUploads, 1000)) {
      truncated = true;
      break;
    }
    items.push(rolled === undefined ? upload : { prefix: rolled });
  }
  const owner = ownerOf(context.account);
  const uploads = items.filter((item) => !isPrefix(item)) as Upload[];
  const last = items.at(-1);
  const prefixes = items.filter(isPrefix);
  return {
    Bucket: bucket.name,
    KeyMarker,
    UploadIdMarker,
    // Said on the last page too.
    NextKeyMarker: last === undefined ? "" : isPrefix(last) ? last.prefix : last.key,
    NextUploadIdMarker: last === undefined || isPrefix(last) ? "" : last.id,
    ...(prefix !== "" && { Prefix: prefix }),
    ...(delimiter !== "" && { Delimiter: delimiter }),
    MaxUploads,
    IsTruncated: truncated,
    ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
    ...(uploads.length > 0 && {
      Uploads: uploads.map(({ id, key, initiatedMs, described, checksumAlgorithm, checksumType }) => ({
        UploadId: id,
        Key: key,
        Initiated: new Date(initiatedMs),
        StorageClass: described.storageClass as "STANDARD",
        Owner: owner,
        Initiator: owner,
        ...(checksumAlgorithm !== undefined && { ChecksumAlgorithm: checksumAlgorithm as "CRC32", ChecksumType: checksumType! }),
      })),
    }),
    ...(prefixes.length > 0 && { CommonPrefixes: prefixes.map((item) => ({ Prefix: item.prefix })) }),
  };
});
