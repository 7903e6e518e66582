/** PutObject: streams the body to disk, then puts it under its key in one step. */
import type { Readable } from "node:stream";
import { operation } from "../../../service.ts";
import { byForm } from "../../../wire/form-upload.ts";
import { findBucket } from "../buckets.ts";
import { checkWrite } from "../conditions.ts";
import { removeContent, type Written, writeContent } from "../content.ts";
import {
  checksumMembers,
  defaultChecksum,
  describe,
  encryptionMembers,
  givenChecksum,
  quoted,
  writtenVersionMember,
} from "../content-members.ts";
import { writeThenCommit } from "../group-commit.ts";
import { expirationMember } from "../lifecycle.ts";
import { notify } from "../notifications.ts";
import { underKey } from "../object-keys.ts";
import { checkKey, latestOf, place } from "../objects.ts";
import { tooLarge } from "../upload-limits.ts";

export const putObject = operation("s3", "PutObject", async (input, context) => {
  const { cloud } = context;
  const { Bucket, Key, ContentLength } = input;
  const bucket = findBucket(context, Bucket!, input.ExpectedBucketOwner);
  checkKey(Key!);
  tooLarge(ContentLength);
  const described = describe(input, bucket, context.account, cloud.world.clock.nowMs());
  described.encryption = underKey(context, described.encryption, { bucket, key: Key! });
  const check = checkWrite(Key!, input);
  const before = latestOf(cloud, bucket.name, Key!);
  // What cannot hold is said before the body is taken, and looked at once more when it is put in place.
  check(before && !before.marker ? before : undefined);
  // The wire layer has computed the one that came along.
  const algorithm = givenChecksum(input) ? undefined : (input.ChecksumAlgorithm ?? defaultChecksum);
  let written: Written | undefined;
  try {
    const { version, dropped, given } = await writeThenCommit(
      cloud,
      async () => (written = await writeContent(cloud, input.Body as Readable | Uint8Array | string | undefined, algorithm)),
      ({ id, sizeBytes, md5, checksum: computed }) => {
        // The wire layer adds what came behind the body, so only now.
        const given = givenChecksum(input) ?? (computed === undefined ? undefined : { algorithm: algorithm!, value: computed });
        const content = {
          ...described,
          sizeBytes,
          etag: md5,
          files: [{ id, sizeBytes }],
          ...(given && { checksum: { ...given, type: "FULL_OBJECT" as const } }),
        };
        return { ...place(cloud, findBucket(context, Bucket!), Key!, content, check), given };
      },
    );
    // It is an object's now, whatever comes.
    written = undefined;
    await removeContent(cloud, dropped);
    await notify(context, bucket, byForm in input ? "ObjectCreated:Post" : "ObjectCreated:Put", version);
    return {
      ETag: quoted(version.content.etag),
      ...checksumMembers(given),
      ...(given && { ChecksumType: "FULL_OBJECT" as const }),
      ...encryptionMembers(described),
      ...expirationMember(bucket, version),
      ...writtenVersionMember(version, bucket.versioning),
    };
  } catch (error) {
    if (written) await removeContent(cloud, [written]);
    throw error;
  }
});
