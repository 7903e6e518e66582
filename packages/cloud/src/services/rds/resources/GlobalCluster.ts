/** AWS::RDS::GlobalCluster: made of a cluster, or empty for one that names it. */
import { AwsError } from "../../../aws-error.ts";
import type { Made } from "../../../resource.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { retag, stackTags, tagsTell, unlessGone } from "../../../stack-tags.ts";
import type { GlobalClusterShape } from "../global/global-shape.ts";
import { arnOf } from "../names.ts";

type Request = ResourceRequest<ResourceProperties["AWS::RDS::GlobalCluster"]>;

const pollMs = 25;

export const globalCluster = resource("AWS::RDS::GlobalCluster", {
  coverage: {
    real: [
      "DeletionProtection",
      "Engine",
      "EngineVersion",
      "GlobalClusterIdentifier",
      "SourceDBClusterIdentifier",
      "StorageEncrypted",
      "Tags",
    ],
    recorded: ["EngineLifecycleSupport"],
    note: "Secondary clusters in other regions of the same embedded cloud follow by streaming replication; a switchover loses nothing, a failover takes the secondary as it is; the global endpoint leads to the writer.",
  },

  async create(request) {
    const { properties, call } = request;
    const { Engine, EngineVersion, EngineLifecycleSupport, SourceDBClusterIdentifier, StorageEncrypted, DeletionProtection } = properties;
    const { GlobalCluster: global } = await call("rds", "CreateGlobalCluster", {
      GlobalClusterIdentifier: identifierOf(request),
      ...(SourceDBClusterIdentifier !== undefined
        ? { SourceDBClusterIdentifier: sourceArn(request, SourceDBClusterIdentifier) }
        : {
            ...(Engine && { Engine }),
            ...(EngineVersion && { EngineVersion }),
            ...(EngineLifecycleSupport && { EngineLifecycleSupport }),
            ...(StorageEncrypted !== undefined && { StorageEncrypted }),
          }),
      ...(DeletionProtection !== undefined && { DeletionProtection }),
      Tags: stackTags(request),
    });
    return made(global!);
  },

  async update(request) {
    const { properties, previous, physicalId, call } = request;
    const { EngineVersion, DeletionProtection = false } = properties;
    const { GlobalCluster: global } = await call("rds", "ModifyGlobalCluster", {
      GlobalClusterIdentifier: physicalId,
      DeletionProtection,
      ...(EngineVersion && EngineVersion !== previous.EngineVersion && { EngineVersion }),
    });
    await retag(request, "rds", arnOf(request, "global-cluster", physicalId));
    return made(global!);
  },

  /** The cluster that it was made of is taken out first, as AWS's handler does; secondaries are taken out by those who made them. */
  async delete(request) {
    const { call, physicalId } = request;
    const found = await describe(request, physicalId);
    for (const { DBClusterArn } of found?.GlobalClusterMembers?.length === 1 ? found.GlobalClusterMembers : []) {
      await call("rds", "RemoveFromGlobalCluster", { GlobalClusterIdentifier: physicalId, DbClusterIdentifier: DBClusterArn! });
    }
    for (;;) {
      try {
        await call("rds", "DeleteGlobalCluster", { GlobalClusterIdentifier: physicalId });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        if (error.code === "GlobalClusterNotFoundFault") return;
        // A secondary that is on its way out.
        const now = await describe(request, physicalId);
        if ((now?.GlobalClusterMembers?.length ?? 0) >= (found?.GlobalClusterMembers?.length ?? 0)) throw error;
        await request.cloud.world.clock.sleep(pollMs);
        continue;
      }
      return;
    }
  },

  async find(request) {
    const found = await describe(request, identifierOf(request));
    return found && tagsTell(request, found.TagList ?? []) ? made(found) : undefined;
  },
});

async function describe({ call }: Pick<Request, "call">, identifier: string): Promise<GlobalClusterShape | undefined> {
  const found = await call("rds", "DescribeGlobalClusters", { GlobalClusterIdentifier: identifier }).catch(unlessGone);
  return found?.GlobalClusters?.[0];
}

function identifierOf(request: Request): string {
  return (request.properties.GlobalClusterIdentifier ?? request.physicalName(63, { lowerCase: true })).toLowerCase();
}

const sourceArn = (request: Request, source: string) =>
  source.startsWith("arn:") ? source : arnOf(request, "cluster", source.toLowerCase());

const made = ({ GlobalClusterIdentifier, Endpoint }: GlobalClusterShape): Made => ({
  physicalId: GlobalClusterIdentifier!,
  attributes: { "GlobalEndpoint.Address": Endpoint! },
});
