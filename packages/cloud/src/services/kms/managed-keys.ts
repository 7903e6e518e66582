/** The keys that AWS manages for a service (`alias/aws/sqs`): they appear when something first uses them, and only their service uses them. */
import { aliasArn, findAlias, managedPrefix, predefinedAliases, putAlias } from "./aliases.ts";
import { findKey, type Key, keyArn, type Place, putKey } from "./key.ts";
import { newMaterialId, newSecret, putMaterials } from "./material.ts";
import { nextRotation } from "./rotation.ts";

interface Managed {
  /** As DescribeKey shows it. */
  description: string;
  /** As the policy's `kms:ViaService` begins. */
  endpoint: string;
  /** As the policy calls the service. */
  title: string;
}

const protects = (what: string) => `Default key that protects my ${what} when no other key is defined`;

/** Those of the services that the embedded cloud has. */
const managed: Readonly<Record<string, Managed>> = {
  backup: { description: protects("Backup data"), endpoint: "backup", title: "AWS Backup" },
  ecr: { description: protects("ECR data"), endpoint: "ecr", title: "Amazon ECR" },
  elasticache: { description: protects("ElastiCache data"), endpoint: "elasticache", title: "Amazon ElastiCache" },
  elasticfilesystem: { description: protects("EFS filesystems"), endpoint: "elasticfilesystem", title: "EFS" },
  rds: { description: protects("RDS database volumes"), endpoint: "rds", title: "RDS" },
  s3: { description: protects("S3 objects"), endpoint: "s3", title: "S3" },
  secretsmanager: { description: protects("Secrets Manager data"), endpoint: "secretsmanager", title: "AWS Secrets Manager" },
  sns: { description: protects("SNS data"), endpoint: "sns", title: "SNS" },
  sqs: { description: protects("SQS messages"), endpoint: "sqs", title: "Simple Queue Service (SQS)" },
  ssm: { description: protects("SSM parameters"), endpoint: "ssm", title: "AWS Systems Manager Parameter Store" },
};

/** Of other services AWS knows the alias too; nothing here uses it. */
export const isManagedAlias = (name: string): boolean =>
  name.startsWith(managedPrefix) && (name.slice(managedPrefix.length) in managed || predefinedAliases.includes(name));

/** The key behind `alias/aws/{service}`, made when there is none yet. */
export function managedKey(place: Place, service: string): Key {
  const { cloud, account, region } = place;
  const name = `${managedPrefix}${service}`;
  const known = findAlias(cloud, region, name);
  const found = known && findKey(cloud, region, known.targetId);
  if (found) return found;
  const nowMs = cloud.world.clock.nowMs();
  const id = cloud.world.random.uuid();
  const about = managed[service] ?? { description: protects(`${service} data`), endpoint: service, title: service };
  const key: Key = {
    id,
    region,
    arn: keyArn(place, id),
    createdMs: nowMs,
    description: about.description,
    spec: "SYMMETRIC_DEFAULT",
    usage: "ENCRYPT_DECRYPT",
    origin: "AWS_KMS",
    managedFor: service,
    enabled: true,
    policy: policyFor(about, service, place),
    tags: {},
    rotation: nextRotation(365, nowMs),
  };
  cloud.store.transaction(() => {
    putMaterials(cloud, id, [{ id: newMaterialId(cloud), secret: newSecret(cloud, "SYMMETRIC_DEFAULT"), sinceMs: nowMs }]);
    putKey(cloud, key);
    putAlias(cloud, region, { name, arn: aliasArn({ account, region }, name), targetId: id, createdMs: nowMs, updatedMs: nowMs });
  });
  return key;
}

/** Whoever may use the service may use the key through it; nobody may change it. Source: AWS Secrets Manager User Guide, "Permissions for the KMS key". */
function policyFor(
  { endpoint, title }: Managed,
  service: string,
  { account, region }: Pick<Place, "account" | "region" | "cloud">,
): string {
  return JSON.stringify(
    {
      Version: "2012-10-17",
      Id: `auto-${service}-1`,
      Statement: [
        {
          Sid: `Allow access through ${title} for all principals in the account that are authorized to use ${title}`,
          Effect: "Allow",
          Principal: { AWS: "*" },
          Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"],
          Resource: "*",
          Condition: {
            StringEquals: { "kms:CallerAccount": account, "kms:ViaService": `${endpoint}.${region}.amazonaws.com` },
          },
        },
        {
          Sid: "Allow direct access to key metadata to the account",
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
          Resource: "*",
        },
      ],
    },
    undefined,
    2,
  );
}
