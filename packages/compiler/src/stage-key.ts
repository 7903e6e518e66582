/**
 * A key of the stage's own: what encrypts its secrets, log groups, queues and topics. Programs get their rights by their roles; the services of
 * AWS that act by themselves are let in by the key's policy. Sources: AWS KMS Developer Guide, "Key policies"; Amazon CloudWatch Logs User
 * Guide, "Encrypt log data using AWS KMS"; Amazon SNS Developer Guide, "Enable compatibility between event sources from AWS services and
 * encrypted topics"; Amazon SQS Developer Guide, the same for queues.
 */
import { notificationsOf } from "./bucket-notification.ts";
import { fateOfData, sub, type Compilation } from "./compilation.ts";
import { subscriptionsOf } from "./topic-subscription.ts";
import type { Expression, Here, Made } from "./value.ts";

/** How long KMS waits after a deletion was asked for, in which it can be taken back: the longest. */
const pendingDays = 30;

/** How long a queue goes on with one data key: an hour of messages is one request to KMS. */
export const dataKeyReuseSeconds = 3600;

export function buildStageKey(compilation: Omit<Compilation, "key">): Made | undefined {
  const { draft, stem, hardened } = compilation;
  if (!hardened.key) return undefined;
  const origin = { key: "stageKey" };
  const key = draft.add("secrets", "StageKey", origin, () => ({
    Type: "AWS::KMS::Key",
    // What it encrypts is gone with it.
    ...fateOfData(compilation).keep,
    Properties: {
      Description: `${stem}: encrypts its secrets, log groups, queues and topics`,
      EnableKeyRotation: true,
      PendingWindowInDays: pendingDays,
      KeyPolicy: { Version: "2012-10-17", Statement: [accountDecides, logsMay, ...servicesMay(compilation)] } as never,
    },
  }));
  draft.add("secrets", "StageKeyAlias", origin, (here) => ({
    Type: "AWS::KMS::Alias",
    Properties: { AliasName: `alias/${stem}`, TargetKeyId: here.take(key.ref()) },
  }));
  return key;
}

/** The policies of roles decide, and nobody is shut out of it for ever. */
const accountDecides = {
  Sid: "PoliciesOfRolesDecide",
  Effect: "Allow",
  Principal: { AWS: sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root") },
  Action: "kms:*",
  Resource: "*",
};

/** CloudWatch Logs encrypts and decrypts by itself, for the log groups of this account alone. */
const logsMay = {
  Sid: "LogGroups",
  Effect: "Allow",
  Principal: { Service: sub("logs.${AWS::Region}.amazonaws.com") },
  Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
  Resource: "*",
  Condition: {
    ArnLike: { "kms:EncryptionContext:aws:logs:arn": sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*") },
  },
};

/** Those that send into encrypted queues and topics in no role's name. */
function servicesMay({ inventory, stem }: Pick<Compilation, "inventory" | "stem">): object[] {
  const sends = (sid: string, service: string, source: string) => ({
    Sid: sid,
    Effect: "Allow",
    Principal: { Service: `${service}.amazonaws.com` },
    Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
    Resource: "*",
    Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } }, ArnLike: { "aws:SourceArn": sub(source) } },
  });
  const subscribed = inventory.of("topic").some(({ declared }) => subscriptionsOf(declared).some(({ queue }) => queue));
  const notified = inventory.of("bucket").some(({ declared }) => notificationsOf(declared).some(({ to }) => to));
  return [
    ...(inventory.of("alarms").length > 0
      ? [sends("Alarms", "cloudwatch", `arn:\${AWS::Partition}:cloudwatch:\${AWS::Region}:\${AWS::AccountId}:alarm:${stem}-*`)]
      : []),
    ...(subscribed ? [sends("Topics", "sns", "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:*")] : []),
    ...(notified ? [sends("Buckets", "s3", "arn:${AWS::Partition}:s3:::*")] : []),
  ];
}

const arnIn = (here: Here, key: Made): Expression => here.take(key.attribute("Arn"));

/** Properties of a secret or a log group that is encrypted with it; none in a stage without one. */
export const encrypted = (here: Here, key: Made | undefined) => (key ? { KmsKeyId: arnIn(here, key) } : {});

/** Properties of a topic. SNS encrypts none by itself. */
export const encryptedTopic = (here: Here, key: Made | undefined) => (key ? { KmsMasterKeyId: arnIn(here, key) } : {});

/** Properties of a queue: with SQS's own key where the stage has none. */
export const encryptedQueue = (here: Here, key: Made | undefined) =>
  key
    ? { SqsManagedSseEnabled: false, KmsMasterKeyId: arnIn(here, key), KmsDataKeyReusePeriodSeconds: dataKeyReuseSeconds }
    : { SqsManagedSseEnabled: true };

/** What a role needs of the key to do these actions on what it encrypts. */
export function keyActions(actions: readonly string[]): string[] {
  const sends = actions.some((action) => ["sqs:SendMessage", "sns:Publish", "secretsmanager:PutSecretValue"].includes(action));
  const reads = actions.some((action) => action === "sqs:ReceiveMessage" || action === "secretsmanager:GetSecretValue");
  const writes = actions.includes("secretsmanager:PutSecretValue");
  // Who sends also decrypts the data key that is in use.
  return sends || writes ? ["kms:Decrypt", "kms:GenerateDataKey"] : reads ? ["kms:Decrypt"] : [];
}
