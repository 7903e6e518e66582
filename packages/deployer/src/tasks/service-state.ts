/** The services of an app as ECS sees them now. */
import type { Program } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import { readShift, type Shift } from "./shift.ts";

export interface ServiceState {
  program: Program;
  cluster: string;
  service: string;
  desired: number;
  running: number;
  pending: number;
  /** Of the newest deployment: `IN_PROGRESS`, `COMPLETED`, `FAILED`. */
  rollout: string;
  rolloutReason?: string;
  deployedAt?: Date;
  taskDefinition: string;
  /** ARNs of the target groups that its tasks are registered in: in one of each list, where versions take turns. */
  targetGroups: string[][];
  /** How far its requests have been moved to a new version, while they are. */
  shift?: Shift;
  /** What ECS wrote last about it. */
  lastEvent?: string;
}

/** One for each program whose service is deployed, in the app's order. */
export async function serviceStates(
  aws: Aws,
  programs: readonly Program[],
  stacks: ReadonlyMap<string, DeployedStack>,
): Promise<ServiceState[]> {
  const deployed = programs.flatMap((program) => {
    const cluster = stacks.get(program.cluster.stack)?.outputs[program.cluster.output];
    const service = program.service && stacks.get(program.service.stack)?.outputs[program.service.output];
    return cluster && service ? [{ program, cluster, service }] : [];
  });
  const states: ServiceState[] = [];
  for (const cluster of new Set(deployed.map((one) => one.cluster))) {
    const ofCluster = deployed.filter((one) => one.cluster === cluster);
    for (let first = 0; first < ofCluster.length; first += 10) {
      const batch = ofCluster.slice(first, first + 10);
      const { services = [] } = await aws.call("ecs", "DescribeServices", { cluster, services: batch.map(({ service }) => service) });
      for (const { program, service } of batch) {
        const found = services.find((one) => one.serviceArn === service || one.serviceName === service);
        if (!found || found.status === "INACTIVE") continue;
        const shift = await readShift(aws, found);
        const newest = found.deployments?.find(({ status }) => status === "PRIMARY");
        states.push({
          program,
          cluster,
          service: found.serviceName ?? service,
          desired: found.desiredCount ?? 0,
          running: found.runningCount ?? 0,
          pending: found.pendingCount ?? 0,
          rollout: newest?.rolloutState ?? "",
          ...(newest?.rolloutStateReason ? { rolloutReason: newest.rolloutStateReason } : {}),
          ...(newest?.createdAt ? { deployedAt: newest.createdAt } : {}),
          taskDefinition: found.taskDefinition ?? "",
          targetGroups: (found.loadBalancers ?? []).map(({ targetGroupArn, advancedConfiguration }) =>
            [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn].filter((arn) => arn !== undefined),
          ),
          ...(shift && { shift }),
          ...(found.events?.[0]?.message ? { lastEvent: found.events[0].message } : {}),
        });
      }
    }
  }
  return states;
}

export const isSteady = ({ desired, running, pending, rollout }: ServiceState) =>
  running >= desired && pending === 0 && (rollout === "COMPLETED" || rollout === "");
