/** Scaling activities: what was set, why, and whether the service has got there; kept for six weeks, as AWS keeps them. */
import type { NotScaledReason, ScalingActivity } from "@aws-sdk/client-application-auto-scaling";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { capacityOf, setCapacity } from "./capacity.ts";
import { type At, findTarget, keyOf, named, saveTarget, type TargetKey, type TargetRecord } from "./targets.ts";

export interface ActivityRecord extends TargetKey {
  id: string;
  description: string;
  cause: string;
  startMs: number;
  endMs?: number;
  status: "InProgress" | "Successful" | "Overridden" | "Unfulfilled" | "Failed";
  message?: string;
  notScaled?: NotScaledReason[];
  /** What the service was told to have; absent where nothing was told. */
  capacity?: number;
}

const keptMs = 42 * 24 * 60 * 60 * 1000;
/** How long a service may take to get where it was told to. */
const patienceMs = 30 * 60_000;

const activities = (cloud: Cloud) => cloud.store.collection<ActivityRecord>("application-autoscaling.activity");

/** Sorts as the times do, within one target. */
const keyAt = (activity: ActivityRecord) => `${keyOf(activity)}|${String(activity.startMs).padStart(15, "0")}|${activity.id}`;

/** The newest first; those that did not scale only when asked for. */
export function listActivities({ cloud, region }: Pick<At, "cloud" | "region">, prefix: string, withNotScaled: boolean): ActivityRecord[] {
  return activities(cloud)
    .list(region, prefix)
    .filter(({ notScaled }) => withNotScaled || notScaled === undefined)
    .sort((a, b) => b.startMs - a.startMs || (a.id < b.id ? 1 : -1));
}

export function describeActivity(activity: ActivityRecord): ScalingActivity {
  return {
    ActivityId: activity.id,
    ...named(activity),
    Description: activity.description,
    Cause: activity.cause,
    StartTime: new Date(activity.startMs),
    ...(activity.endMs !== undefined && { EndTime: new Date(activity.endMs) }),
    StatusCode: activity.status,
    ...(activity.message !== undefined && { StatusMessage: activity.message }),
    ...(activity.notScaled && { NotScaledReasons: activity.notScaled }),
  };
}

type Told = Pick<ActivityRecord, "description" | "cause" | "status"> & Partial<ActivityRecord>;

/** Notes what was done at this moment. */
export function noteActivity({ cloud, region }: At, { namespace, resourceId, dimension }: TargetKey, told: Told): ActivityRecord {
  const startMs = cloud.world.clock.nowMs();
  // Times of one moment stay in the order in which they were noted.
  const latest =
    activities(cloud)
      .list(region, `${keyOf({ namespace, resourceId, dimension })}|`)
      .at(-1)?.startMs ?? 0;
  const activity: ActivityRecord = {
    namespace,
    resourceId,
    dimension,
    id: cloud.world.random.uuid(),
    startMs: Math.max(startMs, latest + 1),
    ...told,
    ...(told.status !== "InProgress" && { endMs: Math.max(startMs, latest + 1) }),
  };
  activities(cloud).put(region, keyAt(activity), activity);
  return activity;
}

/** Why an alarm led to nothing: once, as long as the reason stays the same. */
export function noteNotScaled(at: At, target: TargetKey, cause: string, reason: NotScaledReason): void {
  const [last] = listActivities(at, `${keyOf(target)}|`, true);
  if (last?.cause === cause && JSON.stringify(last.notScaled) === JSON.stringify([reason])) return;
  noteActivity(at, target, {
    description: "Attempting to scale due to alarm triggered",
    cause,
    status: "Failed",
    notScaled: [reason],
  });
}

/** Tells the service to have `capacity`, and notes it; an activity that was under way is overridden by it. Whether it could be told. */
export async function scaleTo(at: At, target: TargetRecord, capacity: number, cause: string): Promise<boolean> {
  const description = `Setting desired count to ${capacity}.`;
  try {
    await setCapacity(at, target, capacity);
  } catch (error) {
    const why = error instanceof AwsError ? `${error.message} (Status Code: ${error.status}; Error Code: ${error.code})` : "InternalError";
    noteActivity(at, target, {
      description,
      cause,
      status: "Failed",
      message: `Failed to set desired count to ${capacity}. Reason: ${why}`,
    });
    return false;
  }
  for (const activity of listActivities(at, `${keyOf(target)}|`, false)) {
    if (activity.status === "InProgress") {
      finish(at, activity, "Overridden", `Desired count was updated to ${capacity} by a newer scaling event.`);
    }
  }
  noteActivity(at, target, {
    description,
    cause,
    status: "InProgress",
    message: `Successfully set desired count to ${capacity}. Waiting for change to be fulfilled by ecs.`,
    capacity,
  });
  return true;
}

export function underWay(cloud: Cloud): { region: string; activity: ActivityRecord }[] {
  return activities(cloud)
    .all()
    .filter(({ value }) => value.status === "InProgress")
    .map(({ scope, value }) => ({ region: scope, activity: value }));
}

/** Looks whether the services have got where they were told to. */
export async function followUp(cloud: Cloud): Promise<void> {
  for (const { region, activity } of underWay(cloud)) {
    const at = { cloud, account: cloud.account, region };
    const capacity = await capacityOf(at, activity);
    if (!capacity)
      finish(at, activity, "Failed", `Failed to set desired count to ${activity.capacity}. Reason: the service does not exist.`);
    else if (capacity.desired !== activity.capacity) {
      finish(at, activity, "Overridden", `Desired count was updated to ${capacity.desired} outside of Application Auto Scaling.`);
    } else if (capacity.running === activity.capacity) {
      noteFulfilled(at, activity);
      finish(at, activity, "Successful", `Successfully set desired count to ${activity.capacity}. Change successfully fulfilled by ecs.`);
    } else if (cloud.world.clock.nowMs() - activity.startMs > patienceMs) {
      finish(
        at,
        activity,
        "Unfulfilled",
        `Successfully set desired count to ${activity.capacity}. The change was not fulfilled by ecs in time.`,
      );
    }
  }
}

/** From here on the cooldown counts. */
function noteFulfilled(at: At, key: TargetKey): void {
  const target = findTarget(at, key);
  if (target?.last) saveTarget(at, { ...target, last: { ...target.last, fulfilledMs: at.cloud.world.clock.nowMs() } });
}

function finish({ cloud, region }: At, activity: ActivityRecord, status: ActivityRecord["status"], message: string): void {
  activities(cloud).put(region, keyAt(activity), { ...activity, status, message, endMs: cloud.world.clock.nowMs() });
}

export function forgetOldActivities(cloud: Cloud): void {
  const oldestMs = cloud.world.clock.nowMs() - keptMs;
  for (const { scope, key, value } of activities(cloud).all()) if (value.startMs < oldestMs) activities(cloud).delete(scope, key);
}
