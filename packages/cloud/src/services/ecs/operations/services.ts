/** Operations on services. */
import type { Failure } from "@aws-sdk/client-ecs";
import type { Input } from "../../../aws.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { findCluster, requireCluster } from "../cluster.ts";
import { readAlarmState } from "../deployment-alarms.ts";
import { readDeploymentConfiguration } from "../deployment-configuration.ts";
import { clientError, clusterNotFound, invalidParameter, notHere, serviceNotActive } from "../errors.ts";
import { clusterName, missingServiceArn, namePattern, serviceArn } from "../names.ts";
import { newDeployment, readWhere, shiftFrom, type Where } from "../new-deployment.ts";
import { page } from "../paging.ts";
import {
  type DeploymentRecord,
  describeService,
  findService,
  listServices,
  primaryOf,
  requireService,
  saveService,
  type ServiceRecord,
  tasksOfService,
} from "../service.ts";
import { beginServiceDeployment } from "../service-deployment.ts";
import { retire } from "../inactive-service.ts";
import { wakeService } from "../scheduler.ts";
import { readLoadBalancers, type ServiceTarget } from "../load-balancers.ts";
import { readServiceConnect } from "../service-connect.ts";
import { readTags } from "../tags.ts";
import { findTaskDefinition, requireActiveTaskDefinition } from "../task-definition.ts";
import { checkRoles, type Placement, readPlacement } from "../task-launch.ts";
import { movesRequests } from "../traffic-shift.ts";

/** What the embedded cloud does not do is refused by name, before anything is made. */
function refuseUnserved(input: Input<"ecs", "CreateService"> | Input<"ecs", "UpdateService">, { launchType }: Placement): void {
  const given = (list: readonly unknown[] | undefined) => list !== undefined && list.length > 0;
  if (given(input.serviceRegistries)) throw notHere("service registries (Cloud Map)");
  if (given(input.volumeConfigurations)) throw notHere("volumes of services");
  if (given(input.vpcLatticeConfigurations)) throw notHere("VPC Lattice");
  const onFargate = launchType !== "EC2";
  if (onFargate && given(input.placementConstraints))
    throw invalidParameter("Placement constraints are not supported with FARGATE launch type.");
  if (onFargate && given(input.placementStrategy))
    throw invalidParameter("Placement strategies are not supported with FARGATE launch type.");
}

const everything = ["TAGS"];

export const createService = operation("ecs", "CreateService", async (input, context) => {
  const cluster = requireCluster(context, input.cluster);
  const name = input.serviceName;
  if (!namePattern.test(name)) throw invalidParameter("Service name contains invalid characters.");
  if (input.schedulingStrategy === "DAEMON") throw notHere("the scheduling strategy DAEMON");
  const controller = input.deploymentController?.type ?? "ECS";
  if (controller !== "ECS") throw notHere(`the deployment controller ${controller}`);
  if (input.launchType !== undefined && !["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"].includes(input.launchType)) {
    throw clientError("launch type should be one of [EC2,FARGATE]");
  }
  const placement = readPlacement(cluster, input.launchType, input.capacityProviderStrategy);
  refuseUnserved(input, placement);
  if (input.taskDefinition === undefined) throw invalidParameter("TaskDefinition cannot be blank.");
  if (input.desiredCount === undefined) throw invalidParameter("desiredCount must be specified for the REPLICA scheduling strategy.");
  checkDesired(input.desiredCount);
  if (input.role !== undefined && input.role !== "")
    throw invalidParameter("You cannot specify an IAM role for services that require a service linked role.");
  const definition = requireActiveTaskDefinition(context, input.taskDefinition);
  const deploymentConfiguration = readDeploymentConfiguration(input.deploymentConfiguration);
  const loadBalancers = await readLoadBalancers(context, input.loadBalancers ?? [], definition, deploymentConfiguration);
  checkGrace(input.healthCheckGracePeriodSeconds, loadBalancers);
  const alarms = await readAlarmState(context, deploymentConfiguration);
  const tags = { ...readTags(input.tags), ...systemTagsOf(input) };
  const where = await readWhere(context, placement, definition, input);
  const connect = await readServiceConnect(context, cluster, input.serviceConnectConfiguration, definition);
  if (placement.launchType !== "EC2") checkRoles(context, definition);

  const found = findService(context, cluster.name, name);
  if (found?.status === "DRAINING") throw invalidParameter("Unable to Start a service that is still Draining.");
  if (found?.status === "ACTIVE") {
    if (input.clientToken !== undefined && found.clientToken === input.clientToken)
      return { service: describeService(context, found, everything) };
    throw invalidParameter("Creation of service was not idempotent.");
  }
  const deployment = newDeployment(context, placement, {
    family: definition.family,
    revision: definition.revision,
    ...where,
    ...(loadBalancers.length > 0 && { loadBalancers }),
    ...(connect && { connect }),
    ...shiftFrom(context, deploymentConfiguration, loadBalancers),
    ...(alarms && { alarms }),
  });
  const service: ServiceRecord = {
    name,
    cluster: cluster.name,
    status: "ACTIVE",
    desiredCount: input.desiredCount,
    deploymentConfiguration,
    deployments: [deployment],
    events: [],
    createdMs: context.cloud.world.clock.nowMs(),
    createdBy: context.principal.arn,
    ...(input.clientToken !== undefined && { clientToken: input.clientToken }),
    ...(input.healthCheckGracePeriodSeconds !== undefined && { healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds }),
    ...(input.placementConstraints && { placementConstraints: input.placementConstraints }),
    ...(input.placementStrategy && { placementStrategy: input.placementStrategy }),
    availabilityZoneRebalancing: input.availabilityZoneRebalancing ?? "DISABLED",
    enableEcsManagedTags: input.enableECSManagedTags ?? false,
    propagateTags: input.propagateTags ?? "NONE",
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    tags,
    steady: false,
    failuresInRow: 0,
    waitUntilMs: 0,
  };
  context.cloud.store.transaction(() => {
    beginServiceDeployment(context, service, deployment, []);
    saveService(context, service);
  });
  wakeService(context, cluster.name, name);
  return { service: describeService(context, service, everything) };
});

