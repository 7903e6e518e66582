/** The operations on DB cluster parameter groups and on the parameters in them. */
import { markerPage } from "../../../marker-pages.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { clusters } from "../aurora/cluster.ts";
import { wakeAll } from "../aurora/wake.ts";
import { reloadMembers } from "../aurora/servers.ts";
import { invalidCombination, invalidParameterGroupState, invalidValue, parameterGroupExists } from "../errors.ts";
import { checkIdentifier } from "../names.ts";
import {
  clusterFamilies,
  clusterParameterGroups,
  clusterParameterGroupShape,
  defaultGroup,
  findClusterParameterGroup,
  isDefaultGroup,
  majorOfFamily,
  type ParameterGroup,
} from "../parameter-group.ts";
import { checkCount, checkParameter, familyParameters, parameterShape } from "../parameters.ts";
import { checkedTags } from "../tags.ts";
import { clusterWork } from "../work.ts";

export const createDBClusterParameterGroup = operation("rds", "CreateDBClusterParameterGroup", (input, context) => {
  const { cloud, region } = context;
  const name = checkIdentifier("DBClusterParameterGroupName", input.DBClusterParameterGroupName!, 255);
  if (!clusterFamilies.includes(input.DBParameterGroupFamily!))
    throw invalidValue(`ParameterGroupFamily ${input.DBParameterGroupFamily} is not a valid parameter group family`);
  if (!input.Description) throw invalidValue("The parameter Description must be provided and must not be blank.");
  if (clusterParameterGroups(cloud).has(region, name)) throw parameterGroupExists(name);
  const group: ParameterGroup = {
    name,
    family: input.DBParameterGroupFamily!,
    description: input.Description,
    values: {},
    tags: checkedTags(input.Tags),
  };
  clusterParameterGroups(cloud).put(region, name, group);
  return { DBClusterParameterGroup: clusterParameterGroupShape(context, group) };
});

export const copyDBClusterParameterGroup = operation("rds", "CopyDBClusterParameterGroup", (input, context) => {
  const { cloud, region } = context;
  const source = findClusterParameterGroup(cloud, region, input.SourceDBClusterParameterGroupIdentifier!.split(":").at(-1)!);
  const name = checkIdentifier("TargetDBClusterParameterGroupIdentifier", input.TargetDBClusterParameterGroupIdentifier!, 255);
  if (clusterParameterGroups(cloud).has(region, name)) throw parameterGroupExists(name);
  const group: ParameterGroup = {
    ...source,
    name,
    description: input.TargetDBClusterParameterGroupDescription!,
    tags: checkedTags(input.Tags),
  };
  clusterParameterGroups(cloud).put(region, name, group);
  return { DBClusterParameterGroup: clusterParameterGroupShape(context, group) };
});

export const describeDBClusterParameterGroups = operation("rds", "DescribeDBClusterParameterGroups", (input, context) => {
  const { cloud, region } = context;
  const inUse = clusters(cloud)
    .list(region)
    .map(({ settings }) => settings.parameterGroup);
  const defaults = clusterFamilies.map(defaultGroup).filter(({ name }) => inUse.includes(name));
  const all = input.DBClusterParameterGroupName
    ? [findClusterParameterGroup(cloud, region, input.DBClusterParameterGroupName)]
    : [...defaults, ...clusterParameterGroups(cloud).list(region)];
  const { items, Marker } = markerPage(all, input, ({ name }) => name, "DBClusterParameterGroups");
  return { DBClusterParameterGroups: items.map((group) => clusterParameterGroupShape(context, group)), ...(Marker && { Marker }) };
});

export const deleteDBClusterParameterGroup = operation("rds", "DeleteDBClusterParameterGroup", (input, { cloud, region }) => {
  const group = changeable(cloud, region, input.DBClusterParameterGroupName!);
  if (usersOf(cloud, region, group).length > 0) {
    throw invalidParameterGroupState(
      "One or more database clusters are still members of this parameter group, so the group cannot be deleted",
    );
  }
  clusterParameterGroups(cloud).delete(region, group.name);
  return {};
});

