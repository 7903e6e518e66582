/** What Application Auto Scaling says of an app's services: between which bounds it moves them, and whether it does so now. */
import type { Aws } from "../aws.ts";
import type { ServiceState } from "./service-state.ts";

export interface Scaler {
  min: number;
  max: number;
  /** Suspended: it neither adds nor takes away, nor follows its schedule. */
  suspended: { scaleIn: boolean; scaleOut: boolean; scheduled: boolean };
}

const named = (state: ServiceState) =>
  ({
    ServiceNamespace: "ecs",
    ResourceId: resourceId(state),
    ScalableDimension: "ecs:service:DesiredCount",
  }) as const;

const resourceId = ({ cluster, service }: ServiceState) => `service/${lastPart(cluster)}/${lastPart(service)}`;
const lastPart = (nameOrArn: string) => nameOrArn.slice(nameOrArn.lastIndexOf("/") + 1);

/** By the program's name; a service whose number is fixed has none. */
export async function scalersOf(aws: Aws, states: readonly ServiceState[]): Promise<Map<string, Scaler>> {
  const scalers = new Map<string, Scaler>();
  for (let first = 0; first < states.length; first += 50) {
    const batch = states.slice(first, first + 50);
    const { ScalableTargets = [] } = await aws.call("application-autoscaling", "DescribeScalableTargets", {
      ServiceNamespace: "ecs",
      ResourceIds: batch.map(resourceId),
      ScalableDimension: "ecs:service:DesiredCount",
    });
    for (const state of batch) {
      const target = ScalableTargets.find(({ ResourceId }) => ResourceId === resourceId(state));
      if (!target) continue;
      const { DynamicScalingInSuspended, DynamicScalingOutSuspended, ScheduledScalingSuspended } = target.SuspendedState ?? {};
      scalers.set(state.program.name, {
        min: target.MinCapacity ?? 0,
        max: target.MaxCapacity ?? 0,
        suspended: {
          scaleIn: DynamicScalingInSuspended ?? false,
          scaleOut: DynamicScalingOutSuspended ?? false,
          scheduled: ScheduledScalingSuspended ?? false,
        },
      });
    }
  }
  return scalers;
}

export const suspendedWholly: Scaler["suspended"] = { scaleIn: true, scaleOut: true, scheduled: true };

/** Suspends a service's scaling, or lets it go on; its bounds stay. */
export async function suspendScaling(aws: Aws, state: ServiceState, { scaleIn, scaleOut, scheduled }: Scaler["suspended"]): Promise<void> {
  await aws.call("application-autoscaling", "RegisterScalableTarget", {
    ...named(state),
    SuspendedState: {
      DynamicScalingInSuspended: scaleIn,
      DynamicScalingOutSuspended: scaleOut,
      ScheduledScalingSuspended: scheduled,
    },
  });
}
