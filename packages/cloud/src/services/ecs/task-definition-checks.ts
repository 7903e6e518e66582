/** What RegisterTaskDefinition refuses, in AWS's words, and the defaults that it fills in. */
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import type { Input } from "../../aws.ts";
import { isEcrImage } from "../../runtime/tasks/image.ts";
import { isRoleArn } from "../../runtime/tasks/task-role.ts";
import { clientError } from "./errors.ts";
import { checkContainer } from "./container-checks.ts";
import { checkFargateSize, readCpu, readMemory } from "./fargate-size.ts";
import { namePattern } from "./names.ts";
import type { TaskDefinitionRecord } from "./task-definition.ts";
import { checkVolumes } from "./volume-checks.ts";

type Registration = Input<"ecs", "RegisterTaskDefinition">;

/** The definition as it is kept. Throws ClientException at the first fault. */
export function checkTaskDefinition(input: Registration): TaskDefinitionRecord["definition"] {
  if (!namePattern.test(input.family)) throw clientError("Family contains invalid characters.");
  const containers = input.containerDefinitions ?? [];
  if (containers.length === 0) throw clientError("Container list cannot be empty.");
  if (containers.length > 10) throw clientError("Too many containers: a task definition can have at most 10.");
  const compatibilities = input.requiresCompatibilities ?? [];
  const wrong = compatibilities.find((each) => !["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"].includes(each));
  if (wrong !== undefined) throw clientError(`Invalid 'requiresCompatibilities' setting: ${wrong}.`);
  const onFargate = compatibilities.includes("FARGATE");
  const networkMode = input.networkMode ?? (onFargate ? undefined : "bridge");
  const cpu = input.cpu === undefined ? undefined : readCpu(input.cpu);
  const memory = input.memory === undefined ? undefined : readMemory(input.memory);

  for (const { name, image } of containers) {
    if (!name) throw clientError("Container.name should not be null or empty.");
    if (!image) throw clientError("Container.image should not be null or empty.");
  }
  if (onFargate) checkFargate(input, cpu, memory);
  for (const [role, nameAlone] of [
    [input.taskRoleArn, true],
    // Fargate wants the execution role's ARN.
    [input.executionRoleArn, !onFargate],
  ] as const) {
    if (role !== undefined && role !== "" && !isRoleArn(role) && !(nameAlone && /^[\w+=,.@-]+$/.test(role))) {
      throw clientError("Role is not valid");
    }
  }

  const checked = containers.map((each) => checkContainer(each, { onFargate, awsvpc: networkMode === "awsvpc", memory }));
  const names = checked.map(({ name }) => name!);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw clientError(`Container names must be unique within a task definition: '${twice}' is used more than once.`);
  if (!checked.some(({ essential }) => essential)) throw clientError("At least one container in the task definition must be essential.");
  checkTotals(checked, cpu, memory);
  checkDependencies(checked);
  const volumes = input.volumes ?? [];
  checkVolumes(volumes, checked, Boolean(input.taskRoleArn));
  checkExecutionRole(input, checked, onFargate);
  const storage = input.ephemeralStorage?.sizeInGiB;
  if (storage !== undefined && (storage < 21 || storage > 200)) {
    throw clientError("Invalid 'ephemeralStorage' setting: sizeInGiB must be between 21 and 200.");
  }

  return {
    containerDefinitions: checked,
    ...(input.taskRoleArn && { taskRoleArn: input.taskRoleArn }),
    ...(input.executionRoleArn && { executionRoleArn: input.executionRoleArn }),
    ...(networkMode !== undefined && { networkMode }),
    volumes,
    requiresAttributes: attributesOf(input, checked, networkMode),
    placementConstraints: input.placementConstraints ?? [],
    compatibilities: networkMode === "awsvpc" && cpu !== undefined && memory !== undefined && onFargate ? ["EC2", "FARGATE"] : ["EC2"],
    ...(input.runtimePlatform && { runtimePlatform: input.runtimePlatform }),
    ...(compatibilities.length > 0 && { requiresCompatibilities: compatibilities }),
    ...(cpu !== undefined && { cpu: String(cpu) }),
    ...(memory !== undefined && { memory: String(memory) }),
    ...(input.inferenceAccelerators && { inferenceAccelerators: input.inferenceAccelerators }),
    ...(input.pidMode && { pidMode: input.pidMode }),
    ...(input.ipcMode && { ipcMode: input.ipcMode }),
    ...(input.proxyConfiguration && { proxyConfiguration: input.proxyConfiguration }),
    ...(input.ephemeralStorage && { ephemeralStorage: input.ephemeralStorage }),
    enableFaultInjection: input.enableFaultInjection ?? false,
  };
}

function checkFargate(input: Registration, cpu: number | undefined, memory: number | undefined): void {
  if (input.networkMode !== "awsvpc") throw clientError("Fargate only supports network mode ‘awsvpc’.");
  if (cpu === undefined) throw clientError("Fargate requires that 'cpu' be defined at the task level.");
  if (memory === undefined) throw clientError("Fargate requires that 'memory' be defined at the task level.");
  checkFargateSize(cpu, memory);
  if (input.pidMode !== undefined && input.pidMode !== "task") {
    throw clientError(
      `Tasks using the Fargate launch type do not support pidMode '${input.pidMode}'. The supported value for pidMode is 'task'.`,
    );
  }
  if (input.ipcMode !== undefined) throw clientError("Fargate compatible task definitions do not support ipcMode.");
  if (input.placementConstraints && input.placementConstraints.length > 0) {
    throw clientError("Fargate compatible task definitions do not support placement constraints.");
  }
  if (input.inferenceAccelerators && input.inferenceAccelerators.length > 0) {
    throw clientError("Fargate compatible task definitions do not support inference accelerators.");
  }
  for (const volume of input.volumes ?? []) {
    if (volume.host?.sourcePath) throw clientError("Fargate compatible task definitions do not support sourcePath.");
    if (volume.dockerVolumeConfiguration)
      throw clientError("Fargate compatible task definitions do not support dockerVolumeConfiguration.");
  }
  const architecture = input.runtimePlatform?.cpuArchitecture;
  if (architecture !== undefined && !["X86_64", "ARM64"].includes(architecture)) {
    throw clientError(`Invalid 'cpuArchitecture' setting: ${String(architecture)}.`);
  }
}

