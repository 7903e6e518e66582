/** What CreateService and UpdateService are given, checked and completed with AWS's defaults. Source: API reference and Developer Guide, "App Runner service configuration". */
import type {
  HealthCheckConfiguration,
  InstanceConfiguration,
  NetworkConfiguration,
  ServiceObservabilityConfiguration,
  SourceConfiguration,
} from "@aws-sdk/client-apprunner";
import { mayAssume, roleByArn } from "../../identity/assume-role.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { defaultAutoScaling, requireAutoScaling } from "./auto-scaling.ts";
import { check, invalidRequest, refused } from "./errors.ts";
import { reservedPrefix } from "./instance.ts";
import { buildPrincipal, type Scope, tasksPrincipal } from "./names.ts";
import { requireObservability } from "./observability.ts";
import type { ServiceConfiguration } from "./service.ts";
import { requireVpcConnector } from "./vpc-connector.ts";

type Given<T> = { [K in keyof T]?: T[K] | undefined };

export interface ServiceInput {
  SourceConfiguration?: SourceConfiguration | undefined;
  InstanceConfiguration?: Given<InstanceConfiguration> | undefined;
  HealthCheckConfiguration?: Given<HealthCheckConfiguration> | undefined;
  AutoScalingConfigurationArn?: string | undefined;
  NetworkConfiguration?: NetworkConfiguration | undefined;
  ObservabilityConfiguration?: ServiceObservabilityConfiguration | undefined;
}

export const namePattern = "[A-Za-z0-9][A-Za-z0-9-_]{3,39}";
const ecrPattern =
  /^(\d{12})\.dkr\.ecr\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com\/[a-z0-9._/-]+(?::[\w.\-+=@:/]+)?(?:@sha256:[0-9a-f]{64})?$/;
const publicPattern = /^public\.ecr\.aws\/[^/]+\/.+$/;

/** Memory in MiB that goes with CPU units. */
const sizes: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1024],
  512: [1024],
  1024: [2048, 3072, 4096],
  2048: [4096, 6144],
  4096: [8192, 10_240, 12_288],
};

/** `before` is what the service has, for an update; what is not given stays. */
export function readConfiguration(scope: Scope, given: ServiceInput, before?: ServiceConfiguration): ServiceConfiguration {
  const source = given.SourceConfiguration ? readSource(scope, given.SourceConfiguration) : before!.source;
  const instance = readInstance(scope, given.InstanceConfiguration, before);
  const network = given.NetworkConfiguration ? readNetwork(scope, given.NetworkConfiguration, before) : before?.network;
  const observability = readObservability(scope, given.ObservabilityConfiguration) ?? before?.observability;
  return {
    source,
    ...instance,
    health: readHealth(given.HealthCheckConfiguration, before?.health),
    autoScalingArn:
      given.AutoScalingConfigurationArn === undefined
        ? (before?.autoScalingArn ?? defaultAutoScaling(scope).arn)
        : requireAutoScaling(scope, given.AutoScalingConfigurationArn).arn,
    network: network ?? { egressType: "DEFAULT" },
    ...(observability && { observability }),
  };
}

function readSource(scope: Scope, given: SourceConfiguration): SourceConfiguration {
  const { ImageRepository: repository, CodeRepository: code, AuthenticationConfiguration: authentication } = given;
  if (code && repository) throw invalidRequest("Only one of CodeRepository and ImageRepository can be provided.");
  if (code) throw refused("building App Runner services from code repositories: give an ImageRepository");
  if (!repository) throw invalidRequest("Either CodeRepository or ImageRepository must be provided.");
  const { ImageIdentifier: identifier = "", ImageRepositoryType: type, ImageConfiguration: image = {} } = repository;
  check({
    "sourceConfiguration.imageRepository.imageRepositoryType": [type, { enum: ["ECR", "ECR_PUBLIC"] }],
    "sourceConfiguration.imageRepository.imageIdentifier": [identifier, { length: [1, 1024] }],
  });
  const account = ecrPattern.exec(identifier)?.[1];
  if (type === "ECR" ? account === undefined : !publicPattern.test(identifier))
    throw invalidRequest(`Invalid image identifier ${identifier} for the image repository type ${type}.`);
  if (type === "ECR_PUBLIC" && given.AutoDeploymentsEnabled === true)
    throw invalidRequest("Automatic deployments are not supported for images in ECR Public.");
  if (type === "ECR" && account !== scope.account && given.AutoDeploymentsEnabled === true)
    throw invalidRequest("Automatic deployments are not supported for images in another account's ECR repository.");
  if (authentication?.ConnectionArn !== undefined) throw invalidRequest("Connections are for code repositories.");
  const role = authentication?.AccessRoleArn;
  if (type === "ECR" && role === undefined) throw invalidRequest("Authentication configuration is invalid.");
  if (role !== undefined) checkRole(scope, role, buildPrincipal, "access");
  const { Port, RuntimeEnvironmentVariables: variables = {}, RuntimeEnvironmentSecrets: secrets = {} } = image;
  if (Port !== undefined && !(/^\d{1,5}$/.test(Port) && Number(Port) >= 1 && Number(Port) <= 65_535))
    throw invalidRequest(`Invalid port ${Port}: it must be between 1 and 65535.`);
  for (const name of [...Object.keys(variables), ...Object.keys(secrets)]) {
    if (name.startsWith(reservedPrefix)) throw invalidRequest(`Environment variable names cannot start with ${reservedPrefix}: ${name}.`);
    if (name === "PORT") throw invalidRequest("The environment variable PORT is reserved: set Port in the image configuration.");
    if (name === "") throw invalidRequest("Environment variable names cannot be empty.");
  }
  const both = Object.keys(variables).find((name) => Object.hasOwn(secrets, name));
  if (both !== undefined) throw invalidRequest(`${both} is given as an environment variable and as a secret.`);
  for (const [name, value] of Object.entries(secrets))
    if (!/^arn:aws:(?:secretsmanager|ssm):[a-z0-9-]+:\d{12}:.+$/.test(value) && !/^[\w./-]+$/.test(value))
      throw invalidRequest(`The secret ${name} is neither an ARN of Secrets Manager or Systems Manager nor the name of a parameter.`);
  return {
    ImageRepository: { ...repository, ImageConfiguration: { ...image, Port: Port ?? "8080" } },
    AutoDeploymentsEnabled: given.AutoDeploymentsEnabled ?? (type === "ECR" && account === scope.account),
    ...(authentication && { AuthenticationConfiguration: authentication }),
  };
}

