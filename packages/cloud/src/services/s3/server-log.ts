/**
 * Server access logs: a line for each request that came over HTTP to a bucket whose logging is on, in AWS's format, gathered for five minutes
 * and written into the bucket that it names, as far as that bucket's policy lets S3 write. As on AWS it is no ledger: what was not written
 * when the cloud is killed is lost. Source: Amazon S3 User Guide, "Amazon S3 server access log format" and "Enabling server access logging".
 */
import type { BucketLoggingStatus, LoggingEnabled } from "@aws-sdk/client-s3";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { conditionKeys } from "../../identity/condition-keys.ts";
import { evaluate } from "../../identity/evaluate.ts";
import { policyOf } from "../../identity/policy.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { AnsweredRequest } from "../../service.ts";
import { type Bucket, bucketArn, buckets } from "./buckets.ts";
import { logLine } from "./server-log-line.ts";

/** AWS says within a few hours; whoever looks on a laptop waits for minutes at most. */
const periodMs = 5 * 60_000;
/** Lines of one bucket that are held in memory. */
const mostLines = 10_000;

interface Held {
  /** By the bucket that was asked. */
  lines: Map<string, string[]>;
  cancel: (() => void) | undefined;
  /** What is being written; never rejects. */
  writing: Promise<void>;
}

const memory = Symbol("s3.serverLog");
const held = (cloud: Cloud) => cloud.memory<Held>(memory, () => ({ lines: new Map(), cancel: undefined, writing: Promise.resolve() }));

const loggingOf = ({ configurations }: Bucket): LoggingEnabled | undefined =>
  (configurations["Logging"] as BucketLoggingStatus | undefined)?.LoggingEnabled;

/** Notes a request. */
export function noteRequest(answered: AnsweredRequest, cloud: Cloud): void {
  const { bucket: name } = answered;
  const bucket = name === undefined ? undefined : buckets(cloud).get("global", name);
  if (!bucket || !loggingOf(bucket)) return;
  const own = held(cloud);
  const lines = own.lines.get(bucket.name) ?? [];
  own.lines.set(bucket.name, lines);
  lines.push(logLine(answered, bucket.name, cloud));
  if (lines.length >= mostLines) void writeLogs(cloud);
  else own.cancel ??= cloud.world.clock.after(periodMs, () => void writeLogs(cloud));
}

/** Writes what has been gathered; resolves when it lies in the buckets. */
export async function writeLogs(cloud: Cloud): Promise<void> {
  const own = held(cloud);
  own.cancel?.();
  own.cancel = undefined;
  const gathered = own.lines;
  own.lines = new Map();
  own.writing = after(own.writing, async () => {
    for (const [name, lines] of gathered) await deliver(cloud, name, lines);
  });
  await own.writing;
}

async function after(earlier: Promise<void>, act: () => Promise<void>): Promise<void> {
  await earlier;
  await act();
}

/** Resolves when what was due lies in the buckets. */
export const logsWritten = (cloud: Cloud): Promise<void> => held(cloud).writing;

/** Forgets what has been gathered: the account is emptied. */
export async function dropLogs(cloud: Cloud): Promise<void> {
  const own = held(cloud);
  own.cancel?.();
  own.cancel = undefined;
  own.lines = new Map();
  await own.writing;
}

async function deliver(cloud: Cloud, name: string, lines: readonly string[]): Promise<void> {
  const source = buckets(cloud).get("global", name);
  const logging = source && loggingOf(source);
  const target = logging && buckets(cloud).get("global", logging.TargetBucket!);
  if (!target) return;
  const key = keyOf(cloud, source, logging);
  if (!letsIn(cloud, source, target, key)) return;
  const { account } = cloud;
  try {
    await cloud.as(servicePrincipal(account, "logging.s3.amazonaws.com", bucketArn(source.name)), target.region)("s3", "PutObject", {
      Bucket: target.name,
      Key: key,
      Body: Buffer.from(`${lines.join("\n")}\n`) as never,
      ContentType: "text/plain",
    });
  } catch (error) {
    if (!(error instanceof AwsError))
      console.error(`s3: the access log of ${name} was not written:`, error instanceof Error ? error.message : error);
  }
}

/** S3 is of no account, so nothing but the bucket's policy lets it in. */
function letsIn(cloud: Cloud, source: Bucket, target: Bucket, key: string): boolean {
  const principal = servicePrincipal(cloud.account, "logging.s3.amazonaws.com", bucketArn(source.name));
  const keys = conditionKeys({ cloud, region: target.region, account: cloud.account }, principal);
  const asked = { action: "s3:PutObject", resource: `${bucketArn(target.name)}/${key}`, keys };
  const policy = policyOf(cloud, target.policy ?? '{"Statement":[]}');
  return (
    evaluate({ identity: [] }, asked, { policy: { name: "resource policy", type: "resource", policy }, principal }).outcome === "allowed"
  );
}

/** `PREFIX2026-11-26-04-05-06-0123456789ABCDEF`, below a folder for each day where the bucket asks for that. */
function keyOf(cloud: Cloud, { name, region }: Bucket, { TargetPrefix = "", TargetObjectKeyFormat }: LoggingEnabled): string {
  const [day = "", time = ""] = new Date(cloud.world.clock.nowMs()).toISOString().split(/[T.]/u);
  const folder = TargetObjectKeyFormat?.PartitionedPrefix ? `${cloud.account}/${region}/${name}/${day.replaceAll("-", "/")}/` : "";
  return `${TargetPrefix}${folder}${day}-${time.replaceAll(":", "-")}-${cloud.world.random.hex(16).toUpperCase()}`;
}
