/** Buckets that go with their stack: S3 deletes none that holds anything, so all versions of all objects go before. */
import type { Template } from "@plinth/cloudformation";
import { isAwsError, type Aws } from "../aws.ts";
import { physicalIds } from "./physical-ids.ts";
import type { DeployedStack } from "./stack-state.ts";

/**
 * Empties the buckets of a template that its policies do not keep. Whoever calls has told what becomes of the data and has consent.
 * Programs no longer run by then: their stacks go first.
 */
export async function emptyBuckets(
  aws: Aws,
  stack: Pick<DeployedStack, "name">,
  template: Pick<Template, "Resources"> | undefined,
): Promise<void> {
  const going = Object.entries(template?.Resources ?? {}).filter(([, { DeletionPolicy = "Delete" }]) => DeletionPolicy === "Delete");
  for (const Bucket of await physicalIds(aws, stack, { Resources: Object.fromEntries(going) }, "AWS::S3::Bucket")) {
    try {
      await emptyBucket(aws, Bucket);
    } catch (error) {
      if (!isAwsError(error, "NoSuchBucket")) throw error;
    }
  }
}

/** A thousand at a time, as S3 lists and deletes them; from the first page on again, for what was listed is gone. */
async function emptyBucket(aws: Aws, Bucket: string): Promise<void> {
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await aws.call("s3", "ListObjectVersions", { Bucket });
    const all = [...Versions, ...DeleteMarkers];
    if (all.length === 0) return;
    const Objects = all.map(({ Key, VersionId }) => ({ Key: Key!, ...(VersionId === undefined ? {} : { VersionId }) }));
    const { Errors = [] } = await aws.call("s3", "DeleteObjects", { Bucket, Delete: { Objects, Quiet: true } });
    const [error] = Errors;
    if (error) throw new Error(`${Bucket}/${error.Key} could not be deleted: ${error.Message ?? error.Code}`);
  }
}
