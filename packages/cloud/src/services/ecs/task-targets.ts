/** A task as a target of load balancers: registered when it runs, watched, deregistered and drained before it stops. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { onTargetNews, type TargetNews } from "../../runtime/load-balancer/health-news.ts";
import type { Call } from "../../service.ts";
import { asBalancerRole, asEcs, type ServiceTarget } from "./load-balancers.ts";
import type { Scope } from "./names.ts";
import { saveTask, type TaskRecord } from "./task.ts";
import { taskRuns } from "./task-run.ts";

export interface TargetState {
  state: string;
  /** As AWS describes it: `Health checks failed with these codes: [404]`. */
  description: string;
}

/** By target group, address and port. */
export type TargetStates = ReadonlyMap<string, TargetState>;

const keyOf = (targetGroupArn: string, id: string, port: number) => `${targetGroupArn} ${id}:${port}`;

/** The role that was given for this load balancer; without it, when it is gone or trusts ECS no more, the service's own, so that what runs is never left behind. */
function callFor(scope: Scope, target: ServiceTarget): Call {
  try {
    return asBalancerRole(scope, target, "ecs-service-scheduler");
  } catch (error) {
    if (error instanceof AwsError) return asEcs(scope);
    throw error;
  }
}

/** How all targets of these groups are. */
export async function readTargetStates(scope: Scope, targets: readonly ServiceTarget[]): Promise<TargetStates> {
  const states = new Map<string, TargetState>();
  for (const target of new Map(targets.map((each) => [each.targetGroupArn, each])).values()) {
    const { targetGroupArn: TargetGroupArn } = target;
    const asked = callFor(scope, target)("elbv2", "DescribeTargetHealth", { TargetGroupArn });
    const { TargetHealthDescriptions = [] } = await asked.catch(unlessGone);
    for (const { Target, TargetHealth } of TargetHealthDescriptions) {
      states.set(keyOf(TargetGroupArn, Target!.Id!, Target!.Port!), {
        state: TargetHealth!.State!,
        description: TargetHealth!.Description ?? "",
      });
    }
  }
  return states;
}

/** A target group may go while services still name it: then nothing is known, and nothing is to be taken out. */
function unlessGone(error: unknown): { TargetHealthDescriptions?: never[] } {
  if (error instanceof AwsError && error.code === "TargetGroupNotFound") return {};
  throw error;
}

export function targetState({ attachment }: TaskRecord, target: ServiceTarget, states: TargetStates): TargetState | undefined {
  return attachment.privateIp === undefined
    ? undefined
    : states.get(keyOf(target.targetGroupArn, attachment.privateIp, target.containerPort));
}

/** Registers a running task; answers what was registered. */
export async function registerTask(scope: Scope, taskId: string, targets: readonly ServiceTarget[]): Promise<ServiceTarget[]> {
  const run = taskRuns(scope.cloud).get(taskId);
  const id = run?.task.attachment.privateIp;
  if (!run || id === undefined || run.task.targets) return [];
  // Written down first: what is registered is always known to be, also after a crash.
  run.task.targets = [...targets];
  saveTask(scope, run.task);
  for (const target of targets) {
    const { targetGroupArn, containerPort } = target;
    const call = callFor(scope, target);
    await call("elbv2", "RegisterTargets", { TargetGroupArn: targetGroupArn, Targets: [{ Id: id, Port: containerPort }] }).catch(
      unlessGone,
    );
  }
  return run.task.desiredStatus === "RUNNING" ? [...targets] : [];
}

/** Takes a task out of its target groups; new requests go to others from now on. */
export async function deregisterTask(scope: Scope, { targets, attachment }: TaskRecord): Promise<void> {
  if (!targets || attachment.privateIp === undefined) return;
  for (const target of targets) {
    const { targetGroupArn, containerPort } = target;
    await callFor(scope, target)("elbv2", "DeregisterTargets", {
      TargetGroupArn: targetGroupArn,
      Targets: [{ Id: attachment.privateIp, Port: containerPort }],
    }).catch(unlessGone);
  }
}

/** Resolves when nothing is under way on a deregistered task any more, or the deregistration delay is over, or `signal` says not to wait. */
export async function drained(scope: Scope, task: TaskRecord, signal: AbortSignal): Promise<void> {
  if (!task.targets) return;
  const groups = task.targets.map(({ targetGroupArn }) => targetGroupArn);
  for (;;) {
    const heard = nextNews(scope, groups, signal);
    const states = await readTargetStates(scope, task.targets);
    const draining = task.targets.some((target) => targetState(task, target, states)?.state === "draining");
    if (!draining || signal.aborted) return;
    await heard;
  }
}

const key = Symbol("ecs target news");

interface Hearers {
  all: Set<(news: TargetNews) => void>;
}

/** One watcher for all that wait, made at first use. */
function hearers(cloud: Cloud): Hearers {
  return cloud.memory(key, () => {
    const held: Hearers = { all: new Set() };
    onTargetNews(cloud, (news) => {
      for (const hear of held.all) hear(news);
    });
    return held;
  });
}

export function hearTargetNews(cloud: Cloud, hear: (news: TargetNews) => void): () => void {
  hearers(cloud).all.add(hear);
  return () => void hearers(cloud).all.delete(hear);
}

function nextNews({ cloud, region }: Scope, targetGroupArns: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      forget();
      signal.removeEventListener("abort", end);
      done();
    };
    const forget = hearTargetNews(cloud, (news) => {
      if (news.region === region && targetGroupArns.includes(news.targetGroupArn)) end();
    });
    signal.addEventListener("abort", end, { once: true });
  });
}
