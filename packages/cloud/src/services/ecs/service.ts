/** Services: their records and deployments, and what describes say of them. */
import type {
  CapacityProviderStrategyItem,
  Deployment,
  DeploymentConfiguration,
  PlacementConstraint,
  PlacementStrategy,
  Service,
} from "@aws-sdk/client-ecs";
import { serviceNotFound } from "./errors.ts";
import type { DeploymentAlarmState } from "./deployment-alarms.ts";
import type { ServiceTarget } from "./load-balancers.ts";
import { clusterArn, lastName, type Scope, serviceArn, serviceDeploymentArn, serviceRevisionArn, taskDefinitionArn } from "./names.ts";
import { type ConnectRecord, connectResources } from "./service-connect.ts";
import { listTags } from "./tags.ts";
import { type NetworkConfiguration, type TaskRecord, tasksOf } from "./task.ts";
import type { TrafficShift } from "./traffic-shift.ts";

export interface DeploymentRecord {
  /** `ecs-svc/` and 19 digits. */
  id: string;
  status: "PRIMARY" | "ACTIVE" | "INACTIVE";
  family: string;
  revision: number;
  createdMs: number;
  updatedMs: number;
  failedTasks: number;
  rolloutState: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  rolloutStateReason: string;
  /** Whether it has ever been whole: what a failed one is rolled back to. */
  completed: boolean;
  launchType?: "EC2" | "FARGATE";
  strategy?: CapacityProviderStrategyItem[];
  /** On Fargate only. */
  platformVersion?: string;
  /** As given: `registeredTargets` says which of their target groups its tasks are registered in. */
  loadBalancers?: ServiceTarget[];
  /** What it publishes and joins by Service Connect. */
  connect?: ConnectRecord;
  /** Whether its tasks are in the alternate target groups: deployments that move requests take turns. */
  usesAlternate?: boolean;
  /** How far the requests have been moved to it, where its strategy does so. */
  shift?: TrafficShift;
  /** What its alarms have said; absent without any. */
  alarms?: DeploymentAlarmState;
  /** Where the definition's network mode is awsvpc, as it always is on Fargate. */
  network?: NetworkConfiguration;
}

export interface ServiceRecord {
  name: string;
  cluster: string;
  status: "ACTIVE" | "DRAINING" | "INACTIVE";
  desiredCount: number;
  deploymentConfiguration: DeploymentConfiguration;
  /** Newest first; the first is PRIMARY. */
  deployments: DeploymentRecord[];
  /** Newest first. */
  events: { id: string; createdMs: number; message: string }[];
  /** The newest service deployment. */
  serviceDeploymentId?: string;
  createdMs: number;
  createdBy: string;
  clientToken?: string;
  healthCheckGracePeriodSeconds?: number;
  /** Of a service on EC2. */
  placementConstraints?: PlacementConstraint[];
  placementStrategy?: PlacementStrategy[];
  availabilityZoneRebalancing: "ENABLED" | "DISABLED";
  enableEcsManagedTags: boolean;
  propagateTags: "NONE" | "SERVICE" | "TASK_DEFINITION";
  enableExecuteCommand: boolean;
  tags: Record<string, string>;
  /** Whether the last thing said was that it reached a steady state. */
  steady: boolean;
  /** Failures in a row, and until when no task is started because of them. */
  failuresInRow: number;
  waitUntilMs: number;
}

const maxEvents = 100;

const services = ({ cloud }: Pick<Scope, "cloud">) => cloud.store.collection<ServiceRecord>("ecs-service");

export function saveService(scope: Scope, record: ServiceRecord): void {
  services(scope).put(scope.region, `${record.cluster}/${record.name}`, record);
}

export function removeService(scope: Scope, record: ServiceRecord): void {
  services(scope).delete(scope.region, `${record.cluster}/${record.name}`);
}

export function listServices(scope: Scope, cluster: string): ServiceRecord[] {
  return services(scope).list(scope.region, `${cluster}/`);
}

export function allServices(cloud: Scope["cloud"]): { region: string; service: ServiceRecord }[] {
  return services({ cloud })
    .all()
    .map(({ scope, value }) => ({ region: scope, service: value }));
}

/** By name or ARN. */
export function findService(scope: Scope, cluster: string, given: string): ServiceRecord | undefined {
  return services(scope).get(scope.region, `${cluster}/${lastName(given)}`);
}

/** One that is there, in whatever state, but gone. */
export function requireService(scope: Scope, cluster: string, given: string): ServiceRecord {
  const found = findService(scope, cluster, given);
  if (!found) throw serviceNotFound();
  return found;
}

export const gracePeriodSeconds = ({ healthCheckGracePeriodSeconds = 0 }: ServiceRecord): number => healthCheckGracePeriodSeconds;

export function primaryOf(service: ServiceRecord): DeploymentRecord {
  return service.deployments[0]!;
}

/** Puts an event before the others, as `(service web) has …`. */
export function addEvent({ cloud }: Scope, service: ServiceRecord, text: string): void {
  const { random, clock } = cloud.world;
  service.events.unshift({ id: random.uuid(), createdMs: clock.nowMs(), message: `(service ${service.name}) ${text}` });
  service.events.length = Math.min(service.events.length, maxEvents);
}

