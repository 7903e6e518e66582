/** Buckets whose objects go with them: neither S3 nor CloudFormation deletes a bucket that holds anything. */
import { isAwsError, type Aws } from "./aws.ts";
import type { DataFate } from "./data-fate.ts";
import { DeployError } from "./deploy-error.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

/** Empties the buckets of a stack that are lost by its deletion, old versions and delete markers included. @throws DeployError */
export async function emptyLostBuckets(aws: Aws, stack: Pick<DeployedStack, "name">, data: readonly DataFate[]): Promise<void> {
  const lost = data.filter((one) => one.stack === stack.name && one.type === "AWS::S3::Bucket" && one.fate === "lost");
  for (const { logicalId: LogicalResourceId } of lost) {
    const { StackResources = [] } = await aws.call("cloudformation", "DescribeStackResources", {
      StackName: stack.name,
      LogicalResourceId,
    });
    const bucket = StackResources[0]?.PhysicalResourceId;
    if (bucket && StackResources[0]?.ResourceStatus !== "DELETE_COMPLETE") await empty(aws, bucket);
  }
}

async function empty(aws: Aws, Bucket: string): Promise<void> {
  try {
    // A page of at most a thousand is what one request deletes; what is deleted is in no later page.
    for (;;) {
      const { Versions = [], DeleteMarkers = [] } = await aws.call("s3", "ListObjectVersions", { Bucket });
      const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key: Key!, VersionId }));
      if (Objects.length === 0) return;
      const { Errors = [] } = await aws.call("s3", "DeleteObjects", { Bucket, Delete: { Objects, Quiet: true } });
      if (Errors[0]) throw new DeployError("stack-failed", `${Bucket} cannot be emptied: ${Errors[0].Key}: ${Errors[0].Message}`);
    }
  } catch (error) {
    if (!isAwsError(error, "NoSuchBucket")) throw error;
  }
}
