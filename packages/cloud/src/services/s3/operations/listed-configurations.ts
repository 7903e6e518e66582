/**
 * Configurations of which a bucket can have many, each by an id: inventories, metrics, analytics, intelligent tiering. Kept and
 * answered, without effect.
 */
import type { InventoryConfiguration } from "@aws-sdk/client-s3";
import { AwsError } from "../../../aws-error.ts";
import { pageOf } from "../../../paging.ts";
import type { OperationContext } from "../../../service.ts";
import { httpStatus } from "../../../wire/write-output.ts";
import { buckets, findBucket } from "../buckets.ts";
import { invalidArgument, malformedXml } from "../errors.ts";

interface Named {
  Bucket?: string | undefined;
  Id?: string | undefined;
  ContinuationToken?: string | undefined;
  ExpectedBucketOwner?: string | undefined;
}

type Kept = Record<string, object>;

const most = 1000;
const pageSize = 100;

/** What an inventory can list of each object (Amazon S3 API, InventoryConfiguration). */
const inventoryFields = [
  "Size",
  "LastModifiedDate",
  "StorageClass",
  "ETag",
  "IsMultipartUploaded",
  "ReplicationStatus",
  "EncryptionStatus",
  "ObjectLockRetainUntilDate",
  "ObjectLockMode",
  "ObjectLockLegalHoldStatus",
  "IntelligentTieringAccessTier",
  "BucketKeyStatus",
  "ChecksumAlgorithm",
  "ObjectAccessControlList",
  "ObjectOwner",
  "LifecycleExpirationDate",
];

function checkInventory({ Destination, Schedule, IncludedObjectVersions, OptionalFields = [] }: InventoryConfiguration): void {
  const { Bucket, Format } = Destination?.S3BucketDestination ?? {};
  const known =
    ["CSV", "ORC", "Parquet"].includes(Format ?? "") &&
    ["Daily", "Weekly"].includes(Schedule?.Frequency ?? "") &&
    ["All", "Current"].includes(IncludedObjectVersions ?? "") &&
    OptionalFields.every((field) => inventoryFields.includes(field));
  if (!known) throw malformedXml();
  if (!/^arn:[\w-]+:s3:::[^/]+$/u.test(Bucket ?? "")) throw new AwsError("InvalidS3DestinationBucket", "Invalid bucket ARN.", 400);
}

/** The four operations of one kind; `member` is how its configuration is called in calls and answers. */
function operationsOf(kind: string, member: string): Record<string, (input: Named, context: OperationContext) => object> {
  const find = (input: Named, context: OperationContext) => {
    const bucket = findBucket(context, input.Bucket!, input.ExpectedBucketOwner);
    return { bucket, kept: (bucket.configurations[kind] ?? {}) as Kept };
  };
  const absent = () => new AwsError("NoSuchConfiguration", "The specified configuration does not exist.", 404);
  const keep = ({ cloud }: OperationContext, bucket: ReturnType<typeof find>["bucket"], kept: Kept) =>
    buckets(cloud).put("global", bucket.name, { ...bucket, configurations: { ...bucket.configurations, [kind]: kept } });
  return {
    [`PutBucket${kind}Configuration`](input, context) {
      const { bucket, kept } = find(input, context);
      const given = (input as Record<string, unknown>)[member] as { Id?: string } | undefined;
      if (!given) throw malformedXml();
      if (given.Id !== input.Id) throw new AwsError("IdMismatch", "Document ID does not match the specified configuration ID.", 400);
      if (kind === "Inventory") checkInventory(given as InventoryConfiguration);
      if (!Object.hasOwn(kept, input.Id!) && Object.keys(kept).length >= most) {
        throw new AwsError(
          "TooManyConfigurations",
          "You are attempting to create a new configuration but have already reached the 1,000-configuration limit. ",
          400,
        );
      }
      keep(context, bucket, { ...kept, [input.Id!]: given });
      return kind === "Inventory" ? ({ [httpStatus]: 204 } as object) : {};
    },
    [`GetBucket${kind}Configuration`](input, context) {
      const { kept } = find(input, context);
      if (!Object.hasOwn(kept, input.Id!)) throw absent();
      return { [member]: kept[input.Id!] };
    },
    [`DeleteBucket${kind}Configuration`](input, context) {
      const { bucket, kept } = find(input, context);
      if (!Object.hasOwn(kept, input.Id!)) throw absent();
      const { [input.Id!]: _removed, ...left } = kept;
      keep(context, bucket, left);
      return {};
    },
    [`ListBucket${kind}Configurations`](input, context) {
      const { bucket, kept } = find(input, context);
      const ids = Object.keys(kept).sort();
      const page = pageOf(ids, {
        size: pageSize,
        token: input.ContinuationToken,
        keyOf: (id) => id,
        query: JSON.stringify([kind, bucket.name]),
        invalid: () => invalidArgument("The continuation token provided is incorrect", "continuation-token", input.ContinuationToken),
      });
      return {
        IsTruncated: page.nextToken !== undefined,
        ...(input.ContinuationToken !== undefined && { ContinuationToken: input.ContinuationToken }),
        ...(page.nextToken !== undefined && { NextContinuationToken: page.nextToken }),
        ...(page.items.length > 0 && { [`${member}List`]: page.items.map((id) => kept[id]) }),
      };
    },
  };
}

export const listedKinds = ["Inventory", "Metrics", "Analytics", "IntelligentTiering"];

export const listedConfigurationOperations = Object.assign(
  {},
  ...listedKinds.map((kind) => operationsOf(kind, `${kind}Configuration`)),
) as ReturnType<typeof operationsOf>;
