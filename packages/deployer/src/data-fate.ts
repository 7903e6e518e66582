/** What becomes of everything that holds data: one line for each, also where nothing happens to it. */
import { declaredPolicy, type DeletionPolicy, type Resource, type Template } from "@plinth/cloudformation";
import type { Difference } from "./plan/planned-change.ts";

export interface DataFate {
  stack: string;
  key?: string;
  logicalId: string;
  type: string;
  event: "none" | "created" | "modified" | "deleted" | "replaced" | "perhaps replaced";
  /**
   * `new`: it holds nothing yet. `modified`: its data stays, it changes in place. `retained`: it stays, no longer managed.
   * `snapshot`: it goes, and a snapshot stays. `lost`: nothing remains.
   */
  fate: "new" | "kept" | "modified" | "retained" | "snapshot" | "lost";
  /** What stands between it and its loss, from now on: `deletion protection`, `backups of 7 days`. */
  protection: string[];
  /** One sentence. */
  text: string;
}

/** Types that hold what cannot be made again, with the plain word for it. */
const holdsData: Record<string, string> = {
  "AWS::RDS::DBInstance": "database",
  "AWS::RDS::DBCluster": "database cluster",
  "AWS::ElastiCache::ReplicationGroup": "cache",
  "AWS::S3::Bucket": "bucket",
  "AWS::EFS::FileSystem": "file system",
  "AWS::KMS::Key": "key",
  "AWS::DynamoDB::Table": "table",
  "AWS::SecretsManager::Secret": "secret",
  "AWS::Logs::LogGroup": "log group",
  "AWS::SQS::Queue": "queue",
};

/** A secret whose value is generated, or put together from others, is made again with what it belongs to; so is a cluster's instance. */
export function isData({ Type, Properties = {} }: Resource): boolean {
  if (Type === "AWS::SecretsManager::Secret") return !("GenerateSecretString" in Properties) && !("SecretString" in Properties);
  if (Type === "AWS::RDS::DBInstance") return !("DBClusterIdentifier" in Properties);
  return Object.hasOwn(holdsData, Type);
}

export interface LayerData {
  stack: string;
  /** The inventory key of a resource. */
  keyOf(logicalId: string): string | undefined;
  differences: readonly Difference[];
  deployed: Template | undefined;
  /** What stands afterwards; none where the stack is deleted. */
  next: Template | undefined;
}

/** In the order of the templates: what stands afterwards, then what goes. */
export function dataFate({ stack, keyOf, differences, deployed, next }: LayerData): DataFate[] {
  const standing = Object.entries(next?.Resources ?? {}).filter(([, resource]) => isData(resource));
  const going = Object.entries(deployed?.Resources ?? {}).filter(
    ([id, resource]) => isData(resource) && differences.some(({ logicalId, action }) => logicalId === id && action === "delete"),
  );
  return [...standing, ...going].map(([logicalId, resource]) => {
    const difference = differences.find((one) => one.logicalId === logicalId);
    const old = deployed?.Resources[difference?.before ?? logicalId];
    const key = keyOf(logicalId);
    const { event, fate, sentence } = fateOf(difference, old, sourceOf(resource));
    return {
      stack,
      logicalId,
      type: resource.Type,
      event,
      fate,
      protection: event === "deleted" ? [] : protectionOf(resource),
      text: `the ${holdsData[resource.Type]} ${key ?? logicalId} ${resource.Type === "AWS::KMS::Key" ? ofKey(sentence) : sentence}`,
      ...(key === undefined ? {} : { key }),
    };
  });
}

/** The snapshot that a database begins with. */
function sourceOf({ Properties = {} }: Resource): string | undefined {
  const snapshot = Properties["DBSnapshotIdentifier"] ?? Properties["SnapshotIdentifier"];
  return typeof snapshot === "string" ? snapshot : undefined;
}

function fateOf(
  difference: Difference | undefined,
  old: Resource | undefined,
  snapshot: string | undefined,
): Pick<DataFate, "event" | "fate"> & { sentence: string } {
  const successor = snapshot === undefined ? "an empty one" : `one with the data of the snapshot ${snapshot}`;
  const action = difference?.action;
  if (difference === undefined || action === "metadata") return { event: "none", fate: "kept", sentence: "is kept as it is" };
  if (action === "create" || !old) {
    return {
      event: "created",
      fate: "new",
      sentence: snapshot === undefined ? "is made, empty" : `is made, with the data of the snapshot ${snapshot}`,
    };
  }
  if (action === "update") {
    const real = difference.properties.filter(({ name }) => !name.endsWith("Tags"));
    if (real.length === 0) return { event: "none", fate: "kept", sentence: "is kept as it is; its tags change" };
    const interruption = difference.properties.find((one) => one.interruption !== undefined)?.interruption;
    const shortened = real.find(({ name, before, after }) => shortens(name, before, after));
    const effects = [shortened && `${shortened.name} goes down: what is older goes`, interruption].filter((one) => one !== undefined);
    return {
      event: "modified",
      fate: "modified",
      sentence: `is modified in place, its data stays${effects.map((one) => `; ${one}`).join("")}`,
    };
  }
  const fate = afterwards(difference.policy ?? declaredPolicy(old, action === "delete" ? "DeletionPolicy" : "UpdateReplacePolicy"));
  const event = action === "delete" ? "deleted" : action === "replace" ? "replaced" : "perhaps replaced";
  return { event, fate, sentence: `is ${event}${event === "deleted" ? "" : ` by ${successor}`}: ${sentences[fate]}` };
}

/** Spans in which something is held: a shorter one deletes. */
function shortens(name: string, before: unknown, after: unknown): boolean {
  if (!["RetentionInDays", "MessageRetentionPeriod", "BackupRetentionPeriod", "SnapshotRetentionLimit"].includes(name)) return false;
  return after !== undefined && (before === undefined || Number(after) < Number(before));
}

function afterwards(policy: DeletionPolicy): "lost" | "snapshot" | "retained" {
  if (policy === "Snapshot") return "snapshot";
  return policy.startsWith("Retain") ? "retained" : "lost";
}

/** A key holds nothing itself: what it encrypts is gone with it. */
function ofKey(sentence: string): string {
  return sentence
    .replace("is made, empty", "is made: what it encrypts is lost with it")
    .replace("its data stays", "what it encrypts can be read")
    .replace("its data is LOST", "all that it encrypts is LOST when its time to be taken back is over")
    .replace("by an empty one: ", "by another: ");
}

const sentences = {
  lost: "its data is LOST",
  snapshot: "a final snapshot keeps its data",
  retained: "the old one is kept, and no longer managed",
} as const;

function protectionOf(resource: Resource): string[] {
  const { Properties = {} } = resource;
  const policy = declaredPolicy(resource, "DeletionPolicy");
  const count = (name: string) => Number(Properties[name] ?? 0);
  const versioning = (Properties["VersioningConfiguration"] as { Status?: unknown } | undefined)?.Status;
  return [
    String(Properties["DeletionProtection"] ?? Properties["DeletionProtectionEnabled"] ?? false) === "true" && "deletion protection",
    policy === "Snapshot" && "a snapshot before it is deleted",
    policy.startsWith("Retain") && "stays when it is taken out",
    count("BackupRetentionPeriod") > 0 && `backups of ${days(count("BackupRetentionPeriod"))}`,
    count("SnapshotRetentionLimit") > 0 && `snapshots of ${days(count("SnapshotRetentionLimit"))}`,
    versioning === "Enabled" && "versions of its objects",
  ].filter((one) => one !== false);
}

const days = (count: number) => (count === 1 ? "1 day" : `${count} days`);
