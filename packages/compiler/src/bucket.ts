/** A bucket on S3: closed to the public, encrypted, over TLS only. Source: aws-recipes §1 and §5, Amazon S3 User Guide. */
import { durationSeconds, type AnyDeclared } from "@plinth/language/reading";
import type { Cors } from "@plinth/language";
import { bucketPrefix, loadBalancersWrite, type BuiltAccessLogs } from "./access-logs.ts";
import { aclIsPrivate, closedBucket, oldVersions, onlyOverTls, unfinishedUploads } from "./closed-bucket.ts";
import { fateOfData, sub, type Compilation, type Grant, type Target } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import { notificationsOf } from "./bucket-notification.ts";
import type { Here, Made, Value } from "./value.ts";

export interface BuiltBucket extends Target {
  readonly named: Named<"bucket">;
  readonly bucket: Made;
  readonly policy: Made;
}

/** Where a bucket's notifications go: the ARN, and what must stand before. */
export interface NotificationTarget {
  readonly arn: Value;
  readonly policy: Made | undefined;
}

export function buildBucket(
  compilation: Compilation,
  named: Named<"bucket">,
  {
    targetOf,
    logsOf,
    accessLogs,
  }: {
    targetOf: (of: AnyDeclared) => NotificationTarget | undefined;
    /** The load balancers that write their logs into it, by their prefixes. */
    logsOf: readonly string[];
    /** Where the requests to it are logged. */
    accessLogs: BuiltAccessLogs | undefined;
  },
): BuiltBucket {
  const { draft, hardened } = compilation;
  const { id, declared } = named;
  const { options } = declared;
  const origin = compilation.origin(named);
  const bucket = draft.add("storage", id, { ...origin, part: "Bucket" }, (here) => ({
    Type: "AWS::S3::Bucket",
    ...fateOfData(compilation).keep,
    Metadata: aclIsPrivate,
    ...(accessLogs && dependsOn(here.after([accessLogs.policy]))),
    Properties: {
      BucketName: options.name,
      ...closedBucket,
      ...((options.versioned ?? hardened.versions) && { VersioningConfiguration: { Status: "Enabled" } }),
      LifecycleConfiguration: { Rules: lifecycle(compilation, named) },
      ...(accessLogs && {
        LoggingConfiguration: { DestinationBucketName: here.take(accessLogs.bucket.ref()), LogFilePrefix: bucketPrefix(named) },
      }),
      ...(options.cors && { CorsConfiguration: { CorsRules: [options.cors].flat().map(corsRule) } }),
      ...notifications(named, here, targetOf),
    },
  }));
  const policy = draft.add("storage", `${id}Policy`, { ...origin, part: "BucketPolicy" }, (here) => {
    const arn = here.take(bucket.attribute("Arn"));
    return {
      Type: "AWS::S3::BucketPolicy",
      Properties: {
        Bucket: here.take(bucket.ref()),
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [onlyOverTls(arn), ...logsOf.map((prefix) => loadBalancersWrite(arn, prefix))],
        } as never,
      },
    };
  });
  return {
    named,
    bucket,
    policy,
    inject: () => ({ kind: "open", value: (here) => here.take(bucket.ref()) }),
    grants: (facet) =>
      bucketGrants(facet ?? "read", {
        bucket: (here) => here.take(bucket.attribute("Arn")),
        objects: (here) => sub("${Arn}/*", { Arn: here.take(bucket.attribute("Arn")) }),
      }),
  };
}

/** What each use of a bucket allows, and nothing beyond. */
export function bucketGrants(
  use: string,
  { bucket, objects }: { bucket: (here: Here) => unknown; objects: (here: Here) => unknown },
): Grant[] {
  const reads = use === "read" || use === "readWrite";
  const writes = use === "write" || use === "readWrite";
  return [
    ...(reads ? [{ actions: ["s3:ListBucket"], resources: (here: Here) => [bucket(here)] }] : []),
    {
      actions: [
        ...(reads ? ["s3:GetObject"] : []),
        ...(writes ? ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"] : []),
      ],
      resources: (here) => [objects(here)],
    },
  ];
}

function lifecycle({ hardened }: Pick<Compilation, "hardened">, { declared: { options } }: Named<"bucket">) {
  const { expire = {}, versioned } = options;
  const { objects } = expire;
  const old = expire.oldVersions ?? (versioned === undefined && hardened.versions ? "30 days" : undefined);
  const days = (text: string): number => Number.parseInt(text, 10);
  return [
    unfinishedUploads(days(expire.unfinishedUploads ?? "7 days")),
    ...(options.tiering === "intelligent"
      ? [{ Id: "tiering", Status: "Enabled", Transitions: [{ StorageClass: "INTELLIGENT_TIERING", TransitionInDays: 0 }] }]
      : []),
    ...(objects === undefined ? [] : [{ Id: "objects", Status: "Enabled", ExpirationInDays: days(objects) }]),
    ...(old === undefined ? [] : oldVersions(days(old))),
  ];
}

function corsRule({ origins, methods, headers = ["*"], expose = ["ETag"], maxAge = "1 hour" }: Cors) {
  return {
    AllowedOrigins: [...origins],
    AllowedMethods: [...methods],
    AllowedHeaders: [...headers],
    ...(expose.length > 0 && { ExposedHeaders: [...expose] }),
    MaxAge: durationSeconds(maxAge) ?? 3600,
  };
}

function notifications(named: Named<"bucket">, here: Here, targetOf: (of: AnyDeclared) => NotificationTarget | undefined) {
  const all = notificationsOf(named.declared).flatMap(({ to, event, prefix, suffix }) => {
    const target = to && targetOf(to);
    if (!target) return [];
    if (target.policy) here.after([target.policy]);
    const rules = [
      ...(prefix === undefined ? [] : [{ Name: "prefix", Value: prefix }]),
      ...(suffix === undefined ? [] : [{ Name: "suffix", Value: suffix }]),
    ];
    const rest = { Event: event, ...(rules.length > 0 && { Filter: { S3Key: { Rules: rules } } }) };
    return { kind: to.kind, arn: here.take(target.arn), rest };
  });
  if (all.length === 0) return {};
  const queues = all.filter(({ kind }) => kind === "queue").map(({ arn, rest }) => ({ ...rest, Queue: arn }));
  const topics = all.filter(({ kind }) => kind === "topic").map(({ arn, rest }) => ({ ...rest, Topic: arn }));
  return {
    NotificationConfiguration: {
      ...(queues.length > 0 && { QueueConfigurations: queues }),
      ...(topics.length > 0 && { TopicConfigurations: topics }),
    },
  };
}

function dependsOn(ids: string[]): { DependsOn?: string[] } {
  return ids.length > 0 ? { DependsOn: ids } : {};
}
