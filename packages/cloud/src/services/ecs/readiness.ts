/**
 * When a task of a service counts as able to serve. AWS watches a task for a while before it calls a deployment steady; here a task
 * is ready as soon as its health check says so, or it listens on its TCP ports, or, having neither, its programs have come to rest.
 */
import { connect } from "node:net";
import type { ServiceTarget } from "./load-balancers.ts";
import { comeToRest } from "./come-to-rest.ts";
import type { Scope } from "./names.ts";
import type { TaskRecord } from "./task.ts";
import { findTaskDefinition } from "./task-definition.ts";
import type { TaskRun } from "./task-run.ts";
import { targetState, type TargetStates } from "./task-targets.ts";

/** One that never listens on the ports of its definition counts as ready after this. */
const listenLimitMs = 30_000;
const firstLookMs = 20;
const lookMs = 100;
const connectTimeoutMs = 1_000;

const readyKey = Symbol("ecs ready tasks");

const readyTasks = (cloud: Scope["cloud"]) => cloud.memory(readyKey, () => new Set<string>());

/** Of a task behind load balancers their checks say it, and its own health check where it has one. */
export function isReady(scope: Scope, task: TaskRecord, loadBalancers: readonly ServiceTarget[] = [], states?: TargetStates): boolean {
  if (task.desiredStatus !== "RUNNING" || task.lastStatus !== "RUNNING") return false;
  if (loadBalancers.length > 0) {
    const checked = task.containers.some(({ hasHealthCheck }) => hasHealthCheck);
    if (checked && task.healthStatus !== "HEALTHY") return false;
    return loadBalancers.every((target) => states !== undefined && isServing(targetState(task, target, states)?.state));
  }
  if (task.containers.some(({ hasHealthCheck }) => hasHealthCheck)) return task.healthStatus === "HEALTHY";
  return readyTasks(scope.cloud).has(task.id);
}

/** Where health checks are turned off a target is unavailable, and gets requests. */
const isServing = (state: string | undefined) => state === "healthy" || state === "unavailable";

/** Watches a task that has begun to run until it is ready, and says so once. */
export async function watchReadiness(run: TaskRun, ready: () => void): Promise<void> {
  const { scope, task } = run;
  const { clock } = scope.cloud.world;
  if (task.containers.some(({ hasHealthCheck }) => hasHealthCheck)) return;
  const definition = findTaskDefinition(scope, `${task.family}:${task.revision}`)!.definition;
  const ports = definition.containerDefinitions.flatMap(({ portMappings = [] }) =>
    portMappings.flatMap(({ containerPort, protocol }) => (containerPort === undefined || protocol === "udp" ? [] : [containerPort])),
  );
  const startedMs = clock.nowMs();
  const over = () => task.desiredStatus === "STOPPED";
  if (ports.length === 0) {
    await comeToRest(clock, () => [...run.containers.values()].map((container) => container.usage()));
  } else {
    let delayMs = firstLookMs;
    while (!over() && clock.nowMs() - startedMs < listenLimitMs) {
      const { network } = run;
      if (
        network &&
        (await allListen(
          network.address,
          ports.map((port) => network.ports.get(port)!),
        ))
      )
        break;
      await clock.sleep(delayMs);
      delayMs = Math.min(lookMs, delayMs * 2);
    }
  }
  if (over()) return;
  readyTasks(scope.cloud).add(task.id);
  void run.stopped.then(() => readyTasks(scope.cloud).delete(task.id));
  ready();
}

async function allListen(address: string, ports: readonly number[]): Promise<boolean> {
  for (const port of ports) if (!(await listens(address, port))) return false;
  return true;
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port, timeout: connectTimeoutMs });
    const end = (answer: boolean) => {
      socket.destroy();
      done(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}
