/** AWS::ECS::Service: created and updated when it is steady, failed when its circuit breaker opens. */
import type { Service } from "@aws-sdk/client-ecs";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import { type Made, MadeInPart, resource, type ResourceRequest } from "../../../resource.ts";
import type { Call } from "../../../service.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import { lastName } from "../names.ts";
import { noContainerInstances } from "../task-launch.ts";
import { lowerNames, ownTags } from "./properties.ts";
import { changeTags } from "./tags.ts";

type Properties = ResourceProperties["AWS::ECS::Service"];
type Request = ResourceRequest<Properties>;

const lookMs = 100;

const nameOf = (request: Request) => request.properties.ServiceName ?? request.physicalName(255);

/** `arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME` → its cluster. */
const clusterOf = (arn: string) => arn.split("/")[1]!;

async function describe(call: Call, arn: string): Promise<Service | undefined> {
  try {
    const { services } = await call("ecs", "DescribeServices", { cluster: clusterOf(arn), services: [arn], include: ["TAGS"] });
    return services?.[0];
  } catch (error) {
    if (error instanceof AwsError && error.code === "ClusterNotFoundException") return undefined;
    throw error;
  }
}

/** Waits until the deployment `id` stands alone and complete, with as many tasks as wanted. Throws as CloudFormation does when it was given up. */
async function steady({ cloud, call, signal }: Request, arn: string, id: string): Promise<Made> {
  for (;;) {
    const service = await describe(call, arn);
    if (!service || service.status !== "ACTIVE")
      throw new AwsError("NotStabilized", "The service was removed while it was being deployed.");
    const own = service.deployments?.find((deployment) => deployment.id === id);
    const whole = service.runningCount === service.desiredCount && service.pendingCount === 0;
    if (own?.rolloutState === "COMPLETED" && service.deployments!.length === 1 && whole) return made(service);
    if (!own || own.rolloutState === "FAILED" || own.status !== "PRIMARY") throw await failure(call, service, id);
    await cloud.world.clock.sleep(lookMs, signal);
  }
}

/** A rolling deployment cannot begin in the middle of one that moves requests, as in a rollback of an update that was cancelled: that is taken back first. */
async function endShift({ cloud, call, signal }: Request, arn: string): Promise<void> {
  for (;;) {
    const service = await describe(call, arn);
    if (service?.deployments?.[0]?.rolloutState !== "IN_PROGRESS") return;
    const serviceDeploymentArn = service.currentServiceDeployment;
    const { serviceDeployments = [] } = await call("ecs", "DescribeServiceDeployments", { serviceDeploymentArns: [serviceDeploymentArn!] });
    if (serviceDeployments[0]?.status === "IN_PROGRESS") {
      await call("ecs", "StopServiceDeployment", { serviceDeploymentArn: serviceDeploymentArn! }).catch((error: unknown) => {
        // A first version has none before it: it goes on to its end, as does one that has ended meanwhile.
        if (!(error instanceof AwsError && error.code === "ConflictException")) throw error;
      });
    }
    await cloud.world.clock.sleep(lookMs, signal);
  }
}

/** Of an open circuit breaker CloudFormation says only that; of the others why the deployment was taken back. */
async function failure(call: Call, { serviceName, clusterArn }: Service, deploymentId: string): Promise<AwsError> {
  const { serviceDeployments = [] } = await call("ecs", "ListServiceDeployments", { cluster: clusterArn, service: serviceName! });
  const own = serviceDeployments.find(({ targetServiceRevisionArn }) => targetServiceRevisionArn?.endsWith(lastName(deploymentId)));
  const why = own?.statusReason;
  const what =
    why === undefined || why.includes("circuit breaker") ? "ECS Deployment Circuit Breaker was triggered" : `ECS Deployment failed: ${why}`;
  return new AwsError("GeneralServiceException", `Error occurred during operation '${what}'.`);
}

const made = (service: Service): Made => ({
  physicalId: service.serviceArn!,
  attributes: { Name: service.serviceName!, ServiceArn: service.serviceArn! },
});

/** A service on EC2 would wait for container instances until its stack timed out: there are none, so that it is refused at once. */
async function requirePlace({ call, properties }: Request): Promise<void> {
  if (properties.LaunchType !== undefined ? properties.LaunchType !== "EC2" : properties.CapacityProviderStrategy) return;
  const { clusters } = await call("ecs", "DescribeClusters", { clusters: [properties.Cluster ?? "default"] });
  if (properties.LaunchType === undefined && (clusters?.[0]?.defaultCapacityProviderStrategy ?? []).length > 0) return;
  throw noContainerInstances();
}

function inputOf(properties: Properties): Record<string, unknown> {
  const { Tags: _, Role: __, ForceNewDeployment: ___, Cluster: ____, ServiceName: _____, ...rest } = properties;
  return lowerNames(rest) as Record<string, unknown>;
}

