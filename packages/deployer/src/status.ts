/** A stage at a glance: stacks, services, queues, databases, alarms, secrets, and who deploys it now. */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import { localAccess, type LocalAccess } from "./domains/local-access.ts";
import { readLease, type LeaseHolder } from "./lease.ts";
import { readOutputs, type Outputs } from "./outputs.ts";
import { readReleases, type Release, runningRelease } from "./releases/release.ts";
import { scheduledRotations, type ScheduledRotation } from "./secrets/rotation/scheduled.ts";
import { missingSecrets, secretStates } from "./secrets/slots.ts";
import {
  readAlarms,
  readDatabases,
  readQueues,
  readResources,
  type AlarmStatus,
  type DatabaseStatus,
  type QueueStatus,
} from "./status-resources.ts";
import { describeStage, type DeployedStack } from "./stacks/stack-state.ts";
import { type AppRunnerState, appRunnerStates, isTakenBack } from "./tasks/app-runner.ts";
import type { Shift } from "./tasks/shift.ts";
import { isSteady, serviceStates } from "./tasks/service-state.ts";
import { taskRuns, type TaskRunState, type TaskSchedule } from "./tasks/task-runs.ts";

export interface ServiceStatus {
  name: string;
  desired: number;
  running: number;
  pending: number;
  steady: boolean;
  /** Of the last deployment: `IN_PROGRESS`, `COMPLETED`, `FAILED`. */
  rollout: string;
  /** Why it is so, or what ECS said last, where the service is not steady. */
  reason?: string;
  deployedAt?: string;
  /** How far its requests have been moved to a new version, while they are. */
  shift?: Shift;
  /** `HEALTHY`, `UNHEALTHY` or `UNKNOWN` of each running task. */
  health: string[];
  url?: string;
}

export interface TaskStatus {
  name: string;
  /** When it runs. */
  run: "by-hand" | "before-services" | "scheduled";
  /** Of one that runs by the clock. */
  schedule?: { expression: string; timeZone: string; enabled: boolean; next?: string };
  /** How its last run went; the exit code is known while it is not over for an hour. */
  last?: { at: string; running: boolean; exitCode?: number; reason?: string };
}

export interface RotationStatus {
  name: string;
  /** `rate(30 days)`, `cron(…)`, in UTC. */
  expression: string;
  last?: string;
  /** By when the next one is done. */
  next?: string;
  /** It is under way, or has failed and is tried again. */
  pending: boolean;
  failure?: string;
}

export interface Status {
  app: string;
  stage: string;
  region: string;
  target: "aws" | "embedded";
  deployed: boolean;
  stacks: { name: string; status: string; reason?: string }[];
  services: ServiceStatus[];
  tasks: TaskStatus[];
  queues: QueueStatus[];
  databases: DatabaseStatus[];
  /** Logins and tokens that the clock rotates, where there are some. */
  rotations?: RotationStatus[];
  alarms: AlarmStatus[];
  missingSecrets: string[];
  outputs: Outputs;
  /** What runs, and, where that is another, the last attempt. */
  release?: Release;
  lastAttempt?: Release;
  /** In the embedded cloud: how URLs with names of its zones are reached on this machine. */
  localAccess?: LocalAccess[];
  lease?: LeaseHolder;
}

/** @param folder Plinth's own, beside the app. */
export async function readStatus(aws: Aws, assembly: Assembly, folder: string, now: Date): Promise<Status> {
  const stacks = await describeStage(aws, assembly);
  const [services, tasks, resources, secrets, outputs, lease, releases, rotations] = await Promise.all([
    readServices(aws, assembly, stacks),
    taskRuns(aws, assembly, stacks, now),
    readResources(aws, stacks),
    secretStates(aws, assembly.secrets),
    readOutputs(aws, assembly, stacks, folder),
    readLease(aws, assembly.app, assembly.stage),
    readReleases(aws, assembly.app, assembly.stage),
    scheduledRotations(aws, assembly, stacks),
  ]);
  const release = runningRelease(releases);
  const [access, databases, queues, alarms] = await Promise.all([
    localAccess(aws, outputs),
    readDatabases(aws, assembly, resources),
    readQueues(aws, assembly, resources),
    readAlarms(aws, resources),
  ]);
  return {
    app: assembly.app,
    stage: assembly.stage,
    region: assembly.region,
    target: aws.embedded ? "embedded" : "aws",
    deployed: stacks.size > 0,
    stacks: [...stacks.values()].map(({ name, status, statusReason }) => ({
      name,
      status,
      ...(statusReason ? { reason: statusReason } : {}),
    })),
    services: services.map((service) => {
      const url = outputs[service.name]?.["url"];
      return url === undefined ? service : { ...service, url };
    }),
    tasks: tasks.map(taskStatus),
    queues,
    databases,
    ...(rotations.length > 0 && { rotations: rotations.map(rotationStatus) }),
    alarms,
    missingSecrets: missingSecrets(secrets).map(({ name }) => name),
    outputs,
    ...(release && { release }),
    ...(releases[0] && releases[0] !== release && { lastAttempt: releases[0] }),
    ...(access.length > 0 && { localAccess: access }),
    ...(lease?.holder ? { lease: lease.holder } : {}),
  };
}

