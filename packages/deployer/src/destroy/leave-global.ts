/**
 * Databases over several regions, of which another one writes than the app's. The copy's stack goes first, and its cluster cannot while others
 * follow it: those are taken out of the global cluster before, and stand alone with what they have got.
 */
import type { Template } from "@plinth/cloudformation";
import type { Aws } from "../aws.ts";
import { pollingDelaysMs, step, type Deployment } from "../deployment.ts";
import { describeGlobalCluster, regionOfArn } from "../global-endpoints.ts";

export async function leaveGlobalClusters(deployment: Deployment, templates: readonly (Template | undefined)[]): Promise<void> {
  const identifiers = templates.flatMap((template) =>
    Object.values(template?.Resources ?? {}).flatMap(({ Type, Properties }) => {
      const id = Properties?.["GlobalClusterIdentifier"];
      return Type === "AWS::RDS::GlobalCluster" && typeof id === "string" ? [id] : [];
    }),
  );
  for (const id of new Set(identifiers)) await leaveGlobalCluster(deployment, id);
}

async function leaveGlobalCluster(deployment: Deployment, id: string): Promise<void> {
  const { aws } = deployment;
  const members = (await describeGlobalCluster(aws, id))?.GlobalClusterMembers ?? [];
  const writer = members.find(({ IsWriter }) => IsWriter)?.DBClusterArn;
  if (writer === undefined || regionOfArn(writer) === aws.region) return;
  const followers = members.flatMap(({ IsWriter, DBClusterArn }) => (IsWriter || DBClusterArn === undefined ? [] : [DBClusterArn]));
  await step(deployment, "failover", id, async () => {
    for (const arn of followers) await takeOut(deployment, aws.in(regionOfArn(arn)), id, arn);
    return { value: undefined, detail: `${regionOfArn(writer)} writes: ${followers.map(regionOfArn).join(", ")} taken out` };
  });
}

async function takeOut({ time, signal }: Deployment, aws: Aws, id: string, arn: string): Promise<void> {
  await aws.call("rds", "RemoveFromGlobalCluster", { GlobalClusterIdentifier: id, DbClusterIdentifier: arn });
  for (const delayMs of pollingDelaysMs(aws)) {
    const now = await describeGlobalCluster(aws, id);
    const { DBClusters = [] } = await aws.call("rds", "DescribeDBClusters", { DBClusterIdentifier: arn });
    if (!now?.GlobalClusterMembers?.some(({ DBClusterArn }) => DBClusterArn === arn) && DBClusters[0]?.Status === "available") return;
    await time.sleep(delayMs, signal);
  }
}