export const modifyDBClusterParameterGroup = operation("rds", "ModifyDBClusterParameterGroup", async (input, { cloud, region }) => {
  const group = changeable(cloud, region, input.DBClusterParameterGroupName!);
  const known = await familyParameters(cloud, majorOfFamily(group.family));
  const changes = checkCount(input.Parameters!).map((change) =>
    checkParameter(group.family, known.get(change.ParameterName ?? ""), change),
  );
  for (const { name, value, method } of changes) group.values[name] = { value, method };
  clusterParameterGroups(cloud).put(region, group.name, group);
  tellUsers(cloud, region, group);
  return { DBClusterParameterGroupName: group.name };
});

export const resetDBClusterParameterGroup = operation("rds", "ResetDBClusterParameterGroup", async (input, { cloud, region }) => {
  const group = changeable(cloud, region, input.DBClusterParameterGroupName!);
  if (!input.ResetAllParameters && !input.Parameters?.length)
    throw invalidCombination("Either ResetAllParameters or Parameters must be specified.");
  if (input.Parameters?.length) {
    const known = await familyParameters(cloud, majorOfFamily(group.family));
    for (const { ParameterName: name = "" } of checkCount(input.Parameters)) {
      if (!known.has(name)) throw invalidValue(`Could not find parameter with name: ${name}`);
      delete group.values[name];
    }
  } else group.values = {};
  clusterParameterGroups(cloud).put(region, group.name, group);
  tellUsers(cloud, region, group);
  return { DBClusterParameterGroupName: group.name };
});

export const describeDBClusterParameters = operation("rds", "DescribeDBClusterParameters", async (input, { cloud, region }) => {
  const group = findClusterParameterGroup(cloud, region, input.DBClusterParameterGroupName!);
  const known = await familyParameters(cloud, majorOfFamily(group.family));
  const all = [...known.values()].map((parameter) => ({ ...parameterShape(parameter, group), SupportedEngineModes: ["provisioned"] }));
  if (input.Source && !["user", "system", "engine-default"].includes(input.Source)) throw invalidValue(`Invalid source: ${input.Source}`);
  const chosen = input.Source ? all.filter(({ Source }) => Source === input.Source) : all;
  const { items, Marker } = markerPage(chosen, input, ({ ParameterName }) => ParameterName, "DBClusterParameters");
  return { Parameters: items, ...(Marker && { Marker }) };
});

export const describeEngineDefaultClusterParameters = operation(
  "rds",
  "DescribeEngineDefaultClusterParameters",
  async (input, { cloud }) => {
    const family = input.DBParameterGroupFamily!;
    if (!clusterFamilies.includes(family)) throw invalidValue(`ParameterGroupFamily ${family} is not a valid parameter group family`);
    const known = await familyParameters(cloud, majorOfFamily(family));
    const all = [...known.values()].map((parameter) => parameterShape(parameter, defaultGroup(family)));
    const { items, Marker } = markerPage(all, input, ({ ParameterName }) => ParameterName, "EngineDefaults");
    return { EngineDefaults: { DBParameterGroupFamily: family, Parameters: items, ...(Marker && { Marker }) } };
  },
);

function usersOf(cloud: OperationContext["cloud"], region: string, group: ParameterGroup) {
  return clusters(cloud)
    .list(region)
    .filter(({ settings }) => settings.parameterGroup === group.name);
}

/** As on AWS, a change wakes the instances of every cluster that uses the group. */
function tellUsers(cloud: OperationContext["cloud"], region: string, group: ParameterGroup): void {
  for (const { resourceId } of usersOf(cloud, region, group).filter(({ status }) => status === "available")) {
    void clusterWork(cloud, region, resourceId, async (identifier) => {
      await wakeAll(cloud, region, clusters(cloud).get(region, identifier)!);
      await reloadMembers(cloud, region, clusters(cloud).get(region, identifier)!);
    });
  }
}

function changeable(cloud: OperationContext["cloud"], region: string, name: string): ParameterGroup {
  const group = findClusterParameterGroup(cloud, region, name);
  if (isDefaultGroup(group.name))
    throw invalidValue(
      `The parameter DBClusterParameterGroupName is not a valid identifier. The default parameter group ${group.name} cannot be modified or deleted.`,
    );
  return group;
}