/** All tasks that the service started and that are answered still. */
export function tasksOfService(scope: Scope, { cluster, name }: ServiceRecord): TaskRecord[] {
  return tasksOf(scope, cluster).filter(({ group }) => group === `service:${name}`);
}

export const isPending = ({ lastStatus, desiredStatus }: TaskRecord) =>
  desiredStatus === "RUNNING" && ["PROVISIONING", "PENDING", "ACTIVATING"].includes(lastStatus);
export const isRunning = ({ lastStatus, desiredStatus }: TaskRecord) => desiredStatus === "RUNNING" && lastStatus === "RUNNING";

export function describeService(scope: Scope, service: ServiceRecord, include: readonly string[] = []): Service {
  const tasks = tasksOfService(scope, service);
  const gone = service.status === "INACTIVE";
  const primary = primaryOf(service);
  const deployments = gone ? [] : service.deployments.map((deployment) => describeDeployment(scope, service, deployment, tasks));
  return {
    serviceArn: serviceArn(scope, service.cluster, service.name),
    serviceName: service.name,
    clusterArn: clusterArn(scope, service.cluster),
    loadBalancers: primary.loadBalancers ?? [],
    serviceRegistries: [],
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: tasks.filter(isRunning).length,
    pendingCount: tasks.filter(isPending).length,
    ...(primary.launchType && { launchType: primary.launchType }),
    ...(primary.strategy && { capacityProviderStrategy: primary.strategy }),
    ...(primary.platformVersion !== undefined && { platformVersion: primary.platformVersion, platformFamily: "Linux" }),
    taskDefinition: taskDefinitionArn(scope, primary.family, primary.revision),
    deploymentConfiguration: service.deploymentConfiguration,
    deployments,
    ...(service.serviceDeploymentId !== undefined && {
      currentServiceDeployment: serviceDeploymentArn(scope, service.cluster, service.name, service.serviceDeploymentId),
    }),
    currentServiceRevisions: deployments.map(({ id, desiredCount, runningCount, pendingCount }) => ({
      arn: serviceRevisionArn(scope, service, id!),
      requestedTaskCount: desiredCount,
      runningTaskCount: runningCount,
      pendingTaskCount: pendingCount,
    })),
    roleArn: `arn:aws:iam::${scope.account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    events: service.events.map(({ id, createdMs, message }) => ({ id, createdAt: new Date(createdMs), message })),
    createdAt: new Date(service.createdMs),
    placementConstraints: service.placementConstraints ?? [],
    placementStrategy: service.placementStrategy ?? [],
    ...(primary.network && { networkConfiguration: { awsvpcConfiguration: primary.network } }),
    ...(primary.loadBalancers && primary.loadBalancers.length > 0 && { healthCheckGracePeriodSeconds: gracePeriodSeconds(service) }),
    schedulingStrategy: "REPLICA",
    deploymentController: { type: "ECS" },
    createdBy: service.createdBy,
    enableECSManagedTags: service.enableEcsManagedTags,
    propagateTags: service.propagateTags,
    enableExecuteCommand: service.enableExecuteCommand,
    availabilityZoneRebalancing: service.availabilityZoneRebalancing,
    ...(include.includes("TAGS") && { tags: listTags(service.tags) }),
  };
}

/** Whether it is kept at the desired count: the newest, and, while requests are moved to it, the one before. */
function isHeld({ deployments: [primary] }: ServiceRecord, { id, status, rolloutState }: DeploymentRecord): boolean {
  if (status === "PRIMARY") return rolloutState !== "FAILED";
  const { shift } = primary!;
  return shift?.sourceId === id && primary!.rolloutState !== "COMPLETED" && shift.stage !== "CLEAN_UP";
}

function describeDeployment(scope: Scope, service: ServiceRecord, deployment: DeploymentRecord, tasks: readonly TaskRecord[]): Deployment {
  const own = tasks.filter(({ startedBy }) => startedBy === deployment.id);
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: taskDefinitionArn(scope, deployment.family, deployment.revision),
    desiredCount: isHeld(service, deployment) ? service.desiredCount : 0,
    pendingCount: own.filter(isPending).length,
    runningCount: own.filter(isRunning).length,
    failedTasks: deployment.failedTasks,
    createdAt: new Date(deployment.createdMs),
    updatedAt: new Date(deployment.updatedMs),
    ...(deployment.launchType && { launchType: deployment.launchType }),
    ...(deployment.strategy && { capacityProviderStrategy: deployment.strategy }),
    ...(deployment.platformVersion !== undefined && {
      platformVersion: deployment.platformVersion === "LATEST" ? "1.4.0" : deployment.platformVersion,
      platformFamily: "Linux",
    }),
    ...(deployment.network && { networkConfiguration: { awsvpcConfiguration: deployment.network } }),
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
    ...(deployment.connect && {
      serviceConnectConfiguration: deployment.connect.given,
      serviceConnectResources: connectResources(deployment.connect),
    }),
  };
}
