/** AddTagsToResource, RemoveTagsFromResource, ListTagsForResource, by ARN. */
import { operation, type OperationContext } from "../../../service.ts";
import { clusters, findCluster } from "../aurora/cluster.ts";
import { writerOf } from "../aurora/members.ts";
import { invalidValue, proxyEndpointNotFound, proxyNotFound } from "../errors.ts";
import { changeGlobal, findGlobalCluster } from "../global/global-cluster.ts";
import { findInstance, instances } from "../instance.ts";
import { findOptionGroup, optionGroups } from "../option-group.ts";
import { clusterParameterGroups, findClusterParameterGroup, findParameterGroup, parameterGroups } from "../parameter-group.ts";
import { clusterSnapshots, findClusterSnapshot } from "../backup/cluster-snapshot.ts";
import { changeProxy, proxies, proxyById } from "../proxy/proxy.ts";
import { findSnapshot, snapshots } from "../snapshot.ts";
import { findSubnetGroup, subnetGroups } from "../subnet-group.ts";
import { checkedTags, type Tag, withoutTags, withTags } from "../tags.ts";
import { servedByTag } from "../instance-shape.ts";

export const addTagsToResource = operation("rds", "AddTagsToResource", async (input, context) => {
  const added = checkedTags(input.Tags).filter(({ Key }) => Key !== servedByTag);
  await tagged(context, input.ResourceName!, (tags) => withTags(tags, added));
  return {};
});

export const removeTagsFromResource = operation("rds", "RemoveTagsFromResource", async (input, context) => {
  await tagged(context, input.ResourceName!, (tags) => withoutTags(tags, input.TagKeys!));
  return {};
});

export const listTagsForResource = operation("rds", "ListTagsForResource", async (input, context) => {
  const { tags, servedBy } = await tagged(context, input.ResourceName!);
  return { TagList: [...tags, ...(servedBy ? [{ Key: servedByTag, Value: servedBy }] : [])] };
});

/** Reads a resource's tags, and writes them when `change` is given. */
async function tagged(
  context: OperationContext,
  arn: string,
  change?: (tags: readonly Tag[]) => Tag[],
): Promise<{ tags: readonly Tag[]; servedBy?: string | undefined }> {
  const { cloud, region } = context;
  const match = /^arn:aws[^:]*:rds:([^:]*):([^:]*):([a-z-]+):(.+)$/.exec(arn);
  const place = match?.[3] === "global-cluster" ? "" : region;
  if (!match || match[1] !== place || match[2] !== context.account) throw invalidValue(`Invalid resource name: ${arn}`);
  const [kind, name] = [match[3]!, match[4]!.toLowerCase()];
  const keep = <T extends { tags: Tag[] }>(shelf: { put(scope: string, key: string, value: T): void }, value: T) => {
    if (change) shelf.put(region, name, { ...value, tags: change(value.tags) });
    return { tags: value.tags };
  };
  switch (kind) {
    case "db-proxy": {
      const proxy = proxyById(cloud, region, name);
      if (!proxy) throw proxyNotFound(name);
      if (change) changeProxy(cloud, region, proxy.id, (each) => (each.tags = change(each.tags)));
      return { tags: proxy.tags };
    }
    case "db-proxy-endpoint": {
      const proxy = proxies(cloud)
        .list(region)
        .find(({ endpoints }) => endpoints.some(({ id }) => id === name));
      const endpoint = proxy?.endpoints.find(({ id }) => id === name);
      if (!proxy || !endpoint) throw proxyEndpointNotFound(name);
      if (change)
        changeProxy(cloud, region, proxy.id, (each) => {
          each.endpoints = each.endpoints.map((one) => (one.id === name ? { ...one, tags: change(one.tags) } : one));
        });
      return { tags: endpoint.tags };
    }
    case "global-cluster": {
      const global = findGlobalCluster(cloud, name);
      if (change) changeGlobal(cloud, global.resourceId, (each) => (each.tags = change(each.tags)));
      return { tags: global.tags };
    }
    case "db": {
      const instance = findInstance(cloud, region, name);
      return { ...keep(instances(cloud), instance), servedBy: instance.servedBy };
    }
    case "cluster": {
      const cluster = findCluster(cloud, region, name);
      return { ...keep(clusters(cloud), cluster), servedBy: writerOf(cloud, region, cluster)?.servedBy };
    }
    case "cluster-pg":
      return keep(clusterParameterGroups(cloud), findClusterParameterGroup(cloud, region, name));
    case "og":
      if (change && !optionGroups(cloud).has(region, name)) throw invalidValue(`Invalid resource name: ${arn}`);
      return keep(optionGroups(cloud), findOptionGroup(cloud, region, name));
    case "snapshot":
      return keep(snapshots(cloud), findSnapshot(cloud, region, name));
    case "cluster-snapshot":
      return keep(clusterSnapshots(cloud), findClusterSnapshot(cloud, region, name));
    case "subgrp":
      return keep(subnetGroups(cloud), await findSubnetGroup(context, name));
    case "pg":
      return keep(parameterGroups(cloud), findParameterGroup(cloud, region, name));
    default:
      throw invalidValue(`Invalid resource name: ${arn}`);
  }
}
