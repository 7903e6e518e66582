/**
 * The lifecycle hooks of deployments that move requests: at which stages they hold a deployment up, and what lets it go on or takes it
 * back. Sources: ECS Developer Guide, "Lifecycle hooks for Amazon ECS service deployments" and "Pause hooks"; API_DeploymentLifecycleHook.
 */
import type { DeploymentConfiguration, DeploymentLifecycleHookDetail, DeploymentLifecycleHookStage } from "@aws-sdk/client-ecs";
import type { DeploymentFailure } from "./deployment-outcome.ts";
import { invalidParameter, notHere } from "./errors.ts";

/** One hook that a deployment has come to. */
export interface HookRun {
  id: string;
  /** The stage, and the share of requests with which it was reached: linear and canary deployments come by some stages more than once. */
  at: string;
  /** Which of the configuration's hooks it is. */
  index: number;
  status: "AWAITING_ACTION" | "SUCCEEDED" | "FAILED" | "TIMED_OUT";
  expiresMs: number;
  timeoutAction: "CONTINUE" | "ROLLBACK";
}

const stages: readonly string[] = [
  "RECONCILE_SERVICE",
  "PRE_SCALE_UP",
  "POST_SCALE_UP",
  "TEST_TRAFFIC_SHIFT",
  "POST_TEST_TRAFFIC_SHIFT",
  "PRE_PRODUCTION_TRAFFIC_SHIFT",
  "PRODUCTION_TRAFFIC_SHIFT",
  "POST_PRODUCTION_TRAFFIC_SHIFT",
];
/** In these requests are being moved: only a function can look on. */
const unpausable: readonly string[] = ["TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"];
const defaultTimeoutMinutes = 1440;
const maxTimeoutMinutes = 20_160;

export const hookFailure: DeploymentFailure = {
  event: "hook execution failure(s) detected.",
  by: "ECS deployment lifecycle hooks",
  statusReason: "Service deployment rolled back because of hook execution failure(s).",
};

type Hooks = NonNullable<DeploymentConfiguration["lifecycleHooks"]>;

/** Refuses what is wrong with them, and those that cannot act. */
export function checkHooks({ lifecycleHooks = [], strategy = "ROLLING" }: DeploymentConfiguration): void {
  if (lifecycleHooks.length > 0 && strategy === "ROLLING") throw notHere("lifecycle hooks of rolling deployments");
  for (const { targetType = "AWS_LAMBDA", lifecycleStages = [], timeoutConfiguration } of lifecycleHooks) {
    if (lifecycleStages.length === 0) throw invalidParameter("lifecycleStages cannot be empty for a lifecycle hook.");
    const unknown = lifecycleStages.find((stage) => !stages.includes(stage));
    if (unknown !== undefined) throw invalidParameter(`Invalid lifecycle stage ${unknown}. Valid values are: ${stages.join(", ")}`);
    if (targetType !== "PAUSE" && targetType !== "AWS_LAMBDA")
      throw invalidParameter(`Invalid targetType ${String(targetType)}. Valid values are: AWS_LAMBDA, PAUSE`);
    if (targetType === "AWS_LAMBDA") throw notHere("lifecycle hooks that invoke functions (AWS_LAMBDA)");
    const moving = lifecycleStages.find((stage) => unpausable.includes(stage));
    if (moving !== undefined) throw invalidParameter(`PAUSE hooks cannot be configured at the ${moving} stage.`);
    const { timeoutInMinutes = defaultTimeoutMinutes, action = "ROLLBACK" } = timeoutConfiguration ?? {};
    if (!Number.isInteger(timeoutInMinutes) || timeoutInMinutes < 1 || timeoutInMinutes > maxTimeoutMinutes)
      throw invalidParameter(`timeoutInMinutes must be between 1 and ${maxTimeoutMinutes}.`);
    if (action !== "ROLLBACK" && action !== "CONTINUE")
      throw invalidParameter(`Invalid action ${String(action)}. Valid values are: ROLLBACK, CONTINUE`);
  }
}

/** Those of a configuration that hold up a deployment at a stage, as they begin there. */
export function beginHooks(
  { lifecycleHooks = [] }: DeploymentConfiguration,
  { stage, at, nowMs, newId }: { stage: DeploymentLifecycleHookStage; at: string; nowMs: number; newId: () => string },
): HookRun[] {
  return lifecycleHooks.flatMap(({ lifecycleStages = [], timeoutConfiguration }, index) => {
    if (!lifecycleStages.includes(stage)) return [];
    const { timeoutInMinutes = defaultTimeoutMinutes, action = "ROLLBACK" } = timeoutConfiguration ?? {};
    const expiresMs = nowMs + timeoutInMinutes * 60_000;
    return [{ id: `ecs-pause-${newId()}`, at, index, status: "AWAITING_ACTION" as const, expiresMs, timeoutAction: action }];
  });
}

/** As it is at a moment: one whose time is over has taken its action. */
export const expired = (run: HookRun, nowMs: number): HookRun =>
  run.status === "AWAITING_ACTION" && run.expiresMs <= nowMs ? { ...run, status: "TIMED_OUT" } : run;

export const isWaiting = ({ status }: HookRun): boolean => status === "AWAITING_ACTION";

export const hasFailed = ({ status, timeoutAction }: HookRun): boolean =>
  status === "FAILED" || (status === "TIMED_OUT" && timeoutAction === "ROLLBACK");

export function describeHook({ id, index, status, expiresMs, timeoutAction }: HookRun, hooks: Hooks = []): DeploymentLifecycleHookDetail {
  const { targetType = "AWS_LAMBDA", hookTargetArn } = hooks[index] ?? {};
  return {
    hookId: id,
    targetType,
    ...(hookTargetArn !== undefined && { targetArn: hookTargetArn }),
    status,
    expiresAt: new Date(expiresMs),
    timeoutAction,
  };
}
