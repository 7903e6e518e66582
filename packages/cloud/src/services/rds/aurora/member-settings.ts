/** What an instance's server is told by parameter groups. */
import { existsSync } from "node:fs";
import type { Cloud } from "../../../cloud.ts";
import { installation } from "../../../runtime/postgres/installation.ts";
import { majorOf } from "../engine-versions.ts";
import { clusterParameterGroups, parameterGroups, type ParameterGroup } from "../parameter-group.ts";
import { serverParameters } from "../parameters.ts";
import type { Cluster } from "./cluster.ts";
import type { Member } from "./members.ts";

/** The cluster's parameters, and over them the instance's own. */
export async function memberSettings(
  cloud: Cloud,
  region: string,
  cluster: Cluster,
  member: Member,
): Promise<{ parameters: Record<string, string>; forceTls: boolean }> {
  const valuesOf = (group: ParameterGroup | undefined) =>
    Object.fromEntries(Object.entries(group?.values ?? {}).map(([name, { value }]) => [name, value]));
  const values = {
    ...valuesOf(clusterParameterGroups(cloud).get(region, cluster.settings.parameterGroup)),
    ...valuesOf(parameterGroups(cloud).get(region, member.settings.parameterGroup)),
  };
  const { libraryFolder } = await installation(cloud, majorOf(member.settings.engineVersion));
  const hasLibrary = (name: string) => existsSync(`${libraryFolder}/${name}.so`) || existsSync(`${libraryFolder}/${name}.dylib`);
  return { parameters: serverParameters(values, hasLibrary), forceTls: !/^(0|off|false)$/i.test(values["rds.force_ssl"] ?? "1") };
}
