/** Stops a stage: no task runs, no alarm calls anybody, databases stop; what stood stays, and is remembered. Source: aws-recipes §6. */
import { isAwsError } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import { step, type Deployment } from "../deployment.ts";
import { describeStage, isStanding } from "../stacks/stack-state.ts";
import { scalersOf, suspendedWholly, suspendScaling } from "../tasks/scaler.ts";
import { serviceStates } from "../tasks/service-state.ts";
import { settle } from "../tasks/settle.ts";
import { underLease } from "../under-lease.ts";
import { stageParts } from "./stage-parts.ts";
import { readStopped, type StoppedStage, writeStopped } from "./stopped-stage.ts";

export interface StopResult {
  since: string;
  services: { name: string; before: number }[];
  /** Identifiers. */
  databases: string[];
  /** What could not be stopped, and why. */
  notStopped: string[];
  /** What goes on costing, one thing each. */
  costsOn: string[];
}

/** Can be repeated: what an earlier stop remembers stays, what it left running is stopped. @throws DeployError */
export async function stopStage(deployment: Deployment): Promise<StopResult> {
  return underLease(deployment, "stop", (held) => stop(held));
}

async function stop(deployment: Deployment): Promise<StopResult> {
  const { aws, assembly, time } = deployment;
  const stacks = new Map([...(await describeStage(aws, assembly))].filter(([, stack]) => isStanding(stack)));
  if (stacks.size === 0) throw new DeployError("not-found", `${assembly.app} ${assembly.stage} is not deployed.`);
  const states = await serviceStates(aws, assembly.programs, stacks);
  const [scalers, parts, before] = await Promise.all([scalersOf(aws, states), stageParts(aws, stacks), readStopped(aws, assembly)]);
  const actionsOn = await alarmsWithActions(deployment, parts.alarms);
  const stopped: StoppedStage = before ?? {
    since: new Date(time.now()).toISOString(),
    services: Object.fromEntries(
      states.map(({ program: { name }, desired }) => {
        const suspended = scalers.get(name)?.suspended;
        return [name, { desired, ...(suspended && { suspended }) }];
      }),
    ),
    alarms: actionsOn,
    instances: parts.instances,
    clusters: parts.clusters,
  };
  // Before anything is touched: whatever happens then, a start knows what there was.
  await writeStopped(aws, assembly, stopped);

  await step(deployment, "pause", "alarm actions", async () => {
    for (let first = 0; first < actionsOn.length; first += 100) {
      await aws.call("cloudwatch", "DisableAlarmActions", { AlarmNames: actionsOn.slice(first, first + 100) });
    }
    return { value: undefined, detail: `${actionsOn.length} off`, skipped: actionsOn.length === 0 };
  });
  await step(deployment, "pause", "services", async () => {
    for (const state of states) {
      if (scalers.has(state.program.name)) await suspendScaling(aws, state, suspendedWholly);
      await aws.call("ecs", "UpdateService", { cluster: state.cluster, service: state.service, desiredCount: 0 });
    }
    await settle(
      deployment,
      stacks,
      states.map(({ program }) => program.name),
    );
    return { value: undefined, detail: states.map(({ program }) => program.name).join(", "), skipped: states.length === 0 };
  });
  const notStopped: string[] = [];
  const databases = [
    ...parts.instances.map((id) => ({ id, act: () => aws.call("rds", "StopDBInstance", { DBInstanceIdentifier: id }) })),
    ...parts.clusters.map((id) => ({ id, act: () => aws.call("rds", "StopDBCluster", { DBClusterIdentifier: id }) })),
  ];
  await step(deployment, "pause", "databases", async () => {
    for (const { id, act } of databases) {
      try {
        await act();
      } catch (error) {
        if (isAwsError(error, "InvalidDBInstanceState", "InvalidDBInstanceStateFault", "InvalidDBClusterStateFault")) {
          if (!/stopp(ed|ing)/u.test(error.message)) notStopped.push(`${id}: ${error.message}`);
        } else throw error;
      }
    }
    return { value: undefined, detail: databases.map(({ id }) => id).join(", "), skipped: databases.length === 0 };
  });
  return {
    since: stopped.since,
    services: Object.entries(stopped.services).map(([name, { desired }]) => ({ name, before: desired })),
    databases: databases.map(({ id }) => id),
    notStopped,
    costsOn: parts.costsOn,
  };
}

/** Of these alarms, those that act: somebody may have switched one off by hand, and it stays so. */
async function alarmsWithActions({ aws }: Deployment, names: readonly string[]): Promise<string[]> {
  const acting: string[] = [];
  for (let first = 0; first < names.length; first += 100) {
    const { MetricAlarms = [] } = await aws.call("cloudwatch", "DescribeAlarms", { AlarmNames: names.slice(first, first + 100) });
    acting.push(...MetricAlarms.filter(({ ActionsEnabled }) => ActionsEnabled).map(({ AlarmName = "" }) => AlarmName));
  }
  return acting;
}
