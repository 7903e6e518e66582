/** What RegisterTaskDefinition refuses of one container, in AWS's words, and the defaults that it fills in. */
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { clientError } from "./errors.ts";
import { namePattern } from "./names.ts";

/** What its task definition gives. */
interface Surroundings {
  onFargate: boolean;
  awsvpc: boolean;
  memory: number | undefined;
}

export function checkContainer(container: ContainerDefinition, { onFargate, awsvpc, memory }: Surroundings): ContainerDefinition {
  const name = container.name!;
  if (!namePattern.test(name)) throw clientError(`Invalid container name '${name}': up to 255 letters, numbers, underscores and hyphens.`);
  const fault = (text: string) => clientError(`Invalid setting for container '${name}'. ${text}`);
  if (container.memory === undefined && container.memoryReservation === undefined && memory === undefined) {
    throw fault("At least one of 'memory' or 'memoryReservation' must be specified.");
  }
  if (container.memory !== undefined && container.memory < 6) throw fault("'memory' must be at least 6 MiB.");
  if (container.memory !== undefined && container.memoryReservation !== undefined && container.memoryReservation > container.memory) {
    throw fault("'memoryReservation' must be less than or equal to 'memory'.");
  }
  if (memory !== undefined && container.memory !== undefined && container.memory > memory) {
    throw clientError("The 'memory' setting for container is greater than for the task.");
  }
  const ports = (container.portMappings ?? []).map((mapping) => {
    const port = mapping.containerPort;
    if (port === undefined && mapping.containerPortRange === undefined) throw fault("A port mapping must have a 'containerPort'.");
    if (port !== undefined && (port < 1 || port > 65_535)) throw fault("'containerPort' must be between 1 and 65535.");
    if (mapping.protocol !== undefined && !["tcp", "udp"].includes(mapping.protocol)) throw fault("'protocol' must be 'tcp' or 'udp'.");
    if (awsvpc && mapping.hostPort !== undefined && mapping.hostPort !== port) {
      throw clientError("When networkMode=awsvpc, the host ports and container ports in port mappings must match.");
    }
    const hostPort = mapping.hostPort ?? (awsvpc ? port : 0);
    return { ...mapping, protocol: mapping.protocol ?? ("tcp" as const), ...(hostPort !== undefined && { hostPort }) };
  });
  const environment = container.environment ?? [];
  const secrets = container.secrets ?? [];
  const secretNames = secrets.map((secret) => secret.name!);
  const clash = secretNames.find((each, at) => secretNames.indexOf(each) !== at || environment.some((variable) => variable.name === each));
  if (clash !== undefined) {
    throw clientError(
      `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${clash}'.`,
    );
  }
  const { healthCheck, logConfiguration, stopTimeout, startTimeout } = container;
  if (stopTimeout !== undefined && (stopTimeout < 0 || (onFargate && stopTimeout > 120))) {
    throw fault("'stopTimeout' must be between 0 and 120 seconds.");
  }
  if (startTimeout !== undefined && (startTimeout < 2 || (onFargate && startTimeout > 120))) {
    throw fault("'startTimeout' must be between 2 and 120 seconds.");
  }
  if (onFargate) checkFargateContainer(container);
  if (logConfiguration?.logDriver === "awslogs") {
    const options = logConfiguration.options ?? {};
    const required = ["awslogs-group", "awslogs-region", ...(onFargate ? ["awslogs-stream-prefix"] : [])];
    const missing = required.filter((option) => !options[option]);
    if (missing.length > 0) throw clientError(`Log driver awslogs requires options: ${missing.join(", ")}`);
    const unknown = Object.keys(options).filter((option) => !awslogsOptions.has(option));
    if (unknown.length > 0) {
      throw clientError(`Log driver awslogs disallows options: ${unknown.join(", ")}, supports options: ${[...awslogsOptions].join(", ")}`);
    }
  }
  return {
    ...container,
    cpu: container.cpu ?? 0,
    portMappings: ports,
    essential: container.essential ?? true,
    environment,
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    ...(healthCheck && { healthCheck: checkHealth(healthCheck, fault) }),
    systemControls: container.systemControls ?? [],
  };
}

const awslogsOptions = new Set([
  "awslogs-group",
  "awslogs-region",
  "awslogs-stream-prefix",
  "awslogs-create-group",
  "awslogs-datetime-format",
  "awslogs-multiline-pattern",
  "awslogs-endpoint",
  "mode",
  "max-buffer-size",
]);

function checkFargateContainer({ privileged, links, dockerSecurityOptions, linuxParameters, logConfiguration }: ContainerDefinition): void {
  const unsupported = Object.entries({
    privileged: privileged === true,
    links: (links ?? []).length > 0,
    dockerSecurityOptions: (dockerSecurityOptions ?? []).length > 0,
    devices: (linuxParameters?.devices ?? []).length > 0,
    sharedMemorySize: linuxParameters?.sharedMemorySize !== undefined,
    tmpfs: (linuxParameters?.tmpfs ?? []).length > 0,
    maxSwap: linuxParameters?.maxSwap !== undefined,
    swappiness: linuxParameters?.swappiness !== undefined,
  }).find(([, given]) => given)?.[0];
  if (unsupported !== undefined) throw clientError(`Fargate compatible task definitions do not support ${unsupported}.`);
  const driver = logConfiguration?.logDriver;
  if (driver !== undefined && !["awslogs", "splunk", "awsfirelens"].includes(driver)) {
    throw clientError(`Fargate compatible task definitions do not support the log driver ${driver}.`);
  }
}

function checkHealth(check: NonNullable<ContainerDefinition["healthCheck"]>, fault: (text: string) => Error) {
  const within = (name: string, value: number | undefined, from: number, to: number) => {
    if (value !== undefined && (value < from || value > to)) {
      throw fault(`The health check '${name}' must be between ${from} and ${to}.`);
    }
  };
  const [kind, ...rest] = check.command ?? [];
  if (kind === undefined) throw fault("The health check 'command' must not be empty.");
  if ((kind === "CMD" || kind === "CMD-SHELL") && rest.length === 0) throw fault("The health check 'command' must not be empty.");
  within("interval", check.interval, 5, 300);
  within("timeout", check.timeout, 2, 120);
  within("retries", check.retries, 1, 10);
  within("startPeriod", check.startPeriod, 0, 300);
  return { ...check, interval: check.interval ?? 30, timeout: check.timeout ?? 5, retries: check.retries ?? 3 };
}
