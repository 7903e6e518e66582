/** Starts a stopped stage again: databases first, then as many tasks as there were, scaling, and last the alarms. */
import { isAwsError, type Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import { pollingDelaysMs, step, type Deployment } from "../deployment.ts";
import { describeStage } from "../stacks/stack-state.ts";
import { suspendScaling } from "../tasks/scaler.ts";
import { serviceStates } from "../tasks/service-state.ts";
import { settle } from "../tasks/settle.ts";
import { underLease } from "../under-lease.ts";
import { forgetStopped, readStopped, type StoppedStage } from "./stopped-stage.ts";

export interface StartResult {
  /** Since when it stood; absent when it was not stopped. */
  stoppedSince?: string;
  services: { name: string; running: number }[];
}

/** AWS takes ten minutes and more to start a database. */
const databasePatienceMs = 45 * 60_000;

/** Can be repeated after a failure: it goes on from there. @throws DeployError */
export async function startStage(deployment: Deployment): Promise<StartResult> {
  const { aws, assembly } = deployment;
  const stopped = await readStopped(aws, assembly);
  if (!stopped) return { services: [] };
  return underLease(deployment, "start", (held) => start(held, stopped));
}

async function start(deployment: Deployment, stopped: StoppedStage): Promise<StartResult> {
  const { aws, assembly } = deployment;
  const stacks = await describeStage(aws, assembly);
  await step(deployment, "resume", "databases", async () => {
    for (const id of stopped.instances) await startAnyway(() => aws.call("rds", "StartDBInstance", { DBInstanceIdentifier: id }));
    for (const id of stopped.clusters) await startAnyway(() => aws.call("rds", "StartDBCluster", { DBClusterIdentifier: id }));
    for (const id of [...stopped.instances, ...stopped.clusters]) await waitUntilAvailable(deployment, id, stopped.clusters.includes(id));
    const all = [...stopped.instances, ...stopped.clusters];
    return { value: undefined, detail: all.join(", "), skipped: all.length === 0 };
  });
  const services = await step(deployment, "resume", "services", async () => {
    const states = (await serviceStates(aws, assembly.programs, stacks)).filter(({ program }) => stopped.services[program.name]);
    for (const state of states) {
      const { desired, suspended } = stopped.services[state.program.name]!;
      await aws.call("ecs", "UpdateService", { cluster: state.cluster, service: state.service, desiredCount: desired });
      if (suspended) await suspendScaling(aws, state, suspended);
    }
    const settled = await settle(
      deployment,
      stacks,
      states.map(({ program }) => program.name),
    );
    const value = settled.map(({ program, running }) => ({ name: program.name, running }));
    return { value, detail: value.map(({ name, running }) => `${name} ${running}`).join(", "), skipped: value.length === 0 };
  });
  await step(deployment, "resume", "alarm actions", async () => {
    for (let first = 0; first < stopped.alarms.length; first += 100) {
      await aws.call("cloudwatch", "EnableAlarmActions", { AlarmNames: stopped.alarms.slice(first, first + 100) });
    }
    return { value: undefined, detail: `${stopped.alarms.length} on`, skipped: stopped.alarms.length === 0 };
  });
  await forgetStopped(aws, assembly);
  return { stoppedSince: stopped.since, services };
}

/** One that runs already (AWS starts it after seven days) or is on its way needs no start; one that is gone cannot have one. */
async function startAnyway(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const passed = ["InvalidDBInstanceState", "InvalidDBInstanceStateFault", "InvalidDBClusterStateFault", ...gone];
    if (!isAwsError(error, ...passed)) throw error;
  }
}

const gone = ["DBInstanceNotFound", "DBInstanceNotFoundFault", "DBClusterNotFoundFault"];

async function waitUntilAvailable({ aws, time, signal }: Deployment, id: string, isCluster: boolean): Promise<void> {
  const startedAt = time.now();
  let startedAgain = false;
  for (const delayMs of pollingDelaysMs(aws)) {
    const status = await statusOf(aws, id, isCluster);
    if (status === undefined || status === "available") return;
    // It was still stopping when it was asked to start.
    if (status === "stopped" && !startedAgain) {
      startedAgain = true;
      await startAnyway(() =>
        isCluster
          ? aws.call("rds", "StartDBCluster", { DBClusterIdentifier: id })
          : aws.call("rds", "StartDBInstance", { DBInstanceIdentifier: id }),
      );
    }
    if (time.now() - startedAt > databasePatienceMs) {
      throw new DeployError("stack-failed", `The database ${id} is ${status} still.`, { remedy: "The same command goes on waiting." });
    }
    await time.sleep(delayMs, signal);
  }
}

async function statusOf(aws: Aws, id: string, isCluster: boolean): Promise<string | undefined> {
  try {
    if (isCluster) return (await aws.call("rds", "DescribeDBClusters", { DBClusterIdentifier: id })).DBClusters?.[0]?.Status;
    return (await aws.call("rds", "DescribeDBInstances", { DBInstanceIdentifier: id })).DBInstances?.[0]?.DBInstanceStatus;
  } catch (error) {
    if (isAwsError(error, ...gone)) return undefined;
    throw error;
  }
}