export const rotationStatus = ({ last, next, ...rotation }: ScheduledRotation): RotationStatus => ({
  ...rotation,
  ...(last && { last: last.toISOString() }),
  ...(next && { next: next.toISOString() }),
});

async function readServices(aws: Aws, assembly: Assembly, stacks: ReadonlyMap<string, DeployedStack>): Promise<ServiceStatus[]> {
  const [onEcs, onAppRunner] = await Promise.all([readEcsServices(aws, assembly, stacks), appRunnerStates(aws, assembly, stacks)]);
  return [...onEcs, ...onAppRunner.map(appRunnerStatus)];
}

/** App Runner tells no numbers of instances: one stands for the service. */
function appRunnerStatus(state: AppRunnerState): ServiceStatus {
  const { name, status, deployment } = state;
  const running = status === "RUNNING" ? 1 : 0;
  const desired = status === "PAUSED" ? 0 : 1;
  const isUnderWay = status === "OPERATION_IN_PROGRESS";
  const takenBack = isTakenBack(state);
  return {
    name,
    desired,
    running,
    pending: isUnderWay ? 1 : 0,
    steady: running === desired && !takenBack,
    rollout: takenBack ? "FAILED" : isUnderWay ? "IN_PROGRESS" : "COMPLETED",
    ...(takenBack && { reason: `its newest version did not come up (${deployment!.status}): plinth doctor says why` }),
    ...(deployment && { deployedAt: deployment.startedAt.toISOString() }),
    health: [],
  };
}

async function readEcsServices(aws: Aws, assembly: Assembly, stacks: ReadonlyMap<string, DeployedStack>): Promise<ServiceStatus[]> {
  const states = await serviceStates(aws, assembly.programs, stacks);
  return Promise.all(
    states.map(async (state) => {
      const serviceName = state.service.slice(state.service.lastIndexOf("/") + 1);
      const { taskArns = [] } = await aws.call("ecs", "ListTasks", { cluster: state.cluster, serviceName });
      const { tasks = [] } = taskArns.length > 0 ? await aws.call("ecs", "DescribeTasks", { cluster: state.cluster, tasks: taskArns }) : {};
      const { program, desired, running, pending, rollout, rolloutReason, deployedAt, shift } = state;
      const reason = isSteady(state) ? undefined : (rolloutReason ?? state.lastEvent);
      return {
        name: program.name,
        desired,
        running,
        pending,
        steady: isSteady(state),
        rollout,
        ...(reason === undefined ? {} : { reason }),
        ...(deployedAt ? { deployedAt: deployedAt.toISOString() } : {}),
        ...(shift && { shift }),
        health: tasks.map(({ healthStatus }) => healthStatus ?? "UNKNOWN"),
      };
    }),
  );
}

function taskStatus({ program, run, schedule, last }: TaskRunState): TaskStatus {
  const running = run.purpose === "migration" ? "before-services" : run.purpose === "scheduled" ? "scheduled" : "by-hand";
  return {
    name: program.name,
    run: running,
    ...(schedule && { schedule: scheduleStatus(schedule) }),
    ...(last && {
      last: {
        at: last.at.toISOString(),
        running: last.running,
        ...(last.exitCode === undefined ? {} : { exitCode: last.exitCode }),
        ...(last.reason === undefined ? {} : { reason: last.reason }),
      },
    }),
  };
}

const scheduleStatus = ({ next, ...schedule }: TaskSchedule): TaskStatus["schedule"] & object => ({
  ...schedule,
  ...(next && { next: next.toISOString() }),
});
