/**
 * The lifecycle hooks of deployments that move requests: at which stages they hold a deployment up, and what lets it go on or takes it
 * back. Sources: ECS Developer Guide, "Lifecycle hooks for Amazon ECS service deployments", "Lambda hooks" and "Pause hooks";
 * "Troubleshooting Amazon ECS blue/green deployments" for the words; API_DeploymentLifecycleHook.
 */
import type {
  DeploymentConfiguration,
  DeploymentLifecycleHook,
  DeploymentLifecycleHookDetail,
  DeploymentLifecycleHookStage,
} from "@aws-sdk/client-ecs";
import type { World } from "../../world.ts";
import type { DeploymentFailure } from "./deployment-outcome.ts";
import { invalidParameter, notHere } from "./errors.ts";

/** What a function is told beside the deployment: the hook's own, and what it has handed to its next invocation. */
export type HookDetails = Readonly<Record<string, unknown>>;

/** One hook that a deployment has come to. */
export interface HookRun {
  id: string;
  /** The stage, and the share of requests with which it was reached: linear and canary deployments come by some stages more than once. */
  at: string;
  /** Which of the configuration's hooks it is. */
  index: number;
  status: "AWAITING_ACTION" | "IN_PROGRESS" | "SUCCEEDED" | "FAILED" | "TIMED_OUT";
  expiresMs: number;
  timeoutAction: "CONTINUE" | "ROLLBACK";
  /** Of one that invokes a function. */
  invocation?: HookInvocation;
  /** Why it has failed, in a sentence. */
  why?: string;
}

