/** What a cluster has in memory while the cloud runs: its open endpoints, the connections that pass, and since when its instances are idle. */
import type { Cloud } from "../../../cloud.ts";
import { type Entrance, passages, type Passages } from "../../../runtime/postgres/entrance.ts";
import type { MemberEvents } from "./servers.ts";

export interface Presence {
  passages: Passages;
  /** By `writer`, `reader`, or an instance's resource id. */
  entrances: Map<string, Entrance>;
  /** By resource id, of the instances that run: since when nobody is connected; of one to which somebody is, nothing. */
  idleSinceMs: Map<string, number>;
  /** Called when the last connection to an instance has ended, and when the first has begun. */
  onPassage?: (resourceId: string) => void;
  /** Takes back the look at whether something may pause. */
  cancelLook: () => void;
  /** Whose turn it is among the readers. */
  turn: number;
}

const memory = Symbol("aurora presences");

export function presenceOf(cloud: Cloud, resourceId: string): Presence {
  const all = cloud.memory(memory, () => new Map<string, Presence>());
  let found = all.get(resourceId);
  if (!found) {
    const made: Presence = {
      passages: passages((id) => {
        if (made.passages.open(id) > 0) made.idleSinceMs.delete(id);
        else made.idleSinceMs.set(id, cloud.world.clock.nowMs());
        made.onPassage?.(id);
      }),
      entrances: new Map(),
      idleSinceMs: new Map(),
      cancelLook: () => {},
      turn: 0,
    };
    all.set(resourceId, (found = made));
  }
  return found;
}

export async function closePresence(cloud: Cloud, resourceId: string): Promise<void> {
  const all = cloud.memory(memory, () => new Map<string, Presence>());
  const presence = all.get(resourceId);
  if (!presence) return;
  all.delete(resourceId);
  presence.cancelLook();
  delete presence.onPassage;
  for (const id of presence.passages.sockets.keys()) presence.passages.cut(id);
  await Promise.all([...presence.entrances.values()].map((entrance) => entrance.close()));
}

const supervision = Symbol("aurora supervision");

/** Who is told what happens to servers by themselves, said once at the start of the cloud. */
export function superviseBy(cloud: Cloud, of: (region: string, clusterResourceId: string) => MemberEvents): void {
  cloud.memory(supervision, () => of);
}

export function supervisorOf(cloud: Cloud, region: string, clusterResourceId: string): MemberEvents {
  return cloud.memory<(region: string, clusterResourceId: string) => MemberEvents>(supervision, () => () => ({ lost() {}, strayed() {} }))(
    region,
    clusterResourceId,
  );
}
