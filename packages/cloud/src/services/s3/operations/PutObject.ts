/** PutObject: streams the body to disk, then puts it under its key in one step. */
import type { Readable } from "node:stream";
import { operation } from "../../../service.ts";
import { findBucket } from "../buckets.ts";
import { checkWrite } from "../conditions.ts";
import { removeContent, writeContent } from "../content.ts";
import { checksumMembers, describe, encryptionMembers, givenChecksum, quoted, versionMember } from "../content-members.ts";
import { expirationMember } from "../lifecycle.ts";
import { notify } from "../notifications.ts";
import { checkKey, latestOf, place } from "../objects.ts";
import { tooLarge } from "../upload-limits.ts";

export const putObject = operation("s3", "PutObject", async (input, context) => {
  const { cloud } = context;
  const { Bucket, Key, ContentLength } = input;
  const bucket = findBucket(context, Bucket!, input.ExpectedBucketOwner);
  checkKey(Key!);
  tooLarge(ContentLength);
  const described = describe(input, bucket, context.account, cloud.world.clock.nowMs());
  const check = checkWrite(Key!, input);
  const before = latestOf(cloud, bucket.name, Key!);
  // What cannot hold is said before the body is taken, and looked at once more when it is put in place.
  check(before && !before.marker ? before : undefined);
  const written = await writeContent(cloud, input.Body as Readable | Uint8Array | string | undefined, input.ChecksumAlgorithm);
  try {
    // The wire layer adds what came behind the body, so only now.
    const given =
      givenChecksum(input) ??
      (written.checksum === undefined ? undefined : { algorithm: input.ChecksumAlgorithm!, value: written.checksum });
    const { version, dropped } = place(
      cloud,
      findBucket(context, Bucket!),
      Key!,
      {
        ...described,
        sizeBytes: written.sizeBytes,
        etag: written.md5,
        files: [{ id: written.id, sizeBytes: written.sizeBytes }],
        ...(given && { checksum: { ...given, type: "FULL_OBJECT" as const } }),
      },
      check,
    );
    await removeContent(cloud, dropped);
    await notify(context, bucket, "ObjectCreated:Put", version);
    return {
      ETag: quoted(written.md5),
      ...checksumMembers(given),
      ...(given && { ChecksumType: "FULL_OBJECT" as const }),
      ...encryptionMembers(described),
      ...expirationMember(bucket, version),
      ...versionMember(version, bucket.versioning),
    };
  } catch (error) {
    await removeContent(cloud, [written]);
    throw error;
  }
});
