/** What becomes of data when its resource is deleted or replaced. */
import type { DeletionPolicy, Resource, ResourceDifference, Template } from "@plinth/cloudformation";

export interface DataFate {
  stack: string;
  key?: string;
  logicalId: string;
  type: string;
  event: "deleted" | "replaced" | "perhaps replaced";
  /** `lost`: nothing remains. */
  fate: "lost" | "snapshot" | "kept";
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
  "AWS::SecretsManager::Secret": "secret",
  "AWS::Logs::LogGroup": "log group",
  "AWS::SQS::Queue": "queue",
};

/** A secret whose value is generated, or put together from others, is made again with what it belongs to. */
export function isData({ Type, Properties = {} }: Resource): boolean {
  if (Type === "AWS::SecretsManager::Secret") return !("GenerateSecretString" in Properties) && !("SecretString" in Properties);
  return Object.hasOwn(holdsData, Type);
}

interface PlannedLayer {
  stack: string;
  changes: readonly { logicalId: string; key?: string }[];
}

/** @param deployed the template in which what goes stands. */
export function dataFate(
  { stack, changes }: PlannedLayer,
  differences: readonly (ResourceDifference & { before?: string })[],
  deployed: Template | undefined,
): DataFate[] {
  return differences.flatMap(({ logicalId, type, action, policy, before }) => {
    const event =
      action === "delete" ? "deleted" : action === "replace" ? "replaced" : action === "perhaps-replace" ? "perhaps replaced" : undefined;
    const resource = deployed?.Resources[before ?? logicalId];
    if (!event || !resource || !isData(resource)) return [];
    const key = changes.find((one) => one.logicalId === logicalId)?.key;
    const fate = fateOf(policy);
    const text = `the ${holdsData[resource.Type]} ${key ?? logicalId} is ${event}${event === "deleted" ? "" : " by an empty one"}: ${sentences[fate]}`;
    return [{ stack, logicalId, type, event, fate, text, ...(key === undefined ? {} : { key }) }];
  });
}

export function fateOf(policy: DeletionPolicy | undefined): DataFate["fate"] {
  if (policy === "Snapshot") return "snapshot";
  return policy === "Retain" || policy === "RetainExceptOnCreate" ? "kept" : "lost";
}

const sentences: Record<DataFate["fate"], string> = {
  lost: "its data is LOST",
  snapshot: "a final snapshot keeps its data",
  kept: "the old one is kept, and no longer managed",
};
