/** Tasks: their records and what describes say of them. */
import type { Container, Task, TaskOverride } from "@aws-sdk/client-ecs";
import type { ServiceTarget } from "./load-balancers.ts";
import type { Health } from "../../runtime/tasks/health-check.ts";
import { tellEvent } from "../../runtime/service-events.ts";
import { clusterArn, containerArn, lastName, type Scope, taskArn, taskDefinitionArn } from "./names.ts";
import { describeAgent } from "./exec-agent-state.ts";
import { listTags } from "./tags.ts";

export type TaskStatus = "PROVISIONING" | "PENDING" | "ACTIVATING" | "RUNNING" | "DEACTIVATING" | "STOPPING" | "DEPROVISIONING" | "STOPPED";

export type StopCode =
  | "EssentialContainerExited"
  | "ServiceSchedulerInitiated"
  | "SpotInterruption"
  | "TaskFailedToStart"
  | "TerminationNotice"
  | "UserInitiated";

export interface NetworkConfiguration {
  subnets: string[];
  securityGroups?: string[];
  assignPublicIp?: "ENABLED" | "DISABLED";
}

export interface ContainerRecord {
  /** 32 hexadecimal digits and a number, as Fargate's. */
  runtimeId: string;
  /** The last part of its ARN. */
  id: string;
  name: string;
  image: string;
  imageDigest?: string;
  lastStatus: "PENDING" | "RUNNING" | "STOPPED";
  exitCode?: number;
  reason?: string;
  healthStatus: Health;
  hasHealthCheck: boolean;
  /** When the agent of ECS Exec was started beside it, where the task has it. */
  agentStartedMs?: number;
  cpu: number;
  memory?: number;
  memoryReservation?: number;
}

export interface TaskRecord {
  id: string;
  cluster: string;
  family: string;
  revision: number;
  lastStatus: TaskStatus;
  desiredStatus: "RUNNING" | "STOPPED";
  launchType: "FARGATE";
  capacityProvider?: string;
  group: string;
  startedBy?: string;
  cpu: string;
  memory: string;
  platformVersion: string;
  ephemeralStorageGib: number;
  enableExecuteCommand: boolean;
  overrides: TaskOverride;
  containers: ContainerRecord[];
  network: NetworkConfiguration;
  /** What the network interface is, once there is one. */
  attachment: {
    id: string;
    status: "PRECREATED" | "ATTACHED" | "DELETED";
    networkInterfaceId?: string;
    subnetId?: string;
    macAddress?: string;
    privateIp?: string;
    privateDnsName?: string;
    availabilityZone?: string;
    vpcId?: string;
  };
  /** The target groups that it was registered in. */
  targets?: ServiceTarget[];
  /** Whether it gets no new requests any more. */
  deregistered?: boolean;
  /** Whether its service's events say already that they were deregistered. */
  deregistrationTold?: boolean;
  healthStatus: Health;
  /** Until when its service may not stop it to scale in or to deploy. */
  protectedUntilMs?: number;
  /** The state that was told last; see `tellTask`. */
  toldState?: string;
  version: number;
  tags: Record<string, string>;
  createdMs: number;
  connectivityMs?: number;
  pullStartedMs?: number;
  pullStoppedMs?: number;
  startedMs?: number;
  stoppingMs?: number;
  executionStoppedMs?: number;
  stoppedMs?: number;
  stopCode?: StopCode;
  stoppedReason?: string;
}

const tasks = ({ cloud }: Pick<Scope, "cloud">) => cloud.store.collection<TaskRecord>("ecs-task");

export function saveTask(scope: Scope, task: TaskRecord): void {
  task.version++;
  const state = stateOf(task);
  const changed = state !== task.toldState;
  if (changed) task.toldState = state;
  tasks(scope).put(scope.region, `${task.cluster}/${task.id}`, task);
  if (changed) tellTask(scope, task);
}

/** The state of a task and of its containers, of which each change is told once. */
const stateOf = ({ lastStatus, desiredStatus, containers }: TaskRecord): string =>
  [lastStatus, desiredStatus, ...containers.map((container) => container.lastStatus)].join(" ");

/** Tells EventBridge. Source: Amazon ECS Developer Guide, "Amazon ECS task state change events". */
function tellTask(scope: Scope, task: TaskRecord): void {
  const { tags: _, ...detail } = describeTask(scope, task);
  tellEvent(scope.cloud, scope.region, {
    source: "aws.ecs",
    detailType: "ECS Task State Change",
    resources: [taskArn(scope, task.cluster, task.id)],
    detail: { ...detail, updatedAt: new Date(scope.cloud.world.clock.nowMs()) },
  });
}

