/**
 * What a release was made of, so that one can go back to it: its assembly and its images' addresses, as an object in the account's own
 * bucket. It holds templates and names, no secret's value, and nothing of the machine that deployed.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import type { Assembly } from "@plinth/compiler";
import { isAwsError, type Aws } from "../aws.ts";
import { accountBucket, ensureBucket } from "../stacks/template-bucket.ts";

export interface Snapshot {
  assembly: Assembly;
  /** Addresses by digest, by the image's name. */
  images: Record<string, string>;
}

const keyOf = (app: string, stage: string, number: number) => `releases/${app}/${stage}/${String(number).padStart(6, "0")}.json.gz`;

export async function writeSnapshot(aws: Aws, account: string, number: number, { assembly, images }: Snapshot): Promise<void> {
  const Bucket = accountBucket(aws, account);
  await ensureBucket(aws, Bucket);
  const portable: Snapshot = { assembly: { ...assembly, images: assembly.images.map((image) => ({ ...image, context: "" })) }, images };
  await aws.call("s3", "PutObject", {
    Bucket,
    Key: keyOf(assembly.app, assembly.stage, number),
    Body: gzipSync(JSON.stringify(portable)),
    ContentType: "application/json",
    ContentEncoding: "gzip",
  });
}

/** `undefined` when it is not there: a release of before there were any, or one that is no longer kept. */
export async function readSnapshot(
  aws: Aws,
  account: string,
  { app, stage }: Pick<Assembly, "app" | "stage">,
  number: number,
): Promise<Snapshot | undefined> {
  try {
    const { Body } = await aws.call("s3", "GetObject", { Bucket: accountBucket(aws, account), Key: keyOf(app, stage, number) });
    const bytes = await Body?.transformToByteArray();
    return bytes && (JSON.parse(gunzipSync(bytes).toString()) as Snapshot);
  } catch (error) {
    if (isAwsError(error, "NoSuchKey", "NoSuchBucket", "NotFound")) return undefined;
    throw error;
  }
}

export async function deleteSnapshot(
  aws: Aws,
  account: string,
  { app, stage }: Pick<Assembly, "app" | "stage">,
  number: number,
): Promise<void> {
  try {
    await aws.call("s3", "DeleteObject", { Bucket: accountBucket(aws, account), Key: keyOf(app, stage, number) });
  } catch (error) {
    if (!isAwsError(error, "NoSuchBucket", "NotFound")) throw error;
  }
}
