/** What happened to a stack and its resources, in order: the log that DescribeStackEvents answers. */
import type { ResourceStatus } from "@aws-sdk/client-cloudformation";
import type { Store } from "../store.ts";
import type { World } from "../world.ts";
import type { Stack } from "./stack.ts";

export interface StackEvent {
  id: string;
  timeMs: number;
  logicalId: string;
  physicalId: string;
  type: string;
  /** A stack's own statuses are among them as far as events go. */
  status: ResourceStatus | string;
  reason?: string;
  /** JSON. */
  properties?: string;
  clientRequestToken?: string;
  operationId?: string;
}

const events = (store: Store) => store.collection<StackEvent>("cloudformation.event");

/** Keeps an event; its time is later than that of the stack's last one, which is noted in `stack`. The caller puts the stack. */
export function addEvent(store: Store, world: World, stack: Stack, event: Omit<StackEvent, "id" | "timeMs"> & { id?: string }): StackEvent {
  const timeMs = Math.max(world.clock.nowMs(), stack.lastEventMs + 1);
  stack.lastEventMs = timeMs;
  const id = event.id ?? eventId(world, event, timeMs, stack);
  const { clientRequestToken = stack.operation?.clientRequestToken, operationId = stack.operation?.id } = event;
  const kept = {
    ...event,
    id,
    timeMs,
    ...(clientRequestToken === undefined ? {} : { clientRequestToken }),
    ...(operationId === undefined ? {} : { operationId }),
  };
  events(store).put(stack.region, `${stack.uuid}/${String(timeMs).padStart(15, "0")}`, kept);
  return kept;
}

/** What an update leaves behind goes without its properties, and its events are named otherwise than those of a stack's deletion. */
export const isOfCleaning = ({ operation }: Stack, status: string) => status.startsWith("DELETE_") && operation?.phase === "clean";

/** AWS names an event by resource, status and time; those of stacks and of what an update leaves behind by a UUID. */
function eventId(
  world: World,
  { logicalId, physicalId, status }: Pick<StackEvent, "logicalId" | "physicalId" | "status">,
  timeMs: number,
  stack: Stack,
): string {
  if (physicalId === stack.id) return world.random.uuid();
  if (isOfCleaning(stack, status)) return `${logicalId}-${world.random.uuid()}`;
  return `${logicalId}-${status}-${new Date(timeMs).toISOString()}`;
}

/** The newest first. */
export function listEvents(store: Store, stack: Stack): StackEvent[] {
  return events(store).list(stack.region, `${stack.uuid}/`).toReversed();
}
