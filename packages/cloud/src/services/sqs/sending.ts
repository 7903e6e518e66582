/** Putting messages on a queue. */
import type { Cloud } from "../../cloud.ts";
import type { Principal } from "../../identity/principal.ts";
import { acceptedBefore, noteAccepted } from "./deduplication.ts";
import type { Checked } from "./draft.ts";
import { queueNotFound } from "./errors.ts";
import { append, type Accepted } from "./messages.ts";
import { countSent } from "./activity.ts";
import { type Queue, queueById } from "./queue.ts";
import { arrived } from "./waiting.ts";

/** Within a change. A repetition on a FIFO queue gets the answer of the first, and is not put there again. */
export function send(cloud: Cloud, queue: Queue, draft: Checked, sender: string): Accepted {
  if (!queueById(cloud, queue.id)) throw queueNotFound();
  if (!queue.settings.fifo) return added(cloud, queue, draft, sender);
  const before = acceptedBefore(cloud, queue, draft);
  if (before) return before;
  const accepted = added(cloud, queue, draft, sender);
  noteAccepted(cloud, queue, draft, accepted);
  return accepted;
}

function added(cloud: Cloud, queue: Queue, draft: Checked, sender: string): Accepted {
  const accepted = append(cloud, queue, draft, cloud.world.random.uuid(), sender);
  countSent(cloud, queue, draft.sizeBytes);
  arrived(cloud, queue);
  return accepted;
}

/** As AWS tells receivers who sent: the user's or role session's unique id, the account for its root. */
export const senderOf = (principal: Principal): string => (principal.kind === "service" ? principal.service : principal.userId);

/** As the answers and attributes of FIFO messages show it: 20 digits. */
export const sequenceNumber = (sequence: number): string => `1000${String(sequence).padStart(16, "0")}`;
