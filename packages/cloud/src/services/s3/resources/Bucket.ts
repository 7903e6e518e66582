/** AWS::S3::Bucket. */
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import { MadeInPart, resource, type ResourceRequest } from "../../../resource.ts";
import { putTiering } from "./intelligent-tiering.ts";
import { lifecycleRules } from "./lifecycle.ts";
import { notificationsOf } from "./notifications.ts";

type Properties = ResourceProperties["AWS::S3::Bucket"];

const notServed = "it is not served by the embedded cloud";

export const bucket = resource("AWS::S3::Bucket", {
  coverage: {
    real: [
      "BucketEncryption",
      "AccessControl",
      "BucketName",
      "CorsConfiguration",
      "LifecycleConfiguration",
      "LoggingConfiguration",
      "NotificationConfiguration",
      "ObjectLockConfiguration",
      "ObjectLockEnabled",
      "OwnershipControls",
      "PublicAccessBlockConfiguration",
      "Tags",
      "VersioningConfiguration",
    ],
    recorded: ["AccelerateConfiguration", "IntelligentTieringConfigurations"],
    refused: {
      AbacStatus: notServed,
      AnalyticsConfigurations: notServed,
      BucketNamePrefix: notServed,
      BucketNamespace: notServed,
      InventoryConfigurations: notServed,
      MetadataConfiguration: notServed,
      MetadataTableConfiguration: notServed,
      MetricsConfigurations: notServed,
      ReplicationConfiguration: notServed,
      WebsiteConfiguration: "there are no website endpoints in the embedded cloud",
    },
    note: "A bucket that is not empty is not deleted, as in AWS. Objects under a KMS key ask for the rights to it; their bytes lie as they came. Events go to SNS topics, SQS queues, functions and EventBridge.",
  },
  async create(request) {
    const name = nameOf(request);
    await request.call("s3", "CreateBucket", {
      Bucket: name,
      ...(request.properties.ObjectLockEnabled === true && { ObjectLockEnabledForBucket: true }),
      ...(request.region !== "us-east-1" && { CreateBucketConfiguration: { LocationConstraint: request.region as "eu-central-1" } }),
    });
    try {
      await configure(request, name, {});
    } catch (error) {
      throw new MadeInPart(name, error);
    }
    return made(request, name);
  },
  async update(request) {
    await configure(request, request.physicalId, request.previous);
    return made(request, request.physicalId);
  },
  async delete({ physicalId, call }) {
    try {
      await call("s3", "DeleteBucket", { Bucket: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "NoSuchBucket")) throw error;
    }
  },
  /** Only a generated name is this stack's for certain. */
  async find(request) {
    if (request.properties.BucketName !== undefined) return undefined;
    const name = nameOf(request);
    try {
      await request.call("s3", "HeadBucket", { Bucket: name });
    } catch (error) {
      if (error instanceof AwsError && error.status === 404) return undefined;
      throw error;
    }
    await configure(request, name, {});
    return made(request, name);
  },
});

/** The regions whose website endpoints are written with a dash; all others have a dot (AWS General Reference, "Amazon S3 endpoints and quotas"). */
const withDash = ["us-east-1", "us-west-1", "us-west-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-west-1", "sa-east-1"];

function nameOf({ properties, physicalName }: ResourceRequest<Properties>): string {
  return properties.BucketName ?? physicalName(63, { lowerCase: true });
}

function made({ region }: { region: string }, name: string) {
  return {
    physicalId: name,
    attributes: {
      Arn: `arn:aws:s3:::${name}`,
      DomainName: `${name}.s3.amazonaws.com`,
      DualStackDomainName: `${name}.s3.dualstack.${region}.amazonaws.com`,
      RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
      WebsiteURL: `http://${name}.s3-website${withDash.includes(region) ? "-" : "."}${region}.amazonaws.com`,
    },
  };
}

