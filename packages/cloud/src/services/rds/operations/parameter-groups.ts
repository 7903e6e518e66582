/** The operations on DB parameter groups and on the parameters in them. */
import { markerPage } from "../../../marker-pages.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { families } from "../engine-versions.ts";
import { invalidCombination, invalidParameterGroupState, invalidValue, parameterGroupExists } from "../errors.ts";
import { instances } from "../instance.ts";
import { checkIdentifier } from "../names.ts";
import {
  defaultGroup,
  findParameterGroup,
  isDefaultGroup,
  majorOfFamily,
  type ParameterGroup,
  parameterGroups,
  parameterGroupShape,
} from "../parameter-group.ts";
import { checkCount, checkParameter, familyParameters, parameterShape } from "../parameters.ts";
import { reloadServers } from "../servers.ts";
import { checkedTags } from "../tags.ts";

export const createDBParameterGroup = operation("rds", "CreateDBParameterGroup", (input, context) => {
  const { cloud, region } = context;
  const name = checkIdentifier("DBParameterGroupName", input.DBParameterGroupName!, 255);
  if (!families.includes(input.DBParameterGroupFamily!))
    throw invalidValue(`ParameterGroupFamily ${input.DBParameterGroupFamily} is not a valid parameter group family`);
  if (!input.Description) throw invalidValue("The parameter Description must be provided and must not be blank.");
  if (parameterGroups(cloud).has(region, name)) throw parameterGroupExists(name);
  const group: ParameterGroup = {
    name,
    family: input.DBParameterGroupFamily!,
    description: input.Description,
    values: {},
    tags: checkedTags(input.Tags),
  };
  parameterGroups(cloud).put(region, name, group);
  return { DBParameterGroup: parameterGroupShape(context, group) };
});

/** A default group has nothing of its own to copy (API reference, CopyDBParameterGroup). */
export const copyDBParameterGroup = operation("rds", "CopyDBParameterGroup", (input, context) => {
  const { cloud, region } = context;
  const source = changeable(cloud, region, input.SourceDBParameterGroupIdentifier!.split(":").at(-1)!);
  const name = checkIdentifier("TargetDBParameterGroupIdentifier", input.TargetDBParameterGroupIdentifier!, 255);
  if (parameterGroups(cloud).has(region, name)) throw parameterGroupExists(name);
  const group: ParameterGroup = {
    ...source,
    name,
    description: input.TargetDBParameterGroupDescription!,
    tags: checkedTags(input.Tags),
  };
  parameterGroups(cloud).put(region, name, group);
  return { DBParameterGroup: parameterGroupShape(context, group) };
});

export const describeDBParameterGroups = operation("rds", "DescribeDBParameterGroups", (input, context) => {
  const { cloud, region } = context;
  const inUse = new Set(
    instances(cloud)
      .list(region)
      .map(({ settings }) => settings.parameterGroup),
  );
  const defaults = families.map(defaultGroup).filter(({ name }) => inUse.has(name));
  const all = input.DBParameterGroupName
    ? [findParameterGroup(cloud, region, input.DBParameterGroupName)]
    : [...defaults, ...parameterGroups(cloud).list(region)];
  const { items, Marker } = markerPage(all, input, ({ name }) => name, "DBParameterGroups");
  return { DBParameterGroups: items.map((group) => parameterGroupShape(context, group)), ...(Marker && { Marker }) };
});

export const deleteDBParameterGroup = operation("rds", "DeleteDBParameterGroup", (input, { cloud, region }) => {
  const group = changeable(cloud, region, input.DBParameterGroupName!);
  if (
    instances(cloud)
      .list(region)
      .some(({ settings }) => settings.parameterGroup === group.name)
  ) {
    throw invalidParameterGroupState(
      "One or more database instances are still members of this parameter group, so the group cannot be deleted",
    );
  }
  parameterGroups(cloud).delete(region, group.name);
  return {};
});

export const modifyDBParameterGroup = operation("rds", "ModifyDBParameterGroup", async (input, { cloud, region }) => {
  const group = changeable(cloud, region, input.DBParameterGroupName!);
  const changes = checkCount(input.Parameters!);
  const known = await familyParameters(cloud, majorOfFamily(group.family));
  const checked = changes.map((change) => checkParameter(group.family, known.get(change.ParameterName ?? ""), change));
  for (const { name, value, method } of checked) group.values[name] = { value, method };
  parameterGroups(cloud).put(region, group.name, group);
  await reloadServers(cloud, region, group.name, instances(cloud).list(region));
  return { DBParameterGroupName: group.name };
});

export const resetDBParameterGroup = operation("rds", "ResetDBParameterGroup", async (input, { cloud, region }) => {
  const group = changeable(cloud, region, input.DBParameterGroupName!);
  if (input.ResetAllParameters === false && !input.Parameters?.length)
    throw invalidCombination("Either ResetAllParameters or Parameters must be specified.");
  if (input.Parameters?.length) {
    const known = await familyParameters(cloud, majorOfFamily(group.family));
    for (const { ParameterName: name = "" } of checkCount(input.Parameters)) {
      if (!known.has(name)) throw invalidValue(`Could not find parameter with name: ${name}`);
      delete group.values[name];
    }
  } else group.values = {};
  parameterGroups(cloud).put(region, group.name, group);
  await reloadServers(cloud, region, group.name, instances(cloud).list(region));
  return { DBParameterGroupName: group.name };
});

export const describeDBParameters = operation("rds", "DescribeDBParameters", async (input, { cloud, region }) => {
  const group = findParameterGroup(cloud, region, input.DBParameterGroupName!);
  const known = await familyParameters(cloud, majorOfFamily(group.family));
  const all = [...known.values()].map((parameter) => parameterShape(parameter, group));
  if (input.Source && !["user", "system", "engine-default"].includes(input.Source)) throw invalidValue(`Invalid source: ${input.Source}`);
  const chosen = input.Source ? all.filter(({ Source }) => Source === input.Source) : all;
  const { items, Marker } = markerPage(chosen, input, ({ ParameterName }) => ParameterName, "DBParameters");
  return { Parameters: items, ...(Marker && { Marker }) };
});

export const describeEngineDefaultParameters = operation("rds", "DescribeEngineDefaultParameters", async (input, { cloud }) => {
  const family = input.DBParameterGroupFamily!;
  if (!families.includes(family)) throw invalidValue(`ParameterGroupFamily ${family} is not a valid parameter group family`);
  const known = await familyParameters(cloud, majorOfFamily(family));
  const { items, Marker } = markerPage(
    [...known.values()].map((parameter) => parameterShape(parameter, defaultGroup(family))),
    input,
    ({ ParameterName }) => ParameterName,
    "EngineDefaults",
  );
  return { EngineDefaults: { DBParameterGroupFamily: family, Parameters: items, ...(Marker && { Marker }) } };
});

function changeable(cloud: OperationContext["cloud"], region: string, name: string): ParameterGroup {
  const group = findParameterGroup(cloud, region, name);
  if (isDefaultGroup(group.name))
    throw invalidValue(
      `The parameter DBParameterGroupName is not a valid identifier. The default parameter group ${group.name} cannot be modified or deleted.`,
    );
  return group;
}