export interface HookInvocation {
  /** The same for each invocation of one hook at one stage. */
  executionId: string;
  targetArn: string;
  roleArn: string;
  details?: HookDetails;
  /** When it is called (again), as long as the hook is IN_PROGRESS. */
  tryMs: number;
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
/** In these requests are being moved, or nothing of the deployment is there: only a function can look on. */
const unpausable: readonly string[] = ["RECONCILE_SERVICE", "TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"];
const defaultTimeoutMinutes = 1440;
const maxTimeoutMinutes = { PAUSE: 20_160, AWS_LAMBDA: 1440 };
const hookAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

type Hooks = NonNullable<DeploymentConfiguration["lifecycleHooks"]>;

/** Refuses what is wrong with them. */
export function checkHooks({ lifecycleHooks = [], strategy = "ROLLING" }: DeploymentConfiguration): void {
  if (lifecycleHooks.length > 0 && strategy === "ROLLING") throw notHere("lifecycle hooks of rolling deployments");
  for (const hook of lifecycleHooks) {
    const { targetType = "AWS_LAMBDA", lifecycleStages = [], timeoutConfiguration } = hook;
    if (lifecycleStages.length === 0) throw invalidParameter("lifecycleStages cannot be empty for a lifecycle hook.");
    const unknown = lifecycleStages.find((stage) => !stages.includes(stage));
    if (unknown !== undefined) throw invalidParameter(`Invalid lifecycle stage ${unknown}. Valid values are: ${stages.join(", ")}`);
    if (targetType !== "PAUSE" && targetType !== "AWS_LAMBDA")
      throw invalidParameter("Invalid targetType. Valid values are: AWS_LAMBDA, PAUSE");
    if (targetType === "AWS_LAMBDA") checkFunction(hook);
    else if (lifecycleStages.some((stage) => unpausable.includes(stage)))
      throw invalidParameter("Invalid lifecycle stage provided for Pause Hook");
    const { timeoutInMinutes = defaultTimeoutMinutes, action = "ROLLBACK" } = timeoutConfiguration ?? {};
    const most = maxTimeoutMinutes[targetType];
    if (!Number.isInteger(timeoutInMinutes) || timeoutInMinutes < 1 || timeoutInMinutes > most)
      throw invalidParameter(`timeoutInMinutes must be between 1 and ${most}.`);
    if (action !== "ROLLBACK" && action !== "CONTINUE")
      throw invalidParameter(`Invalid action ${String(action)}. Valid values are: ROLLBACK, CONTINUE`);
  }
}

function checkFunction({ hookTargetArn, roleArn, hookDetails }: DeploymentLifecycleHook): void {
  if (!hookTargetArn?.startsWith("arn:aws:lambda:")) throw invalidParameter("hookTargetArn must be the ARN of a Lambda function.");
  if (!roleArn) throw invalidParameter("roleArn cannot be empty for a lifecycle hook.");
  if (hookDetails !== undefined && readDetails(hookDetails) === undefined) throw invalidParameter("hookDetails must be a JSON object.");
}

/** CloudFormation hands them on as a string. */
export function readDetails(value: unknown): HookDetails | undefined {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as HookDetails;
  if (typeof value !== "string") return undefined;
  try {
    const read: unknown = JSON.parse(value);
    return typeof read === "string" ? undefined : readDetails(read);
  } catch {
    return undefined;
  }
}

/** Those of a configuration that hold up a deployment at a stage, as they begin there. */
export function beginHooks(
  { lifecycleHooks = [] }: DeploymentConfiguration,
  { stage, at, world: { clock, random } }: { stage: DeploymentLifecycleHookStage; at: string; world: World },
): HookRun[] {
  const nowMs = clock.nowMs();
  return lifecycleHooks.flatMap(({ targetType = "AWS_LAMBDA", lifecycleStages = [], timeoutConfiguration, ...hook }, index): HookRun[] => {
    if (!lifecycleStages.includes(stage)) return [];
    const { timeoutInMinutes = defaultTimeoutMinutes, action = "ROLLBACK" } = timeoutConfiguration ?? {};
    const begun = { at, index, expiresMs: nowMs + timeoutInMinutes * 60_000, timeoutAction: action };
    const id = (kind: string) => `ecs-${kind}-${random.text(43, hookAlphabet)}`;
    if (targetType === "PAUSE") return [{ ...begun, id: id("pause"), status: "AWAITING_ACTION" }];
    const details = readDetails(hook.hookDetails);
    const invocation = {
      executionId: random.uuid(),
      targetArn: hook.hookTargetArn!,
      roleArn: hook.roleArn!,
      ...(details && { details }),
      tryMs: nowMs,
    };
    return [{ ...begun, id: id("lambda"), status: "IN_PROGRESS", invocation }];
  });
}

/** As it is at a moment: one whose time is over has taken its action. */
export const expired = (run: HookRun, nowMs: number): HookRun =>
  isOpen(run) && run.expiresMs <= nowMs ? { ...run, status: "TIMED_OUT" } : run;

/** Whether somebody has to say what becomes of the deployment. */
export const isWaiting = ({ status }: HookRun): boolean => status === "AWAITING_ACTION";

export const isOpen = ({ status }: HookRun): boolean => status === "AWAITING_ACTION" || status === "IN_PROGRESS";

export const hasFailed = ({ status, timeoutAction }: HookRun): boolean =>
  status === "FAILED" || (status === "TIMED_OUT" && timeoutAction === "ROLLBACK");

export const stageOf = ({ at }: HookRun): DeploymentLifecycleHookStage => at.split(" ")[0] as DeploymentLifecycleHookStage;

/** What is said of a deployment that one of them takes back. */
export function hookFailure(run: HookRun): DeploymentFailure {
  const { status, invocation, why } = run;
  const stage = stageOf(run);
  const cause = !invocation
    ? `${stage} pause hook ${status === "TIMED_OUT" ? "timed out" : "was rolled back"}.`
    : `${stage} lifecycle hook(s) failed. ${why ?? `Lifecycle hook target ${invocation.targetArn} timed out.`}`;
  const statusReason = `Service deployment rolled back because ${cause}`;
  return { event: statusReason, by: "ECS deployment", statusReason };
}

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
