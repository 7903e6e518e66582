/**
 * Who asked for what: a line for each request to load balancers and buckets, in a bucket of the stage's own. It is written by the services
 * themselves, which its policy lets in. Source: Amazon S3 User Guide, "Enabling Amazon S3 server access logging"; Elastic Load Balancing,
 * "Access logs for your Application Load Balancer".
 */
import { declaredOf } from "@plinth/language/reading";
import { aclIsPrivate, closedBucket, oldVersions, onlyOverTls, unfinishedUploads } from "./closed-bucket.ts";
import { fateOfData, sub, type Compilation } from "./compilation.ts";
import { entrances } from "./entrance-kind.ts";
import type { Named } from "./inventory.ts";
import type { Made } from "./value.ts";

export interface BuiltAccessLogs {
  readonly bucket: Made;
  readonly policy: Made;
}

/** How long a line is kept: longer than most break-ins stay unnoticed for is a question of storage, so an app can name a bucket of its own. */
const keptDays = 90;

/** The prefix of the load balancer that the app's programs share. */
export const sharedPrefix = "shared-entrance";

/** Load balancers that log where the stage does, by their prefixes; the app may have named a bucket, or none. */
function loggedBalancers({ inventory }: Pick<Compilation, "inventory">): string[] {
  const own = inventory
    .of("loadBalancer")
    .filter(({ declared }) => declared.options.accessLogs === undefined)
    .map(({ kebab }) => kebab);
  return entrances(inventory).length > 0 ? [...own, sharedPrefix] : own;
}

/** A bucket that logs are written into keeps none of itself: each line would make the next. */
export function logsRequests({ inventory, hardened }: Pick<Compilation, "inventory" | "hardened">, { declared }: Named<"bucket">): boolean {
  const isTarget = inventory.of("loadBalancer").some((one) => declaredOf(one.declared.options.accessLogs || undefined) === declared);
  return hardened.accessLogs && !isTarget;
}

export function buildAccessLogs(compilation: Compilation): BuiltAccessLogs | undefined {
  const { draft, inventory, hardened } = compilation;
  if (!hardened.accessLogs) return undefined;
  const balancers = loggedBalancers(compilation);
  const buckets = inventory.of("bucket").filter((named) => logsRequests(compilation, named));
  if (balancers.length + buckets.length === 0) return undefined;
  const origin = { key: "accessLogs" };
  const bucket = draft.add("storage", "AccessLogBucket", origin, () => ({
    Type: "AWS::S3::Bucket",
    ...fateOfData(compilation).keep,
    Metadata: { ...aclIsPrivate, guard: { SuppressedRules: ["S3_BUCKET_LOGGING_ENABLED"] } },
    Properties: {
      ...closedBucket,
      VersioningConfiguration: { Status: "Enabled" },
      LifecycleConfiguration: {
        Rules: [unfinishedUploads(7), { Id: "objects", Status: "Enabled", ExpirationInDays: keptDays }, ...oldVersions(1)],
      },
    },
  }));
  const policy = draft.add("storage", "AccessLogBucketPolicy", origin, (here) => {
    const arn = here.take(bucket.attribute("Arn"));
    return {
      Type: "AWS::S3::BucketPolicy",
      Properties: {
        Bucket: here.take(bucket.ref()),
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            onlyOverTls(arn),
            ...balancers.map((prefix) => loadBalancersWrite(arn, prefix)),
            ...(buckets.length > 0 ? [bucketsWrite(arn)] : []),
          ],
        } as never,
      },
    };
  });
  return { bucket, policy };
}

export function loadBalancersWrite(arn: unknown, prefix: string): object {
  return {
    Effect: "Allow",
    Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
    Action: "s3:PutObject",
    Resource: sub(`\${Arn}/${prefix}/AWSLogs/\${AWS::AccountId}/*`, { Arn: arn }),
  };
}

/** S3, for the buckets of this account: theirs wait for this policy, so it cannot name them. */
function bucketsWrite(arn: unknown): object {
  return {
    Effect: "Allow",
    Principal: { Service: "logging.s3.amazonaws.com" },
    Action: "s3:PutObject",
    Resource: sub("${Arn}/s3/*", { Arn: arn }),
    Condition: {
      ArnLike: { "aws:SourceArn": sub("arn:${AWS::Partition}:s3:::*") },
      StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
    },
  };
}

/** Where a bucket's lines go. */
export const bucketPrefix = ({ kebab }: Named<"bucket">): string => `s3/${kebab}/`;
