/** The servers of a cluster's instances: one takes writes, the others follow it. */
import type { Cloud } from "../../../cloud.ts";
import { claimAddress } from "../../../runtime/addresses.ts";
import type { Gate } from "../../../runtime/postgres/gate.ts";
import { saysItCannotFollow } from "../../../runtime/postgres/following.ts";
import { startNativePostgres } from "../../../runtime/postgres/native.ts";
import { startPglite } from "../../../runtime/postgres/pglite.ts";
import { changeMasterPassword, makeMasterUser } from "../../../runtime/postgres/roles.ts";
import type { PostgresRequest, PostgresServer } from "../../../runtime/postgres/server.ts";
import { ownArchive } from "../backup/archive.ts";
import { majorOf } from "../engine-versions.ts";
import { globalOf, isSecondary } from "../global/global-cluster.ts";
import { primarysNeeds, runVolume, volumeAddress } from "../global/volume.ts";
import { changeInstance, instanceFolder } from "../instance.ts";
import { defaultMaxConnections } from "../instance-classes.ts";
import { staticValues } from "../instance-shape.ts";
import { exportLogLine } from "../log-export.ts";
import { clusterParameterGroups } from "../parameter-group.ts";
import { noteRunning, runningServer } from "../servers.ts";
import { changeCluster, type Cluster } from "./cluster.ts";
import { serverlessConnections } from "./capacity.ts";
import { gateOf } from "../token-login.ts";
import { isGated, memberSettings, turnsAwayPlain } from "./member-settings.ts";
import { isServerless, type Member, membersOf, writerOf } from "./members.ts";

export interface MemberEvents {
  /** It ended without being asked. */
  lost(member: Member, server: PostgresServer): void;
  /** It can no longer follow the writer. */
  strayed(member: Member, server: PostgresServer): void;
}

/** Starts an instance's server as what it is to its cluster: a writer, or a copy of the one that runs. Gives a writer the master user that it lacks. */
export async function startMember(
  cloud: Cloud,
  region: string,
  cluster: Cluster,
  member: Member,
  on: MemberEvents,
): Promise<PostgresServer> {
  const { resourceId, settings } = member;
  const writes = cluster.writer === resourceId;
  const owner = ownerOf(region, member);
  const at = await claimAddress(cloud, owner, cluster.settings.port);
  const { parameters, forceTls, gated } = await memberSettings(cloud, region, cluster, member);
  const secondary = isSecondary(cloud, region, cluster);
  if (secondary) await runVolume(cloud, region, cluster);
  const needs = secondary ? await primarysNeeds(cloud, region, cluster) : undefined;
  const started: { server?: PostgresServer } = {};
  const request: PostgresRequest = {
    owner,
    folder: instanceFolder(cloud, region, resourceId),
    major: majorOf(settings.engineVersion),
    ...at,
    alsoAt: addressesOf(cloud, region, cluster, member),
    forceTls,
    gated,
    maxConnections: Math.max(Number(parameters.max_connections ?? connectionsOf(cloud, region, cluster)), needs?.maxConnections ?? 0),
    parameters: { ...withoutFewer(parameters, needs?.maxConnections), ...needs?.parameters },
    follows: writes ? undefined : primaryOf(cloud, region, cluster),
    followed: cluster.server === "native",
    // A copy archives nothing until it becomes the writer.
    archiveFolder: await ownArchive(cloud, region, cluster),
    onLogLine(line) {
      exportLogLine(cloud, region, resourceId, line);
      if (started.server && saysItCannotFollow(line)) on.strayed(member, started.server);
    },
  };
  const server = await (cluster.server === "pglite" ? startPglite : startNativePostgres)(cloud, request);
  started.server = server;
  noteRunning(cloud, resourceId, server);
  changeInstance(cloud, region, member.identifier, (changed) => {
    Object.assign(changed.member!, { serverAt: at, maxConnections: request.maxConnections });
    changed.servedBy = server.servedBy;
    changed.startedWith = staticValues(cloud, region, changed);
  });
  void server.exited.then(() => on.lost(member, server));
  if (writes) await giveMasterUser(cloud, region, cluster, server);
  return server;
}

/** Without a number of connections that is too small for one who follows a server that takes so many. */
function withoutFewer({ max_connections: own, ...others }: Record<string, string>, least = 0): Record<string, string> {
  return own === undefined || Number(own) < least ? others : { ...others, max_connections: own };
}

