/**
 * Another cluster becomes the primary. A switchover waits until the secondary has everything, stops the primary and loses nothing; a
 * failover takes the secondary as it is. In both the former primary is then made anew as a secondary, and the others follow the new one.
 *
 *     intent noted → nobody writes any more → the secondary takes writes and is the primary → the former one and the others follow it
 *
 * The record names the one that has everything at each moment, so that after a kill `settleGlobal` finds where it stands.
 */
import type { Cloud } from "../../../cloud.ts";
import { changeCluster, type Cluster, clusters } from "../aurora/cluster.ts";
import { membersOf, readersOf, writerOf } from "../aurora/members.ts";
import { presenceOf } from "../aurora/presence.ts";
import { forgetBackups } from "../backup/automated-snapshots.ts";
import { recordClusterSnapshot, takeClusterSnapshot } from "../backup/cluster-snapshots.ts";
import { wakeAll } from "../aurora/wake.ts";
import { noteCluster } from "../event.ts";
import { changeInstance, instanceFolder } from "../instance.ts";
import { runningServer, stopServer } from "../servers.ts";
import { clusterOf, clusterWork } from "../work.ts";
import { changeGlobal, globalByResource, type Place, type PrimaryChange, samePlace } from "./global-cluster.ts";
import { promoteSecondary } from "./promotion.ts";
import { remakeVolume, turnVolume } from "./remade-volume.ts";
import { runVolume } from "./volume.ts";

/** How long a switchover waits for the secondary to have what the primary has written. */
const patienceMs = 300_000;
const pollMs = 50;
/** What may be missing when the primary stops: it is read from its log then, which keeps more than this. */
const nearlyAllBytes = 16 * 2 ** 20;

/** Brings the change to its end. Never rejects: where it fails, the former primary goes on. */
export async function changePrimary(cloud: Cloud, resourceId: string): Promise<void> {
  const { change } = globalByResource(cloud, resourceId)!;
  const { kind, from, to } = change!;
  const name = clusterOf(cloud, to.region, to.resourceId)!.identifier;
  const words = (what: string) => `Global ${kind} to DB cluster ${name} in Region ${to.region} ${what}`;
  const tell = (what: string) => {
    for (const { region, resourceId: id } of [from, to]) {
      const cluster = clusterOf(cloud, region, id);
      if (cluster) noteCluster(cloud, region, cluster.identifier, words(what), "global failover");
    }
  };
  tell("started.");
  let failure: Error | undefined;
  const holding = (place: Place, run: (identifier: string) => Promise<void>) => clusterWork(cloud, place.region, place.resourceId, run);
  // The primary's queue is held first, always: nobody who holds a secondary's waits for it.
  await holding(from, (former) =>
    holding(to, async (next) => {
      try {
        await handOver(cloud, resourceId, change!, former, next);
      } catch (error) {
        failure = error as Error;
      }
    }),
  );
  if (failure) {
    await takeBack(cloud, change!);
    changeGlobal(cloud, resourceId, (each) => (each.change = undefined));
    return tell(`failed. ${failure.message}`);
  }
  await settleGlobal(cloud, resourceId);
  tell(kind === "switchover" ? "finished." : "completed.");
}

async function handOver(cloud: Cloud, resourceId: string, change: PrimaryChange, former: string, next: string): Promise<void> {
  const { kind, from, to } = change;
  changeGlobal(cloud, resourceId, (each) => {
    if (each.change) each.change.status = kind === "switchover" ? "switching-over" : "failing-over";
  });
  const primary = clusters(cloud).get(from.region, former)!;
  const secondary = clusters(cloud).get(to.region, next)!;
  if (readersOf(cloud, to.region, secondary).length === 0) throw new Error(`${next} has no DB instance that is available.`);
  if (kind === "switchover") await caughtUp(cloud, { from, primary, to, secondary });
  const { passages } = presenceOf(cloud, primary.resourceId);
  for (const { resourceId: id } of membersOf(cloud, from.region, primary)) passages.cut(id);
  const writer = writerOf(cloud, from.region, primary);
  if (writer) await stopServer(cloud, writer);
  if (kind === "switchover") {
    const words = `Old primary DB cluster ${former} in Region ${from.region} successfully shut down.`;
    for (const [region, name] of [
      [from.region, former],
      [to.region, next],
    ] as const)
      noteCluster(cloud, region, name, words, "global failover");
  } else await keepWhatIsLost(cloud, from.region, primary);
  await promoteSecondary(cloud, to.region, next, {
    catchUpFrom: kind === "switchover" && writer ? `${instanceFolder(cloud, from.region, writer.resourceId)}/data` : undefined,
    also() {
      changeGlobal(cloud, resourceId, (each) => {
        for (const member of each.members) {
          if (samePlace(member, from)) member.writer = false;
          if (samePlace(member, to)) member.writer = true;
        }
      });
      changeCluster(cloud, from.region, former, (each) => {
        each.writer = undefined;
        each.masterVerifier = undefined;
        each.status = "modifying";
      });
      for (const { identifier } of membersOf(cloud, from.region, primary))
        changeInstance(cloud, from.region, identifier, (each) => {
          each.status = "rebooting";
          delete each.member!.paused;
        });
    },
  });
  const words = `New primary DB cluster ${next} in Region ${to.region} was successfully promoted.`;
  noteCluster(cloud, to.region, next, words, "global failover");
}

