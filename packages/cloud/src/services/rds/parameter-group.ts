/** A DB parameter group: values that differ from a family's defaults. */
import type { Output } from "../../aws.ts";
import type { Cloud } from "../../cloud.ts";
import { families, partsOfFamily } from "./engine-versions.ts";
import { clusterParameterGroupNotFound, parameterGroupNotFound } from "./errors.ts";
import { arnOf } from "./names.ts";
import type { ApplyMethod } from "./parameters.ts";
import type { Tag } from "./tags.ts";

export interface ParameterGroup {
  name: string;
  family: string;
  description: string;
  values: Record<string, { value: string; method: ApplyMethod }>;
  tags: Tag[];
}

export const parameterGroups = (cloud: Cloud) => cloud.store.collection<ParameterGroup>("rds.parameter-groups");

/** Those of clusters have names of their own. */
export const clusterParameterGroups = (cloud: Cloud) => cloud.store.collection<ParameterGroup>("rds.cluster-parameter-groups");

/** `default.postgres16` and its like exist without being made, and cannot be changed. */
export function isDefaultGroup(name: string): boolean {
  return name.startsWith("default.");
}

export function defaultGroup(family: string): ParameterGroup {
  return { name: `default.${family}`, family, description: `Default parameter group for ${family}`, values: {}, tags: [] };
}

export function findParameterGroup(cloud: Cloud, region: string, name: string): ParameterGroup {
  const key = name.toLowerCase();
  const found = parameterGroups(cloud).get(region, key) ?? families.map(defaultGroup).find((group) => group.name === key);
  if (!found) throw parameterGroupNotFound(name);
  return found;
}

export function findClusterParameterGroup(cloud: Cloud, region: string, name: string): ParameterGroup {
  const key = name.toLowerCase();
  const found = clusterParameterGroups(cloud).get(region, key) ?? clusterFamilies.map(defaultGroup).find((group) => group.name === key);
  if (!found) throw clusterParameterGroupNotFound(name);
  return found;
}

/** The families that a cluster's group can be of. */
export const clusterFamilies: readonly string[] = families.filter((family) => family.startsWith("aurora"));

export function majorOfFamily(family: string): number {
  return partsOfFamily(family).major;
}

type Shape = NonNullable<Output<"rds", "CreateDBParameterGroup">["DBParameterGroup"]>;

export function parameterGroupShape(of: { region: string; account: string }, group: ParameterGroup): Shape {
  return {
    DBParameterGroupName: group.name,
    DBParameterGroupFamily: group.family,
    Description: group.description,
    DBParameterGroupArn: arnOf(of, "pg", group.name),
  };
}

type ClusterShape = NonNullable<Output<"rds", "CreateDBClusterParameterGroup">["DBClusterParameterGroup"]>;

export function clusterParameterGroupShape(of: { region: string; account: string }, group: ParameterGroup): ClusterShape {
  return {
    DBClusterParameterGroupName: group.name,
    DBParameterGroupFamily: group.family,
    Description: group.description.replace(/^Default parameter group/, "Default cluster parameter group"),
    DBClusterParameterGroupArn: arnOf(of, "cluster-pg", group.name),
  };
}
