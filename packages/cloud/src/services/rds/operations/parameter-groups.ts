/** The operations on DB parameter groups and on the parameters in them. */
import { markerPage } from "../../../marker-pages.ts";
import { operation } from "../../../service.ts";
import { families } from "../engine-versions.ts";
import { instances } from "../instance.ts";
import { checkIdentifier } from "../names.ts";
import { findParameterGroup, parameterGroups, parameterGroupShape } from "../parameter-group.ts";
import {
  changeGroup,
  copyGroup,
  familyDefaults,
  type GroupKind,
  groupParameters,
  listGroups,
  makeGroup,
  removeGroup,
  resetGroup,
} from "../parameter-groups.ts";
import { reloadServers } from "../servers.ts";
import { checkedTags } from "../tags.ts";

const kind: GroupKind = {
  nameMember: "DBParameterGroupName",
  families,
  users: "instances",
  kept: parameterGroups,
  find: findParameterGroup,
  inUse: (cloud, region) =>
    instances(cloud)
      .list(region)
      .map(({ settings }) => settings.parameterGroup),
  changed: (cloud, region, { name }) => reloadServers(cloud, region, name, instances(cloud).list(region)),
};

export const createDBParameterGroup = operation("rds", "CreateDBParameterGroup", (input, context) => {
  const { DBParameterGroupName: name, DBParameterGroupFamily: family, Description: description, Tags: tags } = input;
  const group = makeGroup(kind, context, { name: name!, family: family!, description, tags });
  return { DBParameterGroup: parameterGroupShape(context, group) };
});

/** A default group has nothing of its own to copy (API reference, CopyDBParameterGroup). */
export const copyDBParameterGroup = operation("rds", "CopyDBParameterGroup", (input, context) => {
  const group = copyGroup(kind, context, {
    source: input.SourceDBParameterGroupIdentifier!.split(":").at(-1)!,
    name: checkIdentifier("TargetDBParameterGroupIdentifier", input.TargetDBParameterGroupIdentifier!, 255),
    description: input.TargetDBParameterGroupDescription!,
    tags: checkedTags(input.Tags),
  });
  return { DBParameterGroup: parameterGroupShape(context, group) };
});

export const describeDBParameterGroups = operation("rds", "DescribeDBParameterGroups", (input, context) => {
  const all = listGroups(kind, context, input.DBParameterGroupName);
  const { items, Marker } = markerPage(all, input, ({ name }) => name, "DBParameterGroups");
  return { DBParameterGroups: items.map((group) => parameterGroupShape(context, group)), ...(Marker && { Marker }) };
});

export const deleteDBParameterGroup = operation("rds", "DeleteDBParameterGroup", (input, context) => {
  removeGroup(kind, context, input.DBParameterGroupName!);
  return {};
});

export const modifyDBParameterGroup = operation("rds", "ModifyDBParameterGroup", async (input, context) => {
  const { name } = await changeGroup(kind, context, input.DBParameterGroupName!, input.Parameters!);
  return { DBParameterGroupName: name };
});

export const resetDBParameterGroup = operation("rds", "ResetDBParameterGroup", async (input, context) => {
  const all = input.ResetAllParameters !== false;
  const { name } = await resetGroup(kind, context, input.DBParameterGroupName!, { parameters: input.Parameters, all });
  return { DBParameterGroupName: name };
});

export const describeDBParameters = operation("rds", "DescribeDBParameters", async (input, context) => {
  const all = await groupParameters(kind, context, input.DBParameterGroupName!, input.Source);
  const { items, Marker } = markerPage(all, input, ({ ParameterName }) => ParameterName, "DBParameters");
  return { Parameters: items, ...(Marker && { Marker }) };
});

export const describeEngineDefaultParameters = operation("rds", "DescribeEngineDefaultParameters", (input, { cloud }) =>
  familyDefaults(kind, cloud, input),
);
