/** How much the things hold that would be lost: what can be asked for quickly. What cannot be asked stays unsaid, and stops nothing. */
import type { Aws } from "../aws.ts";

export interface Holding {
  /** `31 objects in 40 versions, 1.2 MB`; absent where nothing could be found out. */
  text?: string;
  sizeBytes?: number;
}

type Look = (aws: Aws, id: string, now: Date) => Promise<Holding>;

const looks: Record<string, Look> = {
  "AWS::S3::Bucket": bucket,
  "AWS::RDS::DBInstance": database,
  "AWS::RDS::DBCluster": cluster,
  "AWS::ElastiCache::ReplicationGroup": cache,
  "AWS::Logs::LogGroup": logGroup,
  "AWS::SQS::Queue": queue,
};

/** Whether it can be asked how much things of this type hold. */
export const canHold = (type: string): boolean => Object.hasOwn(looks, type);

export async function holdingOf(aws: Aws, type: string, id: string, now: Date): Promise<Holding> {
  try {
    return (await looks[type]?.(aws, id, now)) ?? {};
  } catch {
    return {};
  }
}

export function sizeText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${units[unit]}`;
}

/** More than that are not counted: a thousand in a page. */
const mostPages = 10;

async function bucket(aws: Aws, Bucket: string): Promise<Holding> {
  let [objects, versions, sizeBytes, pages] = [0, 0, 0, 0];
  let KeyMarker: string | undefined;
  let VersionIdMarker: string | undefined;
  for (;;) {
    const page = await aws.call("s3", "ListObjectVersions", { Bucket, KeyMarker, VersionIdMarker });
    for (const { IsLatest, Size = 0 } of page.Versions ?? []) {
      versions++;
      if (IsLatest) objects++;
      sizeBytes += Size;
    }
    if (!page.IsTruncated || ++pages >= mostPages) {
      const more = page.IsTruncated ? "more than " : "";
      const counted = `${more}${objects} ${objects === 1 ? "object" : "objects"}`;
      return { text: `${counted}${versions > objects ? ` in ${versions} versions` : ""}, ${more}${sizeText(sizeBytes)}`, sizeBytes };
    }
    [KeyMarker, VersionIdMarker] = [page.NextKeyMarker, page.NextVersionIdMarker];
  }
}

async function database(aws: Aws, id: string, now: Date): Promise<Holding> {
  const { DBInstances: [instance] = [] } = await aws.call("rds", "DescribeDBInstances", { DBInstanceIdentifier: id });
  const free = await latest(aws, "AWS/RDS", "FreeStorageSpace", { Name: "DBInstanceIdentifier", Value: id }, now);
  const allocated = (instance?.AllocatedStorage ?? 0) * 1024 ** 3;
  if (free === undefined) return { text: `at most ${instance?.AllocatedStorage} GB` };
  const sizeBytes = Math.max(0, allocated - free);
  return { text: `about ${sizeText(sizeBytes)}`, sizeBytes };
}

async function cluster(aws: Aws, id: string, now: Date): Promise<Holding> {
  const sizeBytes = await latest(aws, "AWS/RDS", "VolumeBytesUsed", { Name: "DBClusterIdentifier", Value: id }, now);
  return sizeBytes === undefined ? {} : { text: `about ${sizeText(sizeBytes)}`, sizeBytes };
}

async function cache(aws: Aws, id: string, now: Date): Promise<Holding> {
  const items = await latest(aws, "AWS/ElastiCache", "CurrItems", { Name: "CacheClusterId", Value: `${id}-001` }, now);
  return items === undefined ? {} : { text: `${items} keys` };
}

async function logGroup(aws: Aws, logGroupNamePrefix: string): Promise<Holding> {
  const { logGroups = [] } = await aws.call("logs", "DescribeLogGroups", { logGroupNamePrefix });
  const sizeBytes = logGroups.find(({ logGroupName }) => logGroupName === logGroupNamePrefix)?.storedBytes;
  return sizeBytes === undefined ? {} : { text: sizeText(sizeBytes), sizeBytes };
}

async function queue(aws: Aws, QueueUrl: string): Promise<Holding> {
  const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"] as const;
  const { Attributes = {} } = await aws.call("sqs", "GetQueueAttributes", { QueueUrl, AttributeNames: [...names] });
  const count = names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  return { text: count === 1 ? "1 message" : `${count} messages` };
}

const hourMs = 3_600_000;

async function latest(
  aws: Aws,
  Namespace: string,
  MetricName: string,
  dimension: { Name: string; Value: string },
  now: Date,
): Promise<number | undefined> {
  const { Datapoints = [] } = await aws.call("cloudwatch", "GetMetricStatistics", {
    Namespace,
    MetricName,
    Dimensions: [dimension],
    StartTime: new Date(now.getTime() - 3 * hourMs),
    EndTime: now,
    Period: 300,
    Statistics: ["Average"],
  });
  return Datapoints.sort((a, b) => b.Timestamp!.getTime() - a.Timestamp!.getTime())[0]?.Average;
}
