/**
 * The functions that lifecycle hooks invoke: what they are told, with whose rights they are called, and what their answer means. A call takes up to
 * a quarter of an hour, so it runs beside the looks at the service; that a function is to be called, and when, is on disk before.
 * Source: ECS Developer Guide, "Lambda hooks for Amazon ECS service deployments".
 */
import { AwsError } from "../../aws-error.ts";
import { mayAssume, roleByArn, sessionOf } from "../../identity/assume-role.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { type HookDetails, type HookInvocation, type HookRun, readDetails, stageOf } from "./lifecycle-hooks.ts";
import { type Scope, serviceArn, serviceDeploymentArn, serviceRevisionArn } from "./names.ts";
import { findService, primaryOf, saveService, type ServiceRecord } from "./service.ts";
import { currentServiceDeployment, noteStage, type ServiceDeploymentRecord } from "./service-deployment.ts";

type Invoked = HookRun & { invocation: HookInvocation };
/** What an invocation has made of a hook. */
type Change = Pick<HookRun, "status" | "why"> & { invocation?: HookInvocation };

const session = "ECS-Lambda-Execution";
const defaultDelaySeconds = 30;
const underWayKey = Symbol("ecs hooks' functions");

const underWay = ({ cloud }: Scope) => cloud.memory(underWayKey, () => new Set<string>());

/** Calls the functions whose time has come. `wake` is called when one has answered. Returns when the next is due: at its answer, where there is none. */
export function invokeHooks(scope: Scope, service: ServiceRecord, runs: readonly HookRun[], wake: () => void): number | undefined {
  const nowMs = scope.cloud.world.clock.nowMs();
  const calling = underWay(scope);
  const due: number[] = [];
  for (const run of runs.filter(isInvoked)) {
    if (run.status !== "IN_PROGRESS" || calling.has(run.id)) continue;
    const record = currentServiceDeployment(scope, service);
    if (!record) continue;
    if (run.invocation.tryMs > nowMs) {
      due.push(run.invocation.tryMs);
      continue;
    }
    calling.add(run.id);
    const called = call(scope, service, run, record)
      .then((change) => change && settle(scope, service, run, change))
      .finally(() => calling.delete(run.id))
      .then(wake);
    scope.cloud.inBackground(`ecs: calling ${run.invocation.targetArn}`, called);
  }
  return due.length > 0 ? Math.min(...due) : undefined;
}

const isInvoked = (run: HookRun): run is Invoked => run.invocation !== undefined;

/** @returns nothing where the cloud stops: the next start calls again. */
async function call(scope: Scope, service: ServiceRecord, run: Invoked, record: ServiceDeploymentRecord): Promise<Change | undefined> {
  const { cloud, account, region } = scope;
  const { targetArn, roleArn } = run.invocation;
  const role = roleByArn(cloud, roleArn);
  if (!role || !mayAssume(cloud, role, servicePrincipal(account, "ecs.amazonaws.com"), region))
    return failed(`ECS was unable to assume role ${roleArn}`);
  const Payload = new TextEncoder().encode(JSON.stringify(eventOf(scope, service, run, record)));
  const { stopping } = cloud;
  const over = new AbortController();
  const ended = new Promise<undefined>((done) =>
    stopping.addEventListener("abort", () => done(undefined), { once: true, signal: over.signal }),
  );
  const called = cloud
    .as(sessionOf(cloud, role, session), region)("lambda", "Invoke", { FunctionName: targetArn, Payload })
    .then(
      (answer) => read(run, new TextDecoder().decode(answer.Payload as Uint8Array | undefined), cloud.world.clock.nowMs()),
      (error: unknown) => {
        if (stopping.aborted) return undefined;
        if (!(error instanceof AwsError)) throw error;
        return failed(`ECS was unable to invoke hook target ${targetArn} due to ${error.message}`);
      },
    );
  const change = await Promise.race([called, ended]);
  over.abort();
  return stopping.aborted ? undefined : change;
}

const failed = (why: string): Change => ({ status: "FAILED", why });

/** Weights are told where requests move, of those that move there. */
function eventOf(
  scope: Scope,
  service: ServiceRecord,
  run: Invoked,
  { id, deployment, sourceDeployments, shift }: ServiceDeploymentRecord,
): unknown {
  const { invocation } = run;
  const stage = stageOf(run);
  const revision = (deploymentId: string) => serviceRevisionArn(scope, service, deploymentId);
  const weights = (percent: number) =>
    Object.fromEntries([[revision(deployment.id), percent], ...sourceDeployments.map((each) => [revision(each), 100 - percent] as const)]);
  const { productionPercent = 0, testPercent = 0 } = shift ?? {};
  return {
    executionId: invocation.executionId,
    lifecycleStage: stage,
    resourceArn: serviceDeploymentArn(scope, service.cluster, service.name, id),
    executionDetails: {
      serviceArn: serviceArn(scope, service.cluster, service.name),
      targetServiceRevisionArn: revision(deployment.id),
      testTrafficWeights: stage === "TEST_TRAFFIC_SHIFT" ? weights(testPercent) : {},
      productionTrafficWeights: /^(PRE_)?PRODUCTION_TRAFFIC_SHIFT$/.test(stage) ? weights(productionPercent) : {},
    },
    ...(invocation.details && { hookDetails: invocation.details }),
  };
}

function read({ invocation }: Invoked, payload: string, nowMs: number): Change {
  const { targetArn } = invocation;
  // An answer that is no JSON object, an error of the function's included, says nothing of the deployment.
  const answer: HookDetails = readDetails(payload) ?? {};
  const { hookStatus, callBackDelay } = answer;
  if (hookStatus === "SUCCEEDED") return { status: "SUCCEEDED" };
  if (hookStatus === "FAILED") return failed(`Lifecycle hook target ${targetArn} returned FAILED status.`);
  if (hookStatus !== "IN_PROGRESS") {
    const reason =
      hookStatus === undefined || hookStatus === null ? "HookStatus must not be null" : `Unknown hookStatus ${String(hookStatus)}`;
    return failed(`ECS was unable to parse the response from ${targetArn} due to: ${reason}.`);
  }
  const delaySeconds = typeof callBackDelay === "number" && callBackDelay >= 0 ? callBackDelay : defaultDelaySeconds;
  const details = { ...invocation.details, ...readDetails(answer["hookDetails"]) };
  return {
    status: "IN_PROGRESS",
    invocation: { ...invocation, ...(Object.keys(details).length > 0 && { details }), tryMs: nowMs + delaySeconds * 1000 },
  };
}

/** Writes down what has come of it, if the deployment still waits for it. */
function settle(scope: Scope, { cluster, name }: ServiceRecord, { id }: Invoked, change: Change): void {
  const service = findService(scope, cluster, name);
  const shift = service && primaryOf(service).shift;
  const run = shift?.hooks?.find((each) => each.id === id);
  if (!service || run?.status !== "IN_PROGRESS") return;
  Object.assign(run, change);
  scope.cloud.store.transaction(() => {
    saveService(scope, service);
    noteStage(scope, service, shift!);
  });
}
