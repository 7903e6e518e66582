/** Buckets as AWS Backup copies them, with all versions, and brings the latest of each key back; never over an object that is there. */
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Cloud } from "../../cloud.ts";
import { AwsError } from "../../aws-error.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { type BackupSource, chosenItems, hasBrokenItems, type RestoreRequest } from "../../runtime/backup-sources.ts";
import { bucketArn, buckets, encryptionOf } from "./buckets.ts";
import { linkContent } from "./content.ts";
import { allVersions, latestOf, type ObjectVersion } from "./objects.ts";

/** What a copy's list says of each version, oldest first. */
type Kept = Pick<ObjectVersion, "key" | "version" | "marker" | "modifiedMs" | "content">;

const listFile = "versions.jsonl";
const atOnce = 8;

export function bucketBackups(cloud: Cloud): BackupSource {
  return {
    list: (region) =>
      buckets(cloud)
        .list("global")
        .filter((bucket) => bucket.region === region)
        .map(({ name, tags }) => ({ arn: bucketArn(name), tags })),
    regions: () => [
      ...new Set(
        buckets(cloud)
          .list("global")
          .map(({ region }) => region),
      ),
    ],
    async copy(_region, arn, folder) {
      const bucket = buckets(cloud).get("global", arn.slice(arn.lastIndexOf(":") + 1));
      if (!bucket) throw new Error(`The bucket ${arn} does not exist.`);
      if (bucket.versioning !== "Enabled") throw new Error(`Versioning is not enabled on bucket ${bucket.name}: AWS Backup needs it.`);
      const sizeBytes = await copyBucket(cloud, bucket.name, folder);
      return {
        sizeBytes,
        encrypted: true,
        metadata: { DestinationBucketName: bucket.name, Encrypted: "true", EncryptionType: encryptionOf(bucket).algorithm },
      };
    },
    fault(metadata) {
      if (metadata["DestinationBucketName"] === undefined) return "Metadata must name the bucket: DestinationBucketName.";
      if (hasBrokenItems(metadata)) return "ItemsToRestore must be a JSON list of keys.";
      return undefined;
    },
    restore: (region, request) => restoreBucket(cloud, region, request),
  };
}

/** @returns the bytes of all versions. */
async function copyBucket(cloud: Cloud, bucket: string, folder: string): Promise<number> {
  const { files } = cloud.world.disk;
  const draft = `${folder}.draft`;
  await files.rm(folder, { recursive: true, force: true });
  await files.rm(draft, { recursive: true, force: true });
  await files.mkdir(draft, { recursive: true, mode: 0o700 });
  const lines: string[] = [];
  let sizeBytes = 0;
  for (const { key, version, marker, modifiedMs, content } of allVersions(cloud, bucket)) {
    try {
      for (const { id } of content.files) await linkContent(cloud, id, join(draft, id));
    } catch (error) {
      // Removed for good since the list was read.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    lines.push(JSON.stringify({ key, version, marker, modifiedMs, content } satisfies Kept));
    sizeBytes += content.sizeBytes;
  }
  await cloud.world.disk.replaceFile(join(draft, listFile), lines.join("\n"));
  await files.rename(draft, folder);
  return sizeBytes;
}

async function restoreBucket(cloud: Cloud, region: string, { folder, metadata }: RestoreRequest): Promise<string> {
  const call = cloud.as(servicePrincipal(cloud.account, "backup.amazonaws.com"), region);
  const Bucket = metadata["DestinationBucketName"]!;
  if (metadata["NewBucket"] === "true") {
    const place = region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" } };
    await call("s3", "CreateBucket", { Bucket, ...place }).catch((error: unknown) => {
      // By an attempt that a kill interrupted.
      if (!(error instanceof AwsError && error.code === "BucketAlreadyOwnedByYou")) throw error;
    });
  }
  if (!buckets(cloud).has("global", Bucket))
    throw new Error(`The bucket ${Bucket} does not exist: restore into a new one, NewBucket: true.`);
  const text = await cloud.world.disk.files.readFile(join(folder, listFile), "utf8");
  const latest = new Map<string, Kept>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const kept = JSON.parse(line) as Kept;
    latest.set(kept.key, kept);
  }
  const items = chosenItems(metadata)?.map((item) => item.replace(/^s3:\/\/[^/]+\//, ""));
  const missing = items?.find((item) => !latest.has(item) || latest.get(item)!.marker);
  if (missing !== undefined) throw new Error(`${missing} is not in the recovery point.`);
  const wanted = [...latest.values()].filter(({ key, marker }) => !marker && (items?.includes(key) ?? true));
  const one = async () => {
    for (let kept = wanted.shift(); kept; kept = wanted.shift()) {
      const present = latestOf(cloud, Bucket, kept.key);
      if (present && !present.marker) continue;
      cloud.stopping.throwIfAborted();
      const { content } = kept;
      await call("s3", "PutObject", {
        ...content.headers,
        Bucket,
        Key: kept.key,
        Body: bytesOf(cloud, folder, content.files) as never,
        ContentLength: content.sizeBytes,
        Metadata: content.metadata,
        Tagging: new URLSearchParams(content.tags).toString(),
      });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return bucketArn(Bucket);
}

function bytesOf(cloud: Cloud, folder: string, stored: Kept["content"]["files"]): Readable {
  return Readable.from(
    (async function* () {
      for (const { id } of stored) yield* (await cloud.world.disk.files.open(join(folder, id), "r")).createReadStream();
    })(),
    { objectMode: false },
  );
}
