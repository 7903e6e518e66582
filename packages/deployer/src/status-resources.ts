/** The resources of a stage that its status asks about one by one: databases, queues and alarms. */
import type { Assembly } from "@plinth/compiler";
import { isAwsError, type Aws } from "./aws.ts";
import { originOf } from "./origin.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

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

export interface AlarmStatus {
  name: string;
  state: string;
  reason?: string;
}

export interface StackResource {
  layer: string | undefined;
  logicalId: string;
  physicalId: string;
  type: string;
  region: string;
}

const lookedAt = ["messaging", "database", "observability"];

/** The resources of the layers that status asks about further. */
export async function readResources(aws: Aws, stacks: ReadonlyMap<string, DeployedStack>): Promise<StackResource[]> {
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

export async function readDatabases(aws: Aws, assembly: Assembly, resources: readonly StackResource[]): Promise<DatabaseStatus[]> {
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
export async function readQueues(aws: Aws, assembly: Assembly, resources: readonly StackResource[]): Promise<QueueStatus[]> {
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

export async function readAlarms(aws: Aws, resources: readonly StackResource[]): Promise<AlarmStatus[]> {
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
