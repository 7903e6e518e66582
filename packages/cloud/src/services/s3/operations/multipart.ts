/** CreateMultipartUpload, UploadPart, UploadPartCopy, CompleteMultipartUpload, AbortMultipartUpload. */
import type { Readable } from "node:stream";
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { operation } from "../../../service.ts";
import { findBucket } from "../buckets.ts";
import { checkUploadWrite } from "../conditions.ts";
import { readContent, removeContent, type Written, writeContent } from "../content.ts";
import {
  checksumAlgorithms,
  checksumMembers,
  defaultChecksum,
  describe,
  encryptionMembers,
  fullChecksumMembers,
  givenChecksum,
  quoted,
  writtenVersionMember,
} from "../content-members.ts";
import { findSource } from "../copy-source.ts";
import { isCrc } from "../crc-combine.ts";
import { invalidArgument, invalidRequest, malformedXml, preconditionFailed } from "../errors.ts";
import { abortionOf, expirationMember } from "../lifecycle.ts";
import { notify } from "../notifications.ts";
import { underKey } from "../object-keys.ts";
import { checkKey, latestOf, type Part, place, wholeSeconds } from "../objects.ts";
import { maximumParts, minimumPartBytes, tooLarge } from "../upload-limits.ts";
import {
  abandonUpload,
  findUpload,
  forgetUpload,
  multipartChecksum,
  multipartTag,
  partsOf,
  putPart,
  putUpload,
  stoodOf,
  type Upload,
} from "../uploads.ts";

