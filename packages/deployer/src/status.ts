/** A stage at a glance: stacks, services, queues, databases, alarms, secrets, and who deploys it now. */
import type { Assembly } from "@plinth/compiler";
import { isAwsError, type Aws } from "./aws.ts";
import { localAccess, type LocalAccess } from "./domains/local-access.ts";
import { readLease, type LeaseHolder } from "./lease.ts";
import { originOf } from "./origin.ts";
import { readOutputs, type Outputs } from "./outputs.ts";
import { readReleases, type Release, runningRelease } from "./releases/release.ts";
import { scheduledRotations, type ScheduledRotation } from "./secrets/rotation/scheduled.ts";
import { missingSecrets, secretStates } from "./secrets/slots.ts";
import { describeStage, type DeployedStack } from "./stacks/stack-state.ts";
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

export interface QueueStatus {
  name: string;
  url: string;
  /** Messages that can be received; those that a consumer has; those that are not to be seen yet. */
  waiting: number;
  inFlight: number;
  delayed: number;
  /** Messages in its dead-letter queue, where it has one. */
  dead?: number;
}

export interface DatabaseStatus {
  name: string;
  identifier: string;
  status: string;
  engine: string;
  /** Where it is not the app's. */
  region?: string;
  /** In the embedded cloud: which server plays the database. */
  servedBy?: string;
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
  alarms: { name: string; state: string; reason?: string }[];
  missingSecrets: string[];
  outputs: Outputs;
  /** What runs, and, where that is another, the last attempt. */
  release?: Release;
  lastAttempt?: Release;
  /** In the embedded cloud: how URLs with names of its zones are reached on this machine. */
  localAccess?: LocalAccess[];
  lease?: LeaseHolder;
}

export async function readStatus(aws: Aws, assembly: Assembly, now: Date): Promise<Status> {
  const stacks = await describeStage(aws, assembly);
  const [services, tasks, resources, secrets, outputs, lease, releases, rotations] = await Promise.all([
    readServices(aws, assembly, stacks),
    taskRuns(aws, assembly, stacks, now),
    readResources(aws, stacks),
    secretStates(aws, assembly.secrets),
    readOutputs(aws, assembly, stacks),
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

interface StackResource {
  layer: string | undefined;
  logicalId: string;
  physicalId: string;
  type: string;
  region: string;
}

const lookedAt = ["messaging", "database", "observability"];

/** The resources of the layers that status asks about further. */
async function readResources(aws: Aws, stacks: ReadonlyMap<string, DeployedStack>): Promise<StackResource[]> {
  const asked = [...stacks.values()].filter(({ layer }) => layer !== undefined && lookedAt.includes(layer));
  const found = await Promise.all(
    asked.map(async ({ name, layer, region }) => {
      const { StackResources = [] } = await aws.in(region).call("cloudformation", "DescribeStackResources", { StackName: name });
      return StackResources.flatMap(({ LogicalResourceId = "", PhysicalResourceId, ResourceType = "", ResourceStatus }) =>
        PhysicalResourceId && ResourceStatus !== "DELETE_COMPLETE"
          ? [{ layer, logicalId: LogicalResourceId, physicalId: PhysicalResourceId, type: ResourceType, region }]
          : [],
      );
    }),
  );
  return found.flat();
}

async function readDatabases(aws: Aws, assembly: Assembly, resources: readonly StackResource[]): Promise<DatabaseStatus[]> {
  const instances = resources.filter(({ type }) => type === "AWS::RDS::DBInstance");
  return Promise.all(
    instances.map(async ({ layer, logicalId, physicalId, region }) => {
      const instance = await describeInstance(aws.in(region), physicalId);
      const servedBy = instance?.TagList?.find(({ Key }) => Key === "plinth:served-by")?.Value;
      return {
        name: originOf(assembly, layer, logicalId)?.key ?? logicalId,
        identifier: physicalId,
        status: instance?.DBInstanceStatus ?? "gone",
        engine: `${instance?.Engine ?? ""} ${instance?.EngineVersion ?? ""}`.trim(),
        ...(servedBy === undefined ? {} : { servedBy }),
        ...(region === aws.region ? {} : { region }),
      };
    }),
  );
}

async function describeInstance(aws: Aws, DBInstanceIdentifier: string) {
  try {
    return (await aws.call("rds", "DescribeDBInstances", { DBInstanceIdentifier })).DBInstances?.[0];
  } catch (error) {
    if (isAwsError(error, "DBInstanceNotFoundFault", "DBInstanceNotFound")) return undefined;
    throw error;
  }
}

/** Dead-letter queues are shown with the queue whose messages they take. */
async function readQueues(aws: Aws, assembly: Assembly, resources: readonly StackResource[]): Promise<QueueStatus[]> {
  const found = await Promise.all(
    resources
      .filter(({ type }) => type === "AWS::SQS::Queue")
      .map(async (resource) => ({ resource, attributes: await queueAttributes(aws, resource.physicalId) })),
  );
  const queues = found.flatMap(({ resource, attributes }) => (attributes ? [{ resource, attributes, arn: attributes["QueueArn"] }] : []));
  const deadLetterArn = ({ RedrivePolicy }: Record<string, string>) =>
    RedrivePolicy === undefined ? undefined : (JSON.parse(RedrivePolicy) as { deadLetterTargetArn?: string }).deadLetterTargetArn;
  const targets = new Set(queues.map(({ attributes }) => deadLetterArn(attributes)));
  const count = (attributes: Record<string, string>, name: string) => Number(attributes[name] ?? 0);
  return queues
    .filter(({ arn }) => !targets.has(arn))
    .map(({ resource: { layer, logicalId, physicalId }, attributes }) => {
      const dead = queues.find(({ arn }) => arn !== undefined && arn === deadLetterArn(attributes));
      return {
        name: originOf(assembly, layer, logicalId)?.key ?? logicalId,
        url: physicalId,
        waiting: count(attributes, "ApproximateNumberOfMessages"),
        inFlight: count(attributes, "ApproximateNumberOfMessagesNotVisible"),
        delayed: count(attributes, "ApproximateNumberOfMessagesDelayed"),
        ...(dead && { dead: count(dead.attributes, "ApproximateNumberOfMessages") }),
      };
    });
}

async function queueAttributes(aws: Aws, QueueUrl: string): Promise<Record<string, string> | undefined> {
  try {
    return (await aws.call("sqs", "GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] })).Attributes ?? {};
  } catch (error) {
    if (isAwsError(error, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")) return undefined;
    throw error;
  }
}

async function readAlarms(aws: Aws, resources: readonly StackResource[]): Promise<Status["alarms"]> {
  const names = resources.filter(({ type }) => type === "AWS::CloudWatch::Alarm").map(({ physicalId }) => physicalId);
  const MetricAlarms = [];
  for (let first = 0; first < names.length; first += 100) {
    const page = await aws.call("cloudwatch", "DescribeAlarms", { AlarmNames: names.slice(first, first + 100), MaxRecords: 100 });
    MetricAlarms.push(...(page.MetricAlarms ?? []));
  }
  return MetricAlarms.map(({ AlarmName = "", StateValue = "", StateReason }) => ({
    name: AlarmName,
    state: StateValue,
    ...(StateReason && StateValue === "ALARM" ? { reason: StateReason } : {}),
  }));
}