/** Where clients have to prove who they are before they reach a member's server; none where that is between them and the server. */
export function gateBefore(cloud: Cloud, region: string, cluster: Cluster, member: Member, server: PostgresServer): Gate | undefined {
  if (!isGated(cluster)) return undefined;
  const others = addressesOf(cloud, region, cluster, member);
  return gateOf(
    { cloud, region, resourceId: cluster.resourceId, endpoints: endpointsOf(cloud, region, cluster) },
    {
      owner: ownerOf(region, member),
      addresses: [...new Set([member.member.serverAt!.address, ...others])],
      forceTls: turnsAwayPlain(cloud, region, cluster, member),
      server,
    },
  );
}

/** All that lead to the cluster or to one of its instances: a token for one of them is good at each, since they say the same in policies. */
function endpointsOf(cloud: Cloud, region: string, cluster: Cluster): string[] {
  const { endpoint } = globalOf(cloud, region, cluster)?.global ?? {};
  const members = membersOf(cloud, region, cluster).map(({ address, listeningPort }) => address && { address, port: listeningPort! });
  return [cluster.endpoint, cluster.readerEndpoint, endpoint, ...members].flatMap((at) => (at ? [`${at.address}:${at.port}`] : []));
}

const ownerOf = (region: string, { resourceId }: Pick<Member, "resourceId">) => `rds-server/${region}/${resourceId}`;

/** Where clients reach an instance's server. */
function addressesOf(cloud: Cloud, region: string, cluster: Cluster, member: Member): string[] {
  const { endpoint } = globalOf(cloud, region, cluster)?.global ?? {};
  return [cluster.endpoint, cluster.readerEndpoint, member, endpoint].flatMap((each) => each?.address ?? []);
}

/** Where the server listens that a copy follows: the writer's, in a secondary cluster that of its storage. It runs. */
function primaryOf(cloud: Cloud, region: string, cluster: Cluster): { address: string; port: number } {
  if (isSecondary(cloud, region, cluster)) return volumeAddress(cloud, cluster);
  const at = writerOf(cloud, region, cluster)?.member.serverAt;
  if (!at) throw new Error(`the writer of ${cluster.identifier} does not run`);
  return at;
}

/** Makes the master user, or gives it the password that it was given meanwhile. */
export async function giveMasterUser(cloud: Cloud, region: string, cluster: Cluster, server: PostgresServer): Promise<void> {
  if (!cluster.masterVerifier) return;
  const { verifier, first } = cluster.masterVerifier;
  if (first) await makeMasterUser(server, { ...cluster, masterVerifier: verifier });
  else await changeMasterPassword(server, cluster.masterUsername, verifier);
  changeCluster(cloud, region, cluster.identifier, (changed) => {
    if (changed.masterVerifier?.verifier === verifier) changed.masterVerifier = undefined;
  });
}

/** A copy must take as many connections as the one that it follows, so that all take as many as the largest. */
function connectionsOf(cloud: Cloud, region: string, cluster: Cluster): number {
  const { capacity } = cluster.settings;
  return Math.max(
    ...membersOf(cloud, region, cluster).map((member) =>
      isServerless(member) && capacity ? serverlessConnections(capacity) : defaultMaxConnections(member.settings.instanceClass),
    ),
  );
}

/** Gives the running servers of a cluster their parameters anew. */
export async function reloadMembers(cloud: Cloud, region: string, cluster: Cluster): Promise<void> {
  for (const member of membersOf(cloud, region, cluster)) {
    const server = runningServer(cloud, member);
    const alsoAt = addressesOf(cloud, region, cluster, member);
    if (server) await server.reload({ ...(await memberSettings(cloud, region, cluster, member)), alsoAt });
  }
}

/** Turns a running copy to the present writer. One that takes fewer connections than the writer cannot follow it: `false`, it has to be started again. */
export async function followWriter(
  cloud: Cloud,
  region: string,
  cluster: Cluster,
  member: Member,
  server: PostgresServer,
): Promise<boolean> {
  if ((member.member.maxConnections ?? 0) < (writerOf(cloud, region, cluster)?.member.maxConnections ?? 0)) return false;
  await server.reload({ ...(await memberSettings(cloud, region, cluster, member)), follows: primaryOf(cloud, region, cluster) });
  return true;
}

/** Whether changes are decoded for others: then the writer has to stay awake. */
export function replicatesLogically(cloud: Cloud, region: string, cluster: Cluster): boolean {
  const value = clusterParameterGroups(cloud).get(region, cluster.settings.parameterGroup)?.values["rds.logical_replication"]?.value;
  return value !== undefined && /^(1|on|true)$/i.test(value);
}
