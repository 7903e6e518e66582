/** The endpoints of a cluster: the writer's, the readers', and one for each instance. They stay open while what is behind them pauses or changes. */
import type { Cloud } from "../../../cloud.ts";
import { claimAddress, ownAddresses, releaseAddress } from "../../../runtime/addresses.ts";
import { type EntranceTarget, openEntrance } from "../../../runtime/postgres/entrance.ts";
import { changeInstance } from "../instance.ts";
import { runningServer } from "../servers.ts";
import { clusterOf, clusterWork } from "../work.ts";
import { changeCluster, type Cluster, clusters } from "./cluster.ts";
import { type Member, membersOf, readersOf, writerOf } from "./members.ts";
import { watchIdleness } from "./pause.ts";
import { presenceOf } from "./presence.ts";
import { gateBefore } from "./servers.ts";
import { wake } from "./wake.ts";

/** Finds addresses for the cluster's two endpoints, before any server is started, since its certificate names them. */
export async function claimEndpoints(cloud: Cloud, region: string, cluster: Cluster): Promise<void> {
  const { port } = cluster.settings;
  const owner = `rds-cluster/${region}/${cluster.resourceId}`;
  const endpoint = await claimAddress(cloud, owner, port);
  // Where all addresses are one, the readers' endpoint would be another port, which no client looks for: it is the writer's.
  const readerEndpoint = ownAddresses ? await claimAddress(cloud, `${owner}/ro`, port) : endpoint;
  changeCluster(cloud, region, cluster.identifier, (each) => Object.assign(each, { endpoint, readerEndpoint }));
}

export async function claimMemberEndpoint(cloud: Cloud, region: string, cluster: Cluster, member: Member): Promise<void> {
  const at = await claimAddress(cloud, `rds/${region}/${member.resourceId}`, cluster.settings.port);
  changeInstance(cloud, region, member.identifier, (each) => Object.assign(each, { address: at.address, listeningPort: at.port }));
}

/** Finds all addresses again while none is open: others may have taken one meanwhile, or the port has changed. Then opens them. */
export async function openAgain(cloud: Cloud, region: string, identifier: string): Promise<void> {
  await claimEndpoints(cloud, region, clusters(cloud).get(region, identifier)!);
  const cluster = clusters(cloud).get(region, identifier)!;
  for (const member of membersOf(cloud, region, cluster)) {
    if (member.status !== "creating") await claimMemberEndpoint(cloud, region, cluster, member);
  }
  await openEndpoints(cloud, region, cluster);
}

export function releaseEndpoints(cloud: Cloud, region: string, { resourceId }: Pick<Cluster, "resourceId">): void {
  for (const owner of [`rds-cluster/${region}/${resourceId}`, `rds-cluster/${region}/${resourceId}/ro`]) releaseAddress(cloud, owner);
}

export function releaseMemberEndpoint(cloud: Cloud, region: string, resourceId: string): void {
  for (const kind of ["rds", "rds-server"]) releaseAddress(cloud, `${kind}/${region}/${resourceId}`);
}

/** Opens those that are not open yet. */
export async function openEndpoints(cloud: Cloud, region: string, cluster: Cluster): Promise<void> {
  const { resourceId } = cluster;
  const presence = presenceOf(cloud, resourceId);
  presence.onPassage = () => watchIdleness(cloud, region, resourceId);
  const open = async (key: string, at: { address: string; port: number } | undefined, choose: (cluster: Cluster) => Member | undefined) => {
    if (!at || presence.entrances.has(key)) return;
    const target = () => serving(cloud, region, resourceId, choose);
    presence.entrances.set(key, await openEntrance(cloud, { ...at, target, passages: presence.passages }));
  };
  await open("writer", cluster.endpoint, (now) => writerOf(cloud, region, now));
  if (cluster.readerEndpoint?.address !== cluster.endpoint?.address || cluster.readerEndpoint?.port !== cluster.endpoint?.port) {
    await open("reader", cluster.readerEndpoint, (now) => nextReader(cloud, region, now));
  }
  for (const member of membersOf(cloud, region, cluster)) {
    const at = member.address && { address: member.address, port: member.listeningPort! };
    const same = (now: Cluster) => membersOf(cloud, region, now).find((each) => each.resourceId === member.resourceId);
    if (at) await open(member.resourceId, at, same);
  }
}

/** Closes those that are named, or all, and what passes through them to the instances named. */
export async function closeEndpoints(cloud: Cloud, resourceId: string, keys?: readonly string[]): Promise<void> {
  const { entrances, passages } = presenceOf(cloud, resourceId);
  const closing = [...entrances].filter(([key]) => !keys || keys.includes(key));
  for (const [key] of closing) entrances.delete(key);
  for (const id of keys ?? passages.sockets.keys()) passages.cut(id);
  await Promise.all(closing.map(([, entrance]) => entrance.close()));
}

/** The readers take turns; without any it is the writer. */
function nextReader(cloud: Cloud, region: string, cluster: Cluster): Member | undefined {
  const readers = readersOf(cloud, region, cluster).filter((member) => member.member.paused || runningServer(cloud, member));
  return readers.length > 0 ? readers[presenceOf(cloud, cluster.resourceId).turn++ % readers.length] : writerOf(cloud, region, cluster);
}

/** Where a connection goes now; waits for a failover, and wakes whom it is for. */
export async function serving(
  cloud: Cloud,
  region: string,
  resourceId: string,
  choose: (cluster: Cluster) => Member | undefined,
): Promise<EntranceTarget> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const cluster = clusterOf(cloud, region, resourceId);
    const member = cluster && choose(cluster);
    if (!cluster || !member) break;
    const at = member.member.serverAt;
    const server = runningServer(cloud, member);
    if (!cluster.failover && at && server)
      return { id: member.resourceId, ...at, gate: gateBefore(cloud, region, cluster, member, server) };
    if (["stopping", "stopped", "deleting", "failed"].includes(cluster.status) || member.status === "failed") break;
    // One that cannot be started now may be at the next connection: the cluster itself has not failed.
    let failure: Error | undefined;
    await clusterWork(cloud, region, resourceId, async (identifier) => {
      // Whom it is for by now: there may have been a failover before it.
      const now = choose(clusters(cloud).get(region, identifier)!);
      if (!now || now.status !== "available" || runningServer(cloud, now)) return;
      await wake(cloud, region, identifier, now.resourceId, "connection").catch((error: Error) => void (failure = error));
    });
    if (failure) throw failure;
  }
  throw new Error(`no instance of the cluster takes connections`);
}