/** What the former primary had and the new one has not is not thrown away: AWS keeps it in a snapshot by this name. */
async function keepWhatIsLost(cloud: Cloud, region: string, cluster: Cluster): Promise<void> {
  const time = new Date(cloud.world.clock.nowMs())
    .toISOString()
    .replace(/[-:]|\..*$/g, "")
    .replace("T", "-");
  const identifier = `rds:unplanned-global-failover-${cluster.identifier}-${time}`;
  recordClusterSnapshot(cloud, region, cluster, identifier);
  await takeClusterSnapshot(cloud, region, identifier);
}

/** Resolves when the secondary lacks so little that the rest can be read from the log of the primary once that has stopped. */
async function caughtUp(
  cloud: Cloud,
  { from, primary, to, secondary }: { from: Place; primary: Cluster; to: Place; secondary: Cluster },
): Promise<void> {
  const untilMs = cloud.world.clock.nowMs() + patienceMs;
  const volume = await runVolume(cloud, to.region, secondary);
  let told = false;
  for (;;) {
    const writer = writerOf(cloud, from.region, primary);
    const server = writer && runningServer(cloud, writer);
    if (!server) throw new Error(`The primary DB cluster ${primary.identifier} does not run: use a failover.`);
    const [{ at } = {}] = await server.query("select pg_current_wal_lsn()::text as at");
    const [{ behind } = {}] = await volume.query("select pg_wal_lsn_diff($1::pg_lsn, pg_last_wal_replay_lsn())::float8 as behind", {
      parameters: [at],
    });
    if (typeof behind === "number" && behind <= nearlyAllBytes) return;
    const lag = `${Math.ceil(Number(behind) / 2 ** 20)} MB`;
    if (!told) {
      const words = `Waiting for data synchronization across global cluster members. Current lags behind primary DB cluster: ${lag}.`;
      noteCluster(cloud, from.region, primary.identifier, words, "global failover");
      told = true;
    }
    if (cloud.world.clock.nowMs() > untilMs) throw new Error(`${secondary.identifier} is ${lag} behind.`);
    await cloud.world.clock.sleep(pollMs, cloud.stopping);
  }
}

/** The change has not happened: the former primary takes writes again, and an instance that was to become the writer is made anew. */
async function takeBack(cloud: Cloud, { from, to }: PrimaryChange): Promise<void> {
  await clusterWork(cloud, to.region, to.resourceId, async (identifier) => {
    const { failover } = clusters(cloud).get(to.region, identifier)!;
    changeCluster(cloud, to.region, identifier, (each) => {
      each.failover = undefined;
      each.status = "available";
    });
    if (failover) await remakeVolume(cloud, to.region, identifier);
  });
  await clusterWork(cloud, from.region, from.resourceId, async (identifier) => {
    changeCluster(cloud, from.region, identifier, (each) => (each.status = "available"));
    await wakeAll(cloud, from.region, clusters(cloud).get(from.region, identifier)!);
  });
}

/** Makes every secondary follow the primary that the record names, the one that was primary before anew; then the change is over. */
export async function settleGlobal(cloud: Cloud, resourceId: string): Promise<void> {
  const { members, change } = globalByResource(cloud, resourceId)!;
  await Promise.all(
    members
      .filter(({ writer }) => !writer)
      .map((place) =>
        clusterWork(cloud, place.region, place.resourceId, async (identifier) => {
          if (change && samePlace(place, change.from)) await resynchronize(cloud, place, identifier);
          else await turnVolume(cloud, place.region, { ...place, identifier });
        }),
      ),
  );
  changeGlobal(cloud, resourceId, (each) => (each.change = undefined));
}

async function resynchronize(cloud: Cloud, { region, resourceId }: Place, identifier: string): Promise<void> {
  const cluster = clusters(cloud).get(region, identifier)!;
  const about = `resynchronizing members of DB cluster ${identifier}.`;
  noteCluster(cloud, region, identifier, `Started ${about}`, "global failover");
  await forgetBackups(cloud, region, resourceId);
  for (const member of membersOf(cloud, region, cluster)) await stopServer(cloud, member);
  await remakeVolume(cloud, region, identifier);
  cloud.store.transaction(() => {
    changeCluster(cloud, region, identifier, (each) => (each.status = "available"));
    for (const member of membersOf(cloud, region, cluster))
      changeInstance(cloud, region, member.identifier, (each) => {
        if (each.status === "rebooting") each.status = "available";
      });
  });
  noteCluster(cloud, region, identifier, `Finished ${about}`, "global failover");
}