function checkGrace(seconds: number | undefined, loadBalancers: readonly ServiceTarget[]): void {
  if (seconds === undefined) return;
  if (loadBalancers.length === 0)
    throw invalidParameter("Health check grace period is only valid for services configured to use load balancers");
  if (seconds < 0 || seconds > 2_147_483_647) throw invalidParameter("healthCheckGracePeriodSeconds must be between 0 and 2147483647.");
}

function checkDesired(count: number): void {
  if (count < 0) throw invalidParameter("desiredCount must be greater than or equal to 0.");
  if (count > 5000) throw invalidParameter("desiredCount must be less than or equal to 5000.");
}

export const updateService = operation("ecs", "UpdateService", async (input, context) => {
  const cluster = requireCluster(context, input.cluster);
  const before = requireService(context, cluster.name, input.service);
  if (before.status !== "ACTIVE") throw serviceNotActive();
  if (input.desiredCount !== undefined) checkDesired(input.desiredCount);
  const primary = primaryOf(before);
  const definition = input.taskDefinition === undefined ? undefined : requireActiveTaskDefinition(context, input.taskDefinition);
  const strategy = input.capacityProviderStrategy;
  if (
    strategy &&
    strategy.length > 0 &&
    JSON.stringify(strategy) !== JSON.stringify(primary.strategy) &&
    primary.launchType &&
    !input.forceNewDeployment
  ) {
    throw invalidParameter("You must specify forceNewDeployment to change from a launch type to a capacity provider strategy.");
  }
  const placement: Placement =
    strategy && strategy.length > 0
      ? readPlacement(cluster, undefined, strategy)
      : { ...(primary.launchType && { launchType: primary.launchType }), ...(primary.strategy && { strategy: primary.strategy }) };
  refuseUnserved(input, placement);
  const used = definition ?? findTaskDefinition(context, `${primary.family}:${primary.revision}`);
  const where = used ? await readWhere(context, placement, used, input, primary) : primary;
  if (definition && placement.launchType !== "EC2") checkRoles(context, definition);
  const configuration = input.serviceConnectConfiguration ?? primary.connect?.given;
  const connect = used ? await readServiceConnect(context, cluster, configuration, used) : primary.connect;
  const wanted = readDeploymentConfiguration(input.deploymentConfiguration, before.deploymentConfiguration);
  const named = input.loadBalancers ?? primary.loadBalancers ?? [];
  const loadBalancers =
    used && (input.loadBalancers || input.deploymentConfiguration || definition)
      ? await readLoadBalancers(context, named, used, wanted)
      : (primary.loadBalancers ?? []);
  checkGrace(input.healthCheckGracePeriodSeconds, loadBalancers);
  const alarms = await readAlarmState(context, wanted);

  const service = requireService(context, cluster.name, input.service);
  if (service.status !== "ACTIVE") throw serviceNotActive();
  const now = primaryOf(service);
  if (movesRequests(service.deploymentConfiguration) && !movesRequests(wanted) && now.rolloutState === "IN_PROGRESS") {
    throw invalidParameter(
      "The deployment strategy cannot be changed to ROLLING while a service deployment is in progress. Wait until it has ended, or stop it.",
    );
  }
  service.deploymentConfiguration = readDeploymentConfiguration(input.deploymentConfiguration, service.deploymentConfiguration);
  service.desiredCount = input.desiredCount ?? service.desiredCount;
  service.availabilityZoneRebalancing = input.availabilityZoneRebalancing ?? service.availabilityZoneRebalancing;
  service.enableEcsManagedTags = input.enableECSManagedTags ?? service.enableEcsManagedTags;
  service.propagateTags = input.propagateTags ?? service.propagateTags;
  service.enableExecuteCommand = input.enableExecuteCommand ?? service.enableExecuteCommand;
  const next = {
    family: definition?.family ?? now.family,
    revision: definition?.revision ?? now.revision,
    ...(where.platformVersion !== undefined && { platformVersion: where.platformVersion }),
    ...(where.network && { network: where.network }),
    ...(loadBalancers.length > 0 && { loadBalancers }),
    ...(connect && { connect }),
  };
  if (input.healthCheckGracePeriodSeconds !== undefined) service.healthCheckGracePeriodSeconds = input.healthCheckGracePeriodSeconds;
  const shape = (of: Where & Pick<DeploymentRecord, "family" | "revision" | "loadBalancers" | "connect">, at: Placement) =>
    JSON.stringify([
      of.family,
      of.revision,
      of.platformVersion,
      of.network,
      of.loadBalancers ?? [],
      of.connect ?? null,
      at.launchType ?? null,
      at.strategy ?? null,
    ]);
  const changed = shape(next, placement) !== shape(now, now) || input.forceNewDeployment === true;
  context.cloud.store.transaction(() => {
    if (changed) {
      const deployment = newDeployment(context, placement, {
        ...next,
        ...shiftFrom(context, service.deploymentConfiguration, loadBalancers, service),
        ...(alarms && { alarms }),
      });
      const sources = service.deployments.filter(({ rolloutState }) => rolloutState !== "FAILED").map(({ id }) => id);
      service.deployments = [deployment, ...service.deployments.map((each) => ({ ...each, status: "ACTIVE" as const }))];
      service.failuresInRow = 0;
      service.waitUntilMs = 0;
      service.steady = false;
      beginServiceDeployment(context, service, deployment, sources);
    }
    saveService(context, service);
  });
  wakeService(context, cluster.name, service.name);
  return { service: describeService(context, service, everything) };
});

