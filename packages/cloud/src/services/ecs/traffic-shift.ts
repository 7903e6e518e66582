/**
 * How a deployment takes over by moving requests: the stages that it goes through, in ECS's order, and the shares of requests that its
 * strategy steps over. Source: ECS Developer Guide, "Amazon ECS blue/green service deployments workflow".
 */
import type { DeploymentConfiguration, ServiceDeploymentLifecycleStage } from "@aws-sdk/client-ecs";
import type { HookRun } from "./lifecycle-hooks.ts";

export interface TrafficShift {
  stage: ServiceDeploymentLifecycleStage;
  /** Since when it is in this stage, or, while requests are being moved, has the share that it has. */
  sinceMs: number;
  /** Of the production requests, 0 to 100. */
  productionPercent: number;
  /** Of the requests of the test rules, 0 to 100. */
  testPercent: number;
  /** The deployment that serves until this one does; a first one has none. */
  sourceId?: string;
  /** Whether it is the one that gets all requests back from one that failed. */
  restores?: true;
  /** Of one that restores: how far the one that failed had come. */
  reached?: ServiceDeploymentLifecycleStage;
  /** The lifecycle hooks that it has come to. */
  hooks?: HookRun[];
  /** Whether the rules could not be changed at the last try, and when that was. */
  refusedMs?: number;
}

const stages: readonly ServiceDeploymentLifecycleStage[] = [
  "RECONCILE_SERVICE",
  "PRE_SCALE_UP",
  "SCALE_UP",
  "POST_SCALE_UP",
  "TEST_TRAFFIC_SHIFT",
  "POST_TEST_TRAFFIC_SHIFT",
  "PRODUCTION_TRAFFIC_SHIFT",
  "POST_PRODUCTION_TRAFFIC_SHIFT",
  "BAKE_TIME",
  "CLEAN_UP",
];

export const isAtLeast = (stage: ServiceDeploymentLifecycleStage, other: ServiceDeploymentLifecycleStage): boolean =>
  stages.indexOf(stage) >= stages.indexOf(other);

/** Where it goes on after a stage: the last one has none. */
export const stageAfter = (stage: ServiceDeploymentLifecycleStage): ServiceDeploymentLifecycleStage | undefined =>
  stages[stages.indexOf(stage) + 1];

export const movesRequests = ({ strategy = "ROLLING" }: DeploymentConfiguration): boolean => strategy !== "ROLLING";

/** The share after `percent`, by the service's strategy. A first deployment has nobody to share with. */
export function nextPercent(configuration: DeploymentConfiguration, percent: number, isFirst: boolean): number {
  const { strategy, canaryConfiguration, linearConfiguration } = configuration;
  if (isFirst) return 100;
  if (strategy === "CANARY") return percent === 0 ? canaryConfiguration!.canaryPercent! : 100;
  // In tenths, as percentages are given: 3.3 three times over is 9.9.
  if (strategy === "LINEAR") return Math.min(100, Math.round((percent + linearConfiguration!.stepPercent!) * 10) / 10);
  return 100;
}

/** How long a share between 0 and 100 stays. */
export function stepMs({ strategy, canaryConfiguration, linearConfiguration }: DeploymentConfiguration): number {
  const minutes = strategy === "CANARY" ? canaryConfiguration?.canaryBakeTimeInMinutes : linearConfiguration?.stepBakeTimeInMinutes;
  return (minutes ?? 0) * 60_000;
}

export const bakeMs = ({ bakeTimeInMinutes = 0 }: DeploymentConfiguration): number => bakeTimeInMinutes * 60_000;