export const service = resource("AWS::ECS::Service", {
  coverage: {
    real: [
      "CapacityProviderStrategy",
      "Cluster",
      "DeploymentConfiguration",
      "DeploymentController",
      "DesiredCount",
      "EnableECSManagedTags",
      "EnableExecuteCommand",
      "ForceNewDeployment",
      "HealthCheckGracePeriodSeconds",
      "LaunchType",
      "LoadBalancers",
      "NetworkConfiguration",
      "PlatformVersion",
      "PropagateTags",
      "SchedulingStrategy",
      "ServiceConnectConfiguration",
      "ServiceName",
      "Tags",
      "TaskDefinition",
    ],
    recorded: [
      "AvailabilityZoneRebalancing",
      "ServiceConnectConfiguration.AccessLogConfiguration",
      "ServiceConnectConfiguration.LogConfiguration",
      "ServiceConnectConfiguration.Services.IngressPortOverride",
      "ServiceConnectConfiguration.Services.Timeout",
    ],
    refused: {
      "DeploymentConfiguration.EarlySuccessCriteria": "deployments are complete when all tasks run",
      "LoadBalancers.LoadBalancerName": "Classic Load Balancers are not served",
      Monitoring: "metrics of high resolution are not measured",
      PlacementConstraints: "Fargate has none",
      PlacementStrategies: "Fargate has none",
      Role: "services use their service-linked role",
      "ServiceConnectConfiguration.Services.ClientAliases.TestTrafficRules": "all traffic of Service Connect goes to the tasks that run",
      "ServiceConnectConfiguration.Services.Tls": "services call each other without TLS",
      ServiceRegistries: "Cloud Map is not served yet",
      VolumeConfigurations: "volumes are not mounted",
      VpcLatticeConfigurations: "VPC Lattice is not served",
    },
  },

  async create(request) {
    const { call, properties } = request;
    const input = {
      ...inputOf(properties),
      cluster: properties.Cluster,
      serviceName: nameOf(request),
      // CloudFormation starts one task where the template does not say how many.
      desiredCount: properties.DesiredCount ?? 1,
      tags: ownTags(properties.Tags),
      clientToken: request.token,
    } as Input<"ecs", "CreateService">;
    await requirePlace(request);
    const { service: created } = await call("ecs", "CreateService", withSystemTags(input, splitTags(request.tags).system));
    try {
      return await steady(request, created!.serviceArn!, created!.deployments![0]!.id!);
    } catch (error) {
      throw new MadeInPart(created!.serviceArn!, error);
    }
  },

  async update(request) {
    const { call, properties, previous, physicalId } = request;
    const { desiredCount, launchType: _, schedulingStrategy: __, deploymentController: ___, ...changed } = inputOf(properties);
    const nonce = (of: Properties) => JSON.stringify(of.ForceNewDeployment ?? null);
    const forced = properties.ForceNewDeployment?.EnableForceNewDeployment === true && nonce(properties) !== nonce(previous);
    const isMoved = (of: Properties) => !["ROLLING", undefined].includes(of.DeploymentConfiguration?.Strategy);
    if (isMoved(previous) && !isMoved(properties)) await endShift(request, physicalId);
    const switches = JSON.stringify(properties.CapacityProviderStrategy) !== JSON.stringify(previous.CapacityProviderStrategy);
    const { service: updated } = await call("ecs", "UpdateService", {
      ...changed,
      cluster: clusterOf(physicalId),
      service: physicalId,
      // Without a count the running number stays, also under scaling.
      ...(desiredCount !== undefined && { desiredCount }),
      ...((forced || switches) && { forceNewDeployment: true }),
    } as Input<"ecs", "UpdateService">);
    const answer = await steady(request, physicalId, updated!.deployments![0]!.id!);
    await changeTags(call, physicalId, ownTags(previous.Tags), ownTags(properties.Tags));
    return answer;
  },

  async delete({ cloud, call, physicalId, signal }) {
    const found = await describe(call, physicalId);
    if (!found || found.status === "INACTIVE") return;
    await call("ecs", "DeleteService", { cluster: clusterOf(physicalId), service: physicalId, force: true });
    while ((await describe(call, physicalId))?.status === "DRAINING") await cloud.world.clock.sleep(lookMs, signal);
  },

  async find(request) {
    const cluster = request.properties.Cluster ?? "default";
    const { services } = await request.call("ecs", "DescribeServices", { cluster, services: [nameOf(request)], include: ["TAGS"] });
    const found = services?.find(({ status }) => status === "ACTIVE");
    const tag = (key: string) => found?.tags?.find((each) => each.key === key)?.value;
    const own = tag("aws:cloudformation:stack-id") === request.stackId && tag("aws:cloudformation:logical-id") === request.logicalId;
    if (!found || !own) return undefined;
    return steady(request, found.serviceArn!, found.deployments![0]!.id!);
  },
});
