/** Work that goes on after a call was answered: one thing at a time for an instance, and for a cluster with all its instances. */
import type { Cloud } from "../../cloud.ts";
import { whenRoom } from "../../disk-full.ts";
import { changeCluster, type Cluster, clusters } from "./aurora/cluster.ts";
import { note, noteCluster } from "./event.ts";
import { changeInstance, type Instance, instances } from "./instance.ts";

const memory = Symbol("rds work");

/** What is under way, by region and resource id of the instance or the cluster. */
const underWay = (cloud: Cloud) => cloud.memory(memory, () => new Map<string, Promise<void>>());

/** Queues work on an instance. Never rejects: what fails is written on the instance. */
export function work(cloud: Cloud, region: string, resourceId: string, run: (identifier: string) => Promise<void>): Promise<void> {
  const member = instanceOf(cloud, region, resourceId)?.member;
  const queue = member ? clusters(cloud).get(region, member.cluster)!.resourceId : resourceId;
  return queued(cloud, `${region}/${queue}`, async () => {
    const instance = instanceOf(cloud, region, resourceId);
    if (!instance) return;
    try {
      await run(instance.identifier);
    } catch (error) {
      const { message } = error as Error;
      await whenRoom(cloud, () =>
        cloud.store.transaction(() => {
          changeInstance(cloud, region, instance.identifier, (failed) => {
            failed.status = "failed";
            failed.failure = message;
          });
          note(cloud, region, instance.identifier, `The DB instance failed: ${message}`, "failure");
        }),
      );
    }
  });
}

/** Queues work on a cluster. Never rejects: what fails is written on the cluster. */
export function clusterWork(cloud: Cloud, region: string, resourceId: string, run: (identifier: string) => Promise<void>): Promise<void> {
  return queued(cloud, `${region}/${resourceId}`, async () => {
    const cluster = clusterOf(cloud, region, resourceId);
    if (!cluster) return;
    try {
      await run(cluster.identifier);
    } catch (error) {
      const { message } = error as Error;
      await whenRoom(cloud, () =>
        cloud.store.transaction(() => {
          changeCluster(cloud, region, cluster.identifier, (failed) => {
            failed.status = "failed";
            failed.failure = message;
          });
          noteCluster(cloud, region, cluster.identifier, `The DB cluster failed: ${message}`, "failure");
        }),
      );
    }
  });
}

/** Resolves when nothing is under way any more. */
export async function settled(cloud: Cloud): Promise<void> {
  while (underWay(cloud).size > 0) await Promise.all(underWay(cloud).values());
}

/** Resolves when nothing of one instance or cluster is under way. */
export async function pending(cloud: Cloud, region: string, resourceId: string): Promise<void> {
  await underWay(cloud).get(`${region}/${resourceId}`);
}

export function clusterOf(cloud: Cloud, region: string, resourceId: string): Cluster | undefined {
  return clusters(cloud)
    .list(region)
    .find((each) => each.resourceId === resourceId);
}

function instanceOf(cloud: Cloud, region: string, resourceId: string): Instance | undefined {
  return instances(cloud)
    .list(region)
    .find((each) => each.resourceId === resourceId);
}

/** Nothing begins any more when the cloud stops: the next one looks at what there is to do. */
function queued(cloud: Cloud, key: string, run: () => Promise<void>): Promise<void> {
  if (cloud.stopping.aborted) return Promise.resolve();
  const queue = underWay(cloud);
  const next = (queue.get(key) ?? Promise.resolve()).then(run);
  queue.set(key, next);
  void next.then(() => queue.get(key) === next && queue.delete(key));
  return next;
}
