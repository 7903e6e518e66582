/** The instances of a cluster, by what they are to it. */
import type { Cloud } from "../../../cloud.ts";
import { type Instance, instances } from "../instance.ts";
import { memoryBytesOf } from "../instance-classes.ts";
import type { Cluster } from "./cluster.ts";

export type Member = Instance & { member: NonNullable<Instance["member"]> };

export const serverlessClass = "db.serverless";
/** Readers up to this tier have the writer's capacity, and pause and wake with it. */
const tiedTier = 1;

export function membersOf(cloud: Cloud, region: string, cluster: Pick<Cluster, "identifier">): Member[] {
  return instances(cloud)
    .list(region)
    .filter((instance): instance is Member => instance.member?.cluster === cluster.identifier);
}

export function writerOf(cloud: Cloud, region: string, cluster: Pick<Cluster, "identifier" | "writer">): Member | undefined {
  return membersOf(cloud, region, cluster).find(({ resourceId }) => resourceId === cluster.writer);
}

/** Those that are not the writer, and can serve. */
export function readersOf(cloud: Cloud, region: string, cluster: Pick<Cluster, "identifier" | "writer">): Member[] {
  return membersOf(cloud, region, cluster).filter(({ resourceId, status }) => resourceId !== cluster.writer && status === "available");
}

export const isServerless = ({ settings }: Pick<Instance, "settings">) => settings.instanceClass === serverlessClass;

/** Whether its capacity is the writer's, so that both pause and wake together. */
export const isTied = ({ member, ...instance }: Member, { writer }: Pick<Cluster, "writer">) =>
  isServerless(instance) && (instance.resourceId === writer || member.promotionTier <= tiedTier);

/** Who becomes the writer first: the lowest tier, of those the largest, of those the one that is awake (AWS, "Fault tolerance for an Aurora DB cluster"). */
export function byPromotion(a: Member, b: Member): number {
  const size = ({ settings }: Member) => (settings.instanceClass === serverlessClass ? 0 : memoryBytesOf(settings.instanceClass));
  return (
    a.member.promotionTier - b.member.promotionTier ||
    size(b) - size(a) ||
    Number(a.member.paused ?? false) - Number(b.member.paused ?? false) ||
    (a.identifier < b.identifier ? -1 : 1)
  );
}