export const createMultipartUpload = operation("s3", "CreateMultipartUpload", (input, context) => {
  const { cloud } = context;
  const { Bucket, Key, ChecksumAlgorithm } = input;
  const bucket = findBucket(context, Bucket!, input.ExpectedBucketOwner);
  checkKey(Key!);
  const described = describe(input, bucket, context.account, cloud.world.clock.nowMs());
  described.encryption = underKey(context, described.encryption, { bucket, key: Key!, parts: true });
  if (ChecksumAlgorithm !== undefined && !(checksumAlgorithms as readonly string[]).includes(ChecksumAlgorithm)) {
    throw invalidRequest(
      "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    );
  }
  const ChecksumType =
    ChecksumAlgorithm === undefined ? undefined : (input.ChecksumType ?? (ChecksumAlgorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE"));
  if (ChecksumAlgorithm === undefined && input.ChecksumType !== undefined)
    throw invalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
  if (ChecksumAlgorithm === "CRC64NVME" && ChecksumType === "COMPOSITE")
    throw invalidRequest("The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.");
  if (ChecksumType === "FULL_OBJECT" && !isCrc(ChecksumAlgorithm!)) {
    throw invalidRequest(`The FULL_OBJECT checksum type cannot be used with the ${ChecksumAlgorithm!.toLowerCase()} checksum algorithm.`);
  }
  const id = cloud.world.random.text(64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.");
  const initiatedMs = wholeSeconds(cloud.world.clock.nowMs());
  putUpload(cloud, {
    id,
    bucket: bucket.name,
    key: Key!,
    initiatedMs,
    described,
    ...stoodOf(latestOf(cloud, bucket.name, Key!)),
    ...(ChecksumAlgorithm !== undefined && { checksumAlgorithm: ChecksumAlgorithm, checksumType: ChecksumType! }),
  });
  return {
    Bucket: bucket.name,
    Key: Key!,
    UploadId: id,
    ...abortionOf(bucket, { key: Key!, initiatedMs }),
    ...encryptionMembers(described),
    ...(ChecksumAlgorithm !== undefined && { ChecksumAlgorithm, ChecksumType: ChecksumType! }),
  };
});

export const uploadPart = operation("s3", "UploadPart", async (input, context) => {
  const { cloud } = context;
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  checkNumber(input.PartNumber!);
  tooLarge(input.ContentLength);
  const upload = findUpload(cloud, bucket.name, input.Key!, input.UploadId!);
  const early = givenChecksum(input);
  if (upload.checksumAlgorithm !== undefined && early) checkSameKind(upload.checksumAlgorithm, early.algorithm);
  const algorithm = upload.checksumAlgorithm === undefined ? defaultChecksum : early ? undefined : upload.checksumAlgorithm;
  const written = await writeContent(cloud, input.Body as Readable | Uint8Array | string | undefined, algorithm);
  let part: Part;
  let checksum: Part["checksum"];
  try {
    // What came behind the body is known only now.
    const given = givenChecksum(input);
    if (upload.checksumAlgorithm !== undefined && (given || input.ChecksumAlgorithm !== undefined))
      checkSameKind(upload.checksumAlgorithm, given?.algorithm ?? input.ChecksumAlgorithm);
    const own = upload.checksumAlgorithm !== undefined && written.checksum !== undefined;
    checksum = given ?? (own ? { algorithm: upload.checksumAlgorithm!, value: written.checksum! } : undefined);
    // An upload that was begun without checksums checks those of its parts and keeps none.
    part = partOf(cloud, input.PartNumber!, written, upload.checksumAlgorithm === undefined ? undefined : checksum, upload);
  } catch (error) {
    await removeContent(cloud, [written]);
    throw error;
  }
  await keepPart(context, upload, part);
  return {
    ETag: quoted(written.md5),
    ...encryptionMembers(upload.described),
    ...checksumMembers(checksum),
  };
});

/** Parts have the kind of checksum that their upload was begun with. */
function checkSameKind(expected: string, actual: string | undefined): void {
  if (expected === actual) return;
  throw invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${actual?.toLowerCase() ?? "null"}`,
  );
}

export const uploadPartCopy = operation("s3", "UploadPartCopy", async (input, context) => {
  const { cloud } = context;
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  checkNumber(input.PartNumber!);
  const upload = findUpload(cloud, bucket.name, input.Key!, input.UploadId!);
  const { versioned, object } = findSource(context, input);
  const size = object.content.sizeBytes;
  const [, start = "0", end = String(size - 1)] = /^bytes=(\d+)-(\d+)$/u.exec(input.CopySourceRange ?? "") ?? [];
  if (input.CopySourceRange !== undefined && (!/^bytes=\d+-\d+$/u.test(input.CopySourceRange) || Number(start) > Number(end))) {
    throw invalidArgument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
      "x-amz-copy-source-range",
      input.CopySourceRange,
    );
  }
  if (Number(start) >= size && input.CopySourceRange !== undefined)
    throw invalidRequest("The specified copy range is invalid for the source object size");
  if (Number(end) >= size && input.CopySourceRange !== undefined) {
    throw invalidArgument(
      `Range specified is not valid for source object of size: ${size}`,
      "x-amz-copy-source-range",
      input.CopySourceRange,
    );
  }
  const algorithm = upload.checksumAlgorithm ?? defaultChecksum;
  const written = await writeContent(cloud, readContent(cloud, object.content.files, Number(start), Number(end)), algorithm);
  const own = upload.checksumAlgorithm !== undefined && written.checksum !== undefined;
  const part = partOf(cloud, input.PartNumber!, written, own ? { algorithm, value: written.checksum! } : undefined, upload);
  await keepPart(context, upload, part);
  return {
    ...encryptionMembers(upload.described),
    CopyPartResult: { ETag: quoted(written.md5), LastModified: new Date(part.modifiedMs), ...checksumMembers(part.checksum) },
    ...(versioned && { CopySourceVersionId: object.version }),
  };
});

type Context = Parameters<Parameters<typeof operation<"s3", "UploadPart">>[2]>[1];

function partOf(cloud: Cloud, number: number, written: Written, checksum: Part["checksum"], upload: Upload): Part {
  return {
    number,
    sizeBytes: written.sizeBytes,
    etag: written.md5,
    file: { id: written.id, sizeBytes: written.sizeBytes },
    modifiedMs: wholeSeconds(cloud.world.clock.nowMs()),
    ...(checksum && { checksum }),
    ...(upload.checksumAlgorithm === undefined && written.checksum !== undefined && { crc: written.checksum }),
  };
}

/** The upload may have ended while the bytes came in. */
async function keepPart({ cloud }: Context, upload: Upload, part: Part): Promise<void> {
  try {
    findUpload(cloud, upload.bucket, upload.key, upload.id);
  } catch (error) {
    await removeContent(cloud, [part.file]);
    throw error;
  }
  const before = putPart(cloud, upload.id, part);
  if (before) await removeContent(cloud, [before.file]);
}

function checkNumber(number: number): void {
  if (number < 1 || number > maximumParts)
    throw invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", number);
}

export const completeMultipartUpload = operation("s3", "CompleteMultipartUpload", async (input, context) => {
  const { cloud } = context;
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  const upload = findUpload(cloud, bucket.name, input.Key!, input.UploadId!);
  if (!input.MultipartUpload) throw invalidRequest("You must specify at least one part");
  const wanted = input.MultipartUpload.Parts ?? [];
  if (wanted.length === 0) throw malformedXml();
  const uploaded = partsOf(cloud, upload.id);
  const parts: Part[] = [];
  for (const given of wanted) {
    const part = uploaded.find(({ number }) => number === given.PartNumber);
    const checksum = givenChecksum(given);
    if (upload.checksumType === "COMPOSITE" && !checksum) {
      throw invalidRequest(
        `The upload was created using a ${upload.checksumAlgorithm!.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${given.PartNumber} in the request.`,
      );
    }
    const tag = (given.ETag ?? "").replace(/^"|"$/gu, "");
    if (!part || part.etag !== tag || (checksum && checksum.value !== part.checksum?.value)) {
      throw new AwsError(
        "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        400,
        { UploadId: upload.id, PartNumber: given.PartNumber, ETag: tag },
      );
    }
    if (parts.length > 0 && part.number <= parts.at(-1)!.number) {
      throw new AwsError("InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.", 400, {
        UploadId: upload.id,
      });
    }
    parts.push(part);
  }
  const small = parts.slice(0, -1).find(({ sizeBytes }) => sizeBytes < minimumPartBytes);
  if (small) {
    throw new AwsError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400, {
      ETag: small.etag,
      MinSizeAllowed: minimumPartBytes,
      PartNumber: small.number,
      ProposedSize: small.sizeBytes,
    });
  }
  const sizeBytes = parts.reduce((total, part) => total + part.sizeBytes, 0);
  if (input.MpuObjectSize !== undefined && input.MpuObjectSize !== sizeBytes) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${sizeBytes}`,
    );
  }
  const checksum = multipartChecksum(upload, parts);
  const given = givenChecksum(input);
  if (input.ChecksumType !== undefined && input.ChecksumType !== upload.checksumType) {
    throw invalidRequest(
      `The upload was created using the ${upload.checksumType ?? "null"} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  if (given && checksum && given.algorithm !== checksum.algorithm) checkSameKind(checksum.algorithm, given.algorithm);
  if (given && checksum && given.value !== checksum.value) {
    throw new AwsError("BadDigest", `The ${given.algorithm.toLowerCase()} you specified did not match the calculated checksum.`, 400);
  }
  const etag = multipartTag(parts);
  const { version, dropped } = cloud.store.transaction(() => {
    const placed = place(
      cloud,
      bucket,
      upload.key,
      { ...upload.described, sizeBytes, etag, files: parts.map(({ file }) => file), parts, ...(checksum && { checksum }) },
      checkUploadWrite(upload, input),
    );
    forgetUpload(cloud, upload.id);
    return placed;
  });
  const unused = uploaded.filter(({ file }) => !parts.some((part) => part.file.id === file.id));
  await removeContent(cloud, [...dropped, ...unused.map(({ file }) => file)]);
  await notify(context, bucket, "ObjectCreated:CompleteMultipartUpload", version);
  return {
    Location: `${cloud.endpoint}/${bucket.name}/${encodeURIComponent(upload.key).replaceAll("%2F", "/")}`,
    Bucket: bucket.name,
    Key: upload.key,
    ETag: quoted(etag),
    ...fullChecksumMembers(checksum),
    ...encryptionMembers(upload.described),
    ...expirationMember(bucket, version),
    ...writtenVersionMember(version, bucket.versioning),
  };
});

export const abortMultipartUpload = operation("s3", "AbortMultipartUpload", async (input, context) => {
  const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
  const upload = findUpload(context.cloud, bucket.name, input.Key!, input.UploadId!);
  if (input.IfMatchInitiatedTime && input.IfMatchInitiatedTime.getTime() !== upload.initiatedMs)
    throw preconditionFailed("x-amz-if-match-initiated-time");
  await abandonUpload(context.cloud, upload.id);
  return {};
});