function checkRole({ cloud, account, region }: Scope, arn: string, principal: string, what: "access" | "instance"): void {
  const role = roleByArn(cloud, arn);
  if (!role || !mayAssume(cloud, role, servicePrincipal(account, principal), region))
    throw invalidRequest(`Error in assuming ${what} role ${arn}`);
}

function readInstance(
  scope: Scope,
  given: ServiceInput["InstanceConfiguration"],
  before: ServiceConfiguration | undefined,
): Pick<ServiceConfiguration, "cpu" | "memoryMib" | "instanceRoleArn"> {
  const { Cpu, Memory, InstanceRoleArn } = given ?? {};
  check({
    "instanceConfiguration.cpu": [Cpu, { pattern: "256|512|1024|2048|4096|(0.25|0.5|1|2|4) vCPU" }],
    "instanceConfiguration.memory": [Memory, { pattern: "512|1024|2048|3072|4096|6144|8192|10240|12288|(0.5|1|2|3|4|6|8|10|12) GB" }],
  });
  const cpu = Cpu === undefined ? (before?.cpu ?? 1024) : unitsOf(Cpu);
  const memoryMib = Memory === undefined ? (before?.memoryMib ?? 2048) : unitsOf(Memory);
  if (!sizes[cpu]?.includes(memoryMib)) throw invalidRequest(`Invalid combination of CPU ${cpu} and memory ${memoryMib}.`);
  if (InstanceRoleArn !== undefined) checkRole(scope, InstanceRoleArn, tasksPrincipal, "instance");
  const role = InstanceRoleArn ?? before?.instanceRoleArn;
  return { cpu, memoryMib, ...(role !== undefined && { instanceRoleArn: role }) };
}

/** `1 vCPU`, `0.5 GB` → 1024, 512. */
const unitsOf = (text: string): number => (/ /.test(text) ? Number.parseFloat(text) * 1024 : Number(text));

const defaultHealth = { Protocol: "TCP", Path: "/", Interval: 5, Timeout: 2, HealthyThreshold: 1, UnhealthyThreshold: 5 } as const;

function readHealth(
  given: ServiceInput["HealthCheckConfiguration"] = {},
  before: ServiceConfiguration["health"] = defaultHealth,
): ServiceConfiguration["health"] {
  check({
    "healthCheckConfiguration.protocol": [given.Protocol, { enum: ["TCP", "HTTP"] }],
    "healthCheckConfiguration.path": [given.Path, { length: [1, 51_200] }],
    "healthCheckConfiguration.interval": [given.Interval, { range: [1, 20] }],
    "healthCheckConfiguration.timeout": [given.Timeout, { range: [1, 20] }],
    "healthCheckConfiguration.healthyThreshold": [given.HealthyThreshold, { range: [1, 20] }],
    "healthCheckConfiguration.unhealthyThreshold": [given.UnhealthyThreshold, { range: [1, 20] }],
  });
  if (given.Path !== undefined && !given.Path.startsWith("/")) throw invalidRequest("The path of a health check must begin with /.");
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...before, ...known };
}

function readNetwork(scope: Scope, given: NetworkConfiguration, before: ServiceConfiguration | undefined): ServiceConfiguration["network"] {
  const { EgressConfiguration: egress, IngressConfiguration: ingress, IpAddressType: addresses } = given;
  check({
    "networkConfiguration.egressConfiguration.egressType": [egress?.EgressType, { enum: ["DEFAULT", "VPC"] }],
    "networkConfiguration.ipAddressType": [addresses, { enum: ["IPV4", "DUAL_STACK"] }],
  });
  if (ingress?.IsPubliclyAccessible === false) throw refused("private App Runner services, which VPC ingress connections lead to");
  if (addresses === "DUAL_STACK") throw refused("IPv6 addresses of App Runner services");
  if (!egress) return before?.network ?? { egressType: "DEFAULT" };
  const { EgressType = "DEFAULT", VpcConnectorArn } = egress;
  if (EgressType === "DEFAULT") {
    if (VpcConnectorArn !== undefined) throw invalidRequest("A VPC connector can only be given when the egress type is VPC.");
    return { egressType: "DEFAULT" };
  }
  if (VpcConnectorArn === undefined) throw invalidRequest("A VPC connector is required when the egress type is VPC.");
  return { egressType: "VPC", vpcConnectorArn: requireVpcConnector(scope, VpcConnectorArn).arn };
}

function readObservability(
  scope: Scope,
  given: ServiceObservabilityConfiguration | undefined,
): ServiceConfiguration["observability"] | undefined {
  if (!given) return undefined;
  const { ObservabilityEnabled = false, ObservabilityConfigurationArn: arn } = given;
  if (ObservabilityEnabled && arn === undefined)
    throw invalidRequest("An observability configuration is required when observability is enabled.");
  return {
    ObservabilityEnabled,
    ...(arn !== undefined && { ObservabilityConfigurationArn: requireObservability(scope, arn).arn }),
  };
}
