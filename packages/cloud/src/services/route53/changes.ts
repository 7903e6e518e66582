/** Changes: each is PENDING for a moment and INSYNC then; here all name servers have it at once. */
import type { ChangeInfo } from "@aws-sdk/client-route-53";
import type { Cloud } from "../../cloud.ts";
import { noSuchChange } from "./errors.ts";
import { bareId, everywhere, newId } from "./zones.ts";

interface ChangeRecord {
  id: string;
  submittedMs: number;
  comment?: string;
}

const changes = (cloud: Cloud) => cloud.store.collection<ChangeRecord>("route53:change");

/** On AWS it takes up to a minute. Long enough that clients see both states, short enough that nobody waits. */
const propagationMs = 200;
/** They are told for as long; older ones are forgotten. */
const keptMs = 24 * 60 * 60 * 1000;

export function noteChange(cloud: Cloud, comment?: string): ChangeInfo {
  const nowMs = cloud.world.clock.nowMs();
  const record: ChangeRecord = { id: newId(cloud, "C"), submittedMs: nowMs, ...(comment !== undefined && { comment }) };
  changes(cloud).put(everywhere, record.id, record);
  return describe(cloud, record);
}

export function requireChange(cloud: Cloud, id: string): ChangeInfo {
  const found = changes(cloud).get(everywhere, bareId(id));
  if (!found) throw noSuchChange(bareId(id));
  return describe(cloud, found);
}

/** At a start. */
export function forgetOldChanges(cloud: Cloud): void {
  const before = cloud.world.clock.nowMs() - keptMs;
  for (const { id, submittedMs } of changes(cloud).list(everywhere)) if (submittedMs < before) changes(cloud).delete(everywhere, id);
}

function describe({ world }: Cloud, { id, submittedMs, comment }: ChangeRecord): ChangeInfo {
  return {
    Id: `/change/${id}`,
    Status: world.clock.nowMs() - submittedMs < propagationMs ? "PENDING" : "INSYNC",
    SubmittedAt: new Date(submittedMs),
    ...(comment !== undefined && { Comment: comment }),
  };
}
