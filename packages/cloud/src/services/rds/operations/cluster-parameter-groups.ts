/** The operations on DB cluster parameter groups and on the parameters in them. */
import type { Cloud } from "../../../cloud.ts";
import { markerPage } from "../../../marker-pages.ts";
import { operation } from "../../../service.ts";
import { clusters } from "../aurora/cluster.ts";
import { wakeAll } from "../aurora/wake.ts";
import { reloadMembers } from "../aurora/servers.ts";
import { checkIdentifier } from "../names.ts";
import {
  clusterFamilies,
  clusterParameterGroups,
  clusterParameterGroupShape,
  findClusterParameterGroup,
  type ParameterGroup,
} from "../parameter-group.ts";
import {
  changeGroup,
  familyDefaults,
  type GroupKind,
  groupParameters,
  listGroups,
  makeGroup,
  putNew,
  removeGroup,
  resetGroup,
} from "../parameter-groups.ts";
import { checkedTags } from "../tags.ts";
import { clusterWork } from "../work.ts";

const kind: GroupKind = {
  nameMember: "DBClusterParameterGroupName",
  families: clusterFamilies,
  users: "clusters",
  kept: clusterParameterGroups,
  find: findClusterParameterGroup,
  inUse: (cloud, region) =>
    clusters(cloud)
      .list(region)
      .map(({ settings }) => settings.parameterGroup),
  changed: wakeUsers,
};

export const createDBClusterParameterGroup = operation("rds", "CreateDBClusterParameterGroup", (input, context) => {
  const { DBClusterParameterGroupName: name, DBParameterGroupFamily: family, Description: description, Tags: tags } = input;
  const group = makeGroup(kind, context, { name: name!, family: family!, description, tags });
  return { DBClusterParameterGroup: clusterParameterGroupShape(context, group) };
});

export const copyDBClusterParameterGroup = operation("rds", "CopyDBClusterParameterGroup", (input, context) => {
  const { cloud, region } = context;
  const source = kind.find(cloud, region, input.SourceDBClusterParameterGroupIdentifier!.split(":").at(-1)!);
  const name = checkIdentifier("TargetDBClusterParameterGroupIdentifier", input.TargetDBClusterParameterGroupIdentifier!, 255);
  const description = input.TargetDBClusterParameterGroupDescription!;
  const group = putNew(kind, context, { ...source, name, description, tags: checkedTags(input.Tags) });
  return { DBClusterParameterGroup: clusterParameterGroupShape(context, group) };
});

export const describeDBClusterParameterGroups = operation("rds", "DescribeDBClusterParameterGroups", (input, context) => {
  const all = listGroups(kind, context, input.DBClusterParameterGroupName);
  const { items, Marker } = markerPage(all, input, ({ name }) => name, "DBClusterParameterGroups");
  return { DBClusterParameterGroups: items.map((group) => clusterParameterGroupShape(context, group)), ...(Marker && { Marker }) };
});

export const deleteDBClusterParameterGroup = operation("rds", "DeleteDBClusterParameterGroup", (input, context) => {
  removeGroup(kind, context, input.DBClusterParameterGroupName!);
  return {};
});

export const modifyDBClusterParameterGroup = operation("rds", "ModifyDBClusterParameterGroup", async (input, context) => {
  const { name } = await changeGroup(kind, context, input.DBClusterParameterGroupName!, input.Parameters!);
  return { DBClusterParameterGroupName: name };
});

export const resetDBClusterParameterGroup = operation("rds", "ResetDBClusterParameterGroup", async (input, context) => {
  const all = input.ResetAllParameters === true;
  const { name } = await resetGroup(kind, context, input.DBClusterParameterGroupName!, { parameters: input.Parameters, all });
  return { DBClusterParameterGroupName: name };
});

export const describeDBClusterParameters = operation("rds", "DescribeDBClusterParameters", async (input, context) => {
  const all = await groupParameters(kind, context, input.DBClusterParameterGroupName!, input.Source);
  const { items, Marker } = markerPage(all, input, ({ ParameterName }) => ParameterName, "DBClusterParameters");
  return { Parameters: items.map((each) => ({ ...each, SupportedEngineModes: ["provisioned"] })), ...(Marker && { Marker }) };
});

export const describeEngineDefaultClusterParameters = operation("rds", "DescribeEngineDefaultClusterParameters", (input, { cloud }) =>
  familyDefaults(kind, cloud, input),
);

/** As on AWS, a change wakes the instances of every cluster that uses the group. */
function wakeUsers(cloud: Cloud, region: string, group: ParameterGroup): void {
  for (const { resourceId, status, settings } of clusters(cloud).list(region)) {
    if (settings.parameterGroup !== group.name || status !== "available") continue;
    void clusterWork(cloud, region, resourceId, async (identifier) => {
      await wakeAll(cloud, region, clusters(cloud).get(region, identifier)!);
      await reloadMembers(cloud, region, clusters(cloud).get(region, identifier)!);
    });
  }
}