function checkTotals(containers: readonly ContainerDefinition[], cpu: number | undefined, memory: number | undefined): void {
  const total = (of: (container: ContainerDefinition) => number | undefined) =>
    containers.reduce((sum, container) => sum + (of(container) ?? 0), 0);
  if (cpu !== undefined && total((each) => each.cpu) > cpu) {
    throw clientError("The sum of the 'cpu' settings of the containers is greater than for the task.");
  }
  if (memory !== undefined && total((each) => each.memoryReservation ?? each.memory) > memory) {
    throw clientError("The sum of the 'memory' settings of the containers is greater than for the task.");
  }
}

function checkDependencies(containers: readonly ContainerDefinition[]): void {
  const byName = new Map(containers.map((container) => [container.name!, container]));
  for (const { name, dependsOn = [] } of containers) {
    for (const { containerName, condition } of dependsOn) {
      const other = byName.get(containerName!);
      if (!other || containerName === name) {
        throw clientError(
          `Container '${name}' depends on container '${containerName}', which is not another container of the task definition.`,
        );
      }
      if (!["START", "COMPLETE", "SUCCESS", "HEALTHY"].includes(String(condition))) {
        throw clientError(`Container '${name}' has an invalid dependency condition '${condition}'.`);
      }
      if (condition === "HEALTHY" && !other.healthCheck) {
        throw clientError(`Container '${name}' waits for container '${containerName}' to be HEALTHY, which has no health check.`);
      }
      if ((condition === "COMPLETE" || condition === "SUCCESS") && other.essential) {
        throw clientError(`Container '${name}' waits for container '${containerName}' to end, which is essential.`);
      }
    }
  }
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) throw clientError(`The dependencies of the containers are circular: ${[...path, name].join(" → ")}.`);
    for (const { containerName } of byName.get(name)!.dependsOn ?? []) visit(containerName!, [...path, name]);
  };
  for (const name of byName.keys()) visit(name, []);
}

function checkExecutionRole(input: Registration, containers: readonly ContainerDefinition[], onFargate: boolean): void {
  if (input.executionRoleArn) return;
  if (containers.some(({ secrets = [], logConfiguration }) => secrets.length + (logConfiguration?.secretOptions?.length ?? 0) > 0)) {
    throw clientError("When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.");
  }
  if (!onFargate) return;
  if (containers.some(({ image }) => isEcrImage(image!))) {
    throw clientError("Fargate requires task definition to have execution role ARN to support ECR images.");
  }
  const driver = containers.find(({ logConfiguration }) => logConfiguration)?.logConfiguration?.logDriver;
  if (driver !== undefined) {
    throw clientError(`Fargate requires task definition to have execution role ARN to support log driver ${driver}.`);
  }
}

/** What an instance would have to have, as describes show it. */
function attributesOf(
  input: Registration,
  containers: readonly ContainerDefinition[],
  networkMode: string | undefined,
): { name: string }[] {
  const names = new Set<string>();
  if (containers.some(({ image }) => isEcrImage(image!))) names.add("com.amazonaws.ecs.capability.ecr-auth");
  if (containers.some(({ logConfiguration }) => logConfiguration?.logDriver === "awslogs")) {
    names.add("com.amazonaws.ecs.capability.logging-driver.awslogs");
    if (input.executionRoleArn) names.add("ecs.capability.execution-role-awslogs");
  }
  if (input.executionRoleArn && containers.some(({ image }) => isEcrImage(image!))) names.add("ecs.capability.execution-role-ecr-pull");
  if (input.taskRoleArn) {
    names.add("com.amazonaws.ecs.capability.task-iam-role");
    names.add("com.amazonaws.ecs.capability.docker-remote-api.1.17");
  }
  if (networkMode === "awsvpc") names.add("ecs.capability.task-eni");
  if ((input.volumes ?? []).some(({ efsVolumeConfiguration }) => efsVolumeConfiguration)) names.add("ecs.capability.efs");
  if (containers.some(({ healthCheck }) => healthCheck)) names.add("ecs.capability.container-health-check");
  if (containers.some(({ dependsOn = [] }) => dependsOn.length > 0)) names.add("ecs.capability.container-ordering");
  names.add("com.amazonaws.ecs.capability.docker-remote-api.1.18");
  const secrets = containers.flatMap((container) => container.secrets ?? []);
  const fromSecretsManager = (valueFrom: string) => valueFrom.split(":")[2] === "secretsmanager";
  if (secrets.some(({ valueFrom }) => fromSecretsManager(valueFrom!))) names.add("ecs.capability.secrets.asm.environment-variables");
  if (secrets.some(({ valueFrom }) => !fromSecretsManager(valueFrom!))) names.add("ecs.capability.secrets.ssm.environment-variables");
  return [...names].map((name) => ({ name }));
}