export const deleteService = operation("ecs", "DeleteService", (input, context) => {
  const cluster = requireCluster(context, input.cluster);
  const service = requireService(context, cluster.name, input.service);
  if (service.status === "INACTIVE") throw serviceNotActive();
  if (service.desiredCount > 0 && !input.force) throw invalidParameter("The service cannot be stopped while it is scaled above 0.");
  service.status = "DRAINING";
  service.desiredCount = 0;
  saveService(context, service);
  // It drains as long as there are tasks to clean up.
  if (tasksOfService(context, service).every(({ lastStatus }) => lastStatus === "STOPPED")) retire(context, service);
  else wakeService(context, cluster.name, service.name);
  return { service: describeService(context, service) };
});

export const describeServices = operation("ecs", "DescribeServices", (input, context) => {
  const cluster = findCluster(context, input.cluster);
  if (!cluster) throw clusterNotFound();
  if (input.services.length === 0) throw invalidParameter("Services cannot be empty.");
  if (input.services.length > 10) throw invalidParameter("Services can have at most 10 items.");
  const services = [];
  const failures: Failure[] = [];
  for (const given of input.services) {
    const found = findService(context, cluster.name, given);
    if (found) services.push(describeService(context, found, input.include));
    // The ARN of one that is not there is in the short format, without the cluster.
    else failures.push({ arn: given.startsWith("arn:") ? given : missingServiceArn(context, given), reason: "MISSING" });
  }
  return { services, failures };
});

export const listServiceArns = operation("ecs", "ListServices", (input, context) => {
  const cluster = requireCluster(context, clusterName(input.cluster));
  const arns = listServices(context, cluster.name)
    .filter(({ status }) => status !== "INACTIVE")
    .filter(() => input.schedulingStrategy !== "DAEMON")
    .filter((service) => input.launchType === undefined || primaryOf(service).launchType === input.launchType)
    .map(({ name }) => serviceArn(context, cluster.name, name));
  const { items, nextToken } = page(arns, {
    size: input.maxResults,
    token: input.nextToken,
    query: `ListServices ${cluster.name} ${input.launchType ?? ""}`,
    keyOf: (arn) => arn,
    standard: 10,
  });
  return { serviceArns: items, ...(nextToken && { nextToken }) };
});
