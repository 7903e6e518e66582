/** What an instance's server is told by parameter groups. */
import { existsSync } from "node:fs";
import type { Cloud } from "../../../cloud.ts";
import { installation } from "../../../runtime/postgres/installation.ts";
import { majorOf } from "../engine-versions.ts";
import { clusterParameterGroups, parameterGroups, type ParameterGroup } from "../parameter-group.ts";
import { forcesTls, serverParameters } from "../parameters.ts";
import type { Cluster } from "./cluster.ts";
import type { Member } from "./members.ts";

/** The cluster's parameters, and over them the instance's own. */
export async function memberSettings(
  cloud: Cloud,
  region: string,
  cluster: Cluster,
  member: Member,
): Promise<{ parameters: Record<string, string>; forceTls: boolean; gated: boolean }> {
  const values = groupValues(cloud, region, cluster, member);
  const { libraryFolder } = await installation(cloud, majorOf(member.settings.engineVersion));
  const hasLibrary = (name: string) => existsSync(`${libraryFolder}/${name}.so`) || existsSync(`${libraryFolder}/${name}.dylib`);
  return { parameters: serverParameters(values, hasLibrary), forceTls: forcesTls(values), gated: isGated(cluster) };
}

/** Whether clients log in at a gate before its servers: PGlite knows no other way in than its own. */
export const isGated = ({ settings, server }: Pick<Cluster, "settings" | "server">) => settings.iamAuthentication && server === "native";

/** Whether who comes without TLS is turned away. */
export const turnsAwayPlain = (cloud: Cloud, region: string, cluster: Cluster, member: Member): boolean =>
  forcesTls(groupValues(cloud, region, cluster, member));

function groupValues(cloud: Cloud, region: string, cluster: Cluster, member: Member): Record<string, string> {
  const valuesOf = (group: ParameterGroup | undefined) =>
    Object.fromEntries(Object.entries(group?.values ?? {}).map(([name, { value }]) => [name, value]));
  return {
    ...valuesOf(clusterParameterGroups(cloud).get(region, cluster.settings.parameterGroup)),
    ...valuesOf(parameterGroups(cloud).get(region, member.settings.parameterGroup)),
  };
}
