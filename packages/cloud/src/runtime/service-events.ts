/**
 * What stands between services that tell what has happened to their things and EventBridge, which hears it on the default bus. It is told
 * at once, in the same transaction as the change where there is one: what is on disk of the change is on disk of the event.
 */
import type { Cloud } from "../cloud.ts";

export interface ServiceEvent {
  /** As `aws.ecs`. */
  source: string;
  /** As `ECS Task State Change`. */
  detailType: string;
  /** ARNs. */
  resources: readonly string[];
  detail: object;
}

type Hear = (region: string, event: ServiceEvent) => void;

interface Ears {
  hear: Hear | undefined;
  /** What was told while the services start, before EventBridge has. Where it is not active there are no rules either: nobody would hear. */
  early: [region: string, event: ServiceEvent][];
}

const memory = Symbol("service events");
const ears = (cloud: Cloud) => cloud.memory<Ears>(memory, () => ({ hear: undefined, early: [] }));

export function hearEvents(cloud: Cloud, hear: Hear): void {
  const own = ears(cloud);
  own.hear = hear;
  for (const [region, event] of own.early.splice(0)) hear(region, event);
}

/** Does not fail: what could not be noted, as on a full disk, is lost, as on AWS, which promises its own services' events only as well as it can. */
export function tellEvent(cloud: Cloud, region: string, event: ServiceEvent): void {
  const own = ears(cloud);
  if (!own.hear) {
    if (cloud.active("events")) own.early.push([region, event]);
    return;
  }
  try {
    own.hear(region, event);
  } catch (error) {
    if (!cloud.stopping.aborted) console.error(`events: ${event.detailType} could not be noted:`, error);
  }
}
