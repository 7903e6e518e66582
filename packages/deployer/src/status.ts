/** A stage at a glance: stacks, services, databases, alarms, secrets, and who deploys it now. */
import type { Assembly } from "@plinth/compiler";
import { isAwsError, type Aws } from "./aws.ts";
import { readLease, type LeaseHolder } from "./lease.ts";
import { originOf } from "./origin.ts";
import { readOutputs, type Outputs } from "./outputs.ts";
import { missingSecrets, secretStates } from "./secrets/slots.ts";
import { describeStage, type DeployedStack } from "./stacks/stack-state.ts";
import { isSteady, serviceStates } from "./tasks/service-state.ts";

export interface ServiceStatus {
  name: string;
  desired: number;
  running: number;
  pending: number;
  steady: boolean;
  rollout: string;
  reason?: string;
  deployedAt?: string;
  /** `HEALTHY`, `UNHEALTHY` or `UNKNOWN` of each running task. */
  health: string[];
}

export interface DatabaseStatus {
  name: string;
  identifier: string;
  status: string;
  engine: string;
  /** In the embedded cloud: which server plays the database. */
  servedBy?: string;
}

export interface Status {
  app: string;
  stage: string;
  region: string;
  target: "aws" | "embedded";
  deployed: boolean;
  stacks: { name: string; status: string; reason?: string }[];
  services: ServiceStatus[];
  databases: DatabaseStatus[];
  alarms: { name: string; state: string; reason?: string }[];
  missingSecrets: string[];
  outputs: Outputs;
  lease?: LeaseHolder;
}

export async function readStatus(aws: Aws, assembly: Assembly): Promise<Status> {
  const stacks = await describeStage(aws, assembly);
  const [services, resources, secrets, outputs, lease] = await Promise.all([
    readServices(aws, assembly, stacks),
    readResources(aws, stacks),
    secretStates(aws, assembly.secrets),
    readOutputs(aws, assembly, stacks),
    readLease(aws, assembly.app, assembly.stage),
  ]);
  const [databases, alarms] = await Promise.all([readDatabases(aws, assembly, resources), readAlarms(aws, resources)]);
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
    services,
    databases,
    alarms,
    missingSecrets: missingSecrets(secrets).map(({ name }) => name),
    outputs,
    ...(lease?.holder ? { lease: lease.holder } : {}),
  };
}

async function readServices(aws: Aws, assembly: Assembly, stacks: ReadonlyMap<string, DeployedStack>): Promise<ServiceStatus[]> {
  const states = await serviceStates(aws, assembly.programs, stacks);
  return Promise.all(
    states.map(async (state) => {
      const { taskArns = [] } = await aws.call("ecs", "ListTasks", { cluster: state.cluster, serviceName: state.service });
      const { tasks = [] } = taskArns.length > 0 ? await aws.call("ecs", "DescribeTasks", { cluster: state.cluster, tasks: taskArns }) : {};
      const { program, desired, running, pending, rollout, rolloutReason, deployedAt } = state;
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
        health: tasks.map(({ healthStatus }) => healthStatus ?? "UNKNOWN"),
      };
    }),
  );
}

interface StackResource {
  layer: string | undefined;
  logicalId: string;
  physicalId: string;
  type: string;
}

/** The resources of the layers that status asks about further. */
async function readResources(aws: Aws, stacks: ReadonlyMap<string, DeployedStack>): Promise<StackResource[]> {
  const asked = [...stacks.values()].filter(({ layer }) => layer === "database" || layer === "observability");
  const found = await Promise.all(
    asked.map(async ({ name, layer }) => {
      const { StackResources = [] } = await aws.call("cloudformation", "DescribeStackResources", { StackName: name });
      return StackResources.flatMap(({ LogicalResourceId = "", PhysicalResourceId, ResourceType = "", ResourceStatus }) =>
        PhysicalResourceId && ResourceStatus !== "DELETE_COMPLETE"
          ? [{ layer, logicalId: LogicalResourceId, physicalId: PhysicalResourceId, type: ResourceType }]
          : [],
      );
    }),
  );
  return found.flat();
}

async function readDatabases(aws: Aws, assembly: Assembly, resources: readonly StackResource[]): Promise<DatabaseStatus[]> {
  const instances = resources.filter(({ type }) => type === "AWS::RDS::DBInstance");
  return Promise.all(
    instances.map(async ({ layer, logicalId, physicalId }) => {
      const instance = await describeInstance(aws, physicalId);
      const servedBy = instance?.TagList?.find(({ Key }) => Key === "plinth:served-by")?.Value;
      return {
        name: originOf(assembly, layer, logicalId)?.key ?? logicalId,
        identifier: physicalId,
        status: instance?.DBInstanceStatus ?? "gone",
        engine: `${instance?.Engine ?? ""} ${instance?.EngineVersion ?? ""}`.trim(),
        ...(servedBy === undefined ? {} : { servedBy }),
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

async function readAlarms(aws: Aws, resources: readonly StackResource[]): Promise<Status["alarms"]> {
  const names = resources.filter(({ type }) => type === "AWS::CloudWatch::Alarm").map(({ physicalId }) => physicalId);
  if (names.length === 0) return [];
  const { MetricAlarms = [] } = await aws.call("cloudwatch", "DescribeAlarms", { AlarmNames: names.slice(0, 100) });
  return MetricAlarms.map(({ AlarmName = "", StateValue = "", StateReason }) => ({
    name: AlarmName,
    state: StateValue,
    ...(StateReason && StateValue === "ALARM" ? { reason: StateReason } : {}),
  }));
}