export function removeTask(scope: Scope, task: TaskRecord): void {
  tasks(scope).delete(scope.region, `${task.cluster}/${task.id}`);
}

export function tasksOf(scope: Scope, cluster: string): TaskRecord[] {
  return tasks(scope).list(scope.region, `${cluster}/`);
}

export function allTasks(cloud: Scope["cloud"]): { region: string; task: TaskRecord }[] {
  return tasks({ cloud })
    .all()
    .map(({ scope, value }) => ({ region: scope, task: value }));
}

/** By id or ARN. */
export function findTask(scope: Scope, cluster: string, given: string): TaskRecord | undefined {
  return tasks(scope).get(scope.region, `${cluster}/${lastName(given)}`);
}

export function describeTask(scope: Scope, task: TaskRecord, include: readonly string[] = []): Task {
  const arn = taskArn(scope, task.cluster, task.id);
  const { attachment } = task;
  const times = {
    connectivityAt: task.connectivityMs,
    createdAt: task.createdMs,
    executionStoppedAt: task.executionStoppedMs,
    pullStartedAt: task.pullStartedMs,
    pullStoppedAt: task.pullStoppedMs,
    startedAt: task.startedMs,
    stoppedAt: task.stoppedMs,
    stoppingAt: task.stoppingMs,
  };
  const details = {
    subnetId: attachment.subnetId,
    networkInterfaceId: attachment.networkInterfaceId,
    macAddress: attachment.macAddress,
    privateDnsName: attachment.privateDnsName,
    privateIPv4Address: attachment.privateIp,
  };
  return {
    attachments: [
      {
        id: attachment.id,
        type: "ElasticNetworkInterface",
        status: attachment.status,
        details: Object.entries(details).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
      },
    ],
    attributes: [{ name: "ecs.cpu-architecture", value: "x86_64" }],
    ...(attachment.availabilityZone !== undefined && { availabilityZone: attachment.availabilityZone }),
    ...(task.capacityProvider !== undefined && { capacityProviderName: task.capacityProvider }),
    clusterArn: clusterArn(scope, task.cluster),
    ...(task.connectivityMs !== undefined && { connectivity: "CONNECTED" as const }),
    containers: task.containers.map((container) => describeContainer(scope, task, container, arn)),
    cpu: task.cpu,
    desiredStatus: task.desiredStatus,
    enableExecuteCommand: task.enableExecuteCommand,
    group: task.group,
    healthStatus: task.healthStatus,
    lastStatus: task.lastStatus,
    launchType: task.launchType,
    memory: task.memory,
    overrides: {
      ...task.overrides,
      containerOverrides: task.containers.map(
        ({ name }) => task.overrides.containerOverrides?.find((override) => override.name === name) ?? { name },
      ),
      inferenceAcceleratorOverrides: [],
    },
    platformVersion: task.platformVersion,
    platformFamily: "Linux",
    ...(task.startedBy !== undefined && { startedBy: task.startedBy }),
    ...(task.stopCode !== undefined && { stopCode: task.stopCode }),
    ...(task.stoppedReason !== undefined && { stoppedReason: task.stoppedReason }),
    tags: include.includes("TAGS") ? listTags(task.tags) : [],
    taskArn: arn,
    taskDefinitionArn: taskDefinitionArn(scope, task.family, task.revision),
    version: task.version,
    ephemeralStorage: { sizeInGiB: task.ephemeralStorageGib },
    fargateEphemeralStorage: { sizeInGiB: task.ephemeralStorageGib },
    ...Object.fromEntries(Object.entries(times).flatMap(([name, ms]) => (ms === undefined ? [] : [[name, new Date(ms)]]))),
  };
}

function describeContainer(scope: Scope, task: TaskRecord, container: ContainerRecord, arn: string): Container {
  const { attachment } = task;
  return {
    containerArn: containerArn(scope, task.cluster, task.id, container.id),
    taskArn: arn,
    name: container.name,
    image: container.image,
    ...(container.imageDigest !== undefined && { imageDigest: container.imageDigest }),
    runtimeId: container.runtimeId,
    lastStatus: container.lastStatus,
    ...(container.exitCode !== undefined && { exitCode: container.exitCode }),
    ...(container.reason !== undefined && { reason: container.reason }),
    networkBindings: [],
    networkInterfaces:
      attachment.privateIp === undefined ? [] : [{ attachmentId: attachment.id, privateIpv4Address: attachment.privateIp }],
    healthStatus: container.healthStatus,
    cpu: String(container.cpu),
    ...(container.memory !== undefined && { memory: String(container.memory) }),
    ...(task.enableExecuteCommand && { managedAgents: [describeAgent(scope, task, container)] }),
    ...(container.memoryReservation !== undefined && { memoryReservation: String(container.memoryReservation) }),
  };
}