/** Puts what differs from before; what is gone goes back to what a new bucket has. */
async function configure({ call, properties }: ResourceRequest<Properties>, Bucket: string, previous: Properties): Promise<void> {
  const changed = (name: keyof Properties) => JSON.stringify(properties[name]) !== JSON.stringify(previous[name]);
  const { VersioningConfiguration, BucketEncryption, CorsConfiguration, LifecycleConfiguration, OwnershipControls } = properties;
  if (changed("VersioningConfiguration")) {
    const Status = (VersioningConfiguration?.Status ?? "Suspended") as "Enabled";
    await call("s3", "PutBucketVersioning", { Bucket, VersioningConfiguration: { Status } });
  }
  if (changed("Tags")) {
    const { own, system } = splitTags({}, properties.Tags);
    await call("s3", "PutBucketTagging", withSystemTags({ Bucket, Tagging: { TagSet: own } }, system));
  }
  if (changed("BucketEncryption")) {
    const Rules = (
      BucketEncryption?.ServerSideEncryptionConfiguration ?? [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }]
    ).map(({ BucketKeyEnabled = false, ServerSideEncryptionByDefault: by }) => ({
      BucketKeyEnabled,
      ...(by && {
        ApplyServerSideEncryptionByDefault: {
          SSEAlgorithm: by.SSEAlgorithm as "aws:kms",
          ...(by.KMSMasterKeyID !== undefined && { KMSMasterKeyID: by.KMSMasterKeyID }),
        },
      }),
    }));
    await call("s3", "PutBucketEncryption", { Bucket, ServerSideEncryptionConfiguration: { Rules } });
  }
  if (changed("PublicAccessBlockConfiguration")) {
    const all = { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true };
    const none = { BlockPublicAcls: false, BlockPublicPolicy: false, IgnorePublicAcls: false, RestrictPublicBuckets: false };
    const given = properties.PublicAccessBlockConfiguration;
    await call("s3", "PutPublicAccessBlock", { Bucket, PublicAccessBlockConfiguration: given ? { ...none, ...given } : all });
  }
  if (changed("OwnershipControls")) {
    const Rules = (OwnershipControls?.Rules ?? []).map(({ ObjectOwnership = "BucketOwnerEnforced" }) => ({
      ObjectOwnership: ObjectOwnership as "ObjectWriter",
    }));
    if (Rules.length > 0) await call("s3", "PutBucketOwnershipControls", { Bucket, OwnershipControls: { Rules } });
    else await call("s3", "DeleteBucketOwnershipControls", { Bucket });
  }
  // Where lists are switched off "Private" is what holds, and AWS takes it; every other one it refuses.
  const withoutLists =
    OwnershipControls === undefined || OwnershipControls.Rules.some((rule) => rule.ObjectOwnership === "BucketOwnerEnforced");
  const asItIs = withoutLists && (properties.AccessControl ?? "Private") === "Private";
  if (!asItIs && (changed("AccessControl") || (changed("OwnershipControls") && properties.AccessControl !== undefined))) {
    const ACL = (properties.AccessControl ?? "Private").replaceAll(/(?<=[a-z])(?=[A-Z])/gu, "-").toLowerCase() as "private";
    await call("s3", "PutBucketAcl", { Bucket, ACL });
  }
  if (changed("ObjectLockConfiguration") && properties.ObjectLockConfiguration) {
    const { Rule } = properties.ObjectLockConfiguration;
    await call("s3", "PutObjectLockConfiguration", {
      Bucket,
      ObjectLockConfiguration: {
        ObjectLockEnabled: "Enabled",
        ...(Rule?.DefaultRetention && {
          Rule: { DefaultRetention: { ...Rule.DefaultRetention, Mode: (Rule.DefaultRetention.Mode ?? "GOVERNANCE") as "GOVERNANCE" } },
        }),
      },
    });
  }
  if (changed("NotificationConfiguration")) {
    await call("s3", "PutBucketNotificationConfiguration", {
      Bucket,
      NotificationConfiguration: notificationsOf(properties.NotificationConfiguration),
    });
  }
  if (changed("CorsConfiguration")) {
    const CORSRules = (CorsConfiguration?.CorsRules ?? []).map(({ Id, MaxAge, ExposedHeaders, ...rule }) => ({
      ...rule,
      ...(Id !== undefined && { ID: Id }),
      ...(MaxAge !== undefined && { MaxAgeSeconds: MaxAge }),
      ...(ExposedHeaders && { ExposeHeaders: ExposedHeaders }),
    }));
    if (CORSRules.length > 0) await call("s3", "PutBucketCors", { Bucket, CORSConfiguration: { CORSRules } });
    else await call("s3", "DeleteBucketCors", { Bucket });
  }
  if (changed("LifecycleConfiguration")) {
    if (LifecycleConfiguration) {
      await call("s3", "PutBucketLifecycleConfiguration", {
        Bucket,
        LifecycleConfiguration: { Rules: lifecycleRules(LifecycleConfiguration) },
      } as Input<"s3", "PutBucketLifecycleConfiguration">);
    } else await call("s3", "DeleteBucketLifecycle", { Bucket });
  }
  if (changed("IntelligentTieringConfigurations")) await putTiering(call, Bucket, properties, previous);
  if (changed("LoggingConfiguration")) {
    const { DestinationBucketName = Bucket, LogFilePrefix = "", TargetObjectKeyFormat } = properties.LoggingConfiguration ?? {};
    const LoggingEnabled = {
      TargetBucket: DestinationBucketName,
      TargetPrefix: LogFilePrefix,
      ...(TargetObjectKeyFormat && { TargetObjectKeyFormat: TargetObjectKeyFormat as { SimplePrefix: object } }),
    };
    await call("s3", "PutBucketLogging", { Bucket, BucketLoggingStatus: properties.LoggingConfiguration ? { LoggingEnabled } : {} });
  }
  if (changed("AccelerateConfiguration")) {
    const Status = (properties.AccelerateConfiguration?.AccelerationStatus ?? "Suspended") as "Enabled";
    await call("s3", "PutBucketAccelerateConfiguration", { Bucket, AccelerateConfiguration: { Status } });
  }
}
