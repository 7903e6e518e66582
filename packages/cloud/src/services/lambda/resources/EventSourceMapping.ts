/** AWS::Lambda::EventSourceMapping: a queue that calls a function. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import { unlessGone } from "../../../stack-tags.ts";

type Properties = ResourceProperties["AWS::Lambda::EventSourceMapping"];

/** What a template leaves out goes back to what a new one has. */
const settingsOf = ({ BatchSize, Enabled, MaximumBatchingWindowInSeconds, FunctionName, ...rest }: Properties) => ({
  FunctionName,
  Enabled: Enabled ?? true,
  BatchSize: Number(BatchSize ?? 10),
  MaximumBatchingWindowInSeconds: Number(MaximumBatchingWindowInSeconds ?? 0),
  FunctionResponseTypes: (rest.FunctionResponseTypes ?? []) as Input<"lambda", "CreateEventSourceMapping">["FunctionResponseTypes"] &
    object,
  ScalingConfig:
    rest.ScalingConfig?.MaximumConcurrency === undefined ? {} : { MaximumConcurrency: Number(rest.ScalingConfig.MaximumConcurrency) },
});

const made = ({
  UUID = "",
  EventSourceMappingArn = "",
}: {
  UUID?: string | undefined;
  EventSourceMappingArn?: string | undefined;
}): Made => ({
  physicalId: UUID,
  attributes: { Id: UUID, EventSourceMappingArn },
});

const streams = "only queues call functions";

export const lambdaEventSourceMapping = resource("AWS::Lambda::EventSourceMapping", {
  coverage: {
    real: [
      "BatchSize",
      "Enabled",
      "EventSourceArn",
      "FunctionName",
      "FunctionResponseTypes",
      "MaximumBatchingWindowInSeconds",
      "ScalingConfig",
      "Tags",
    ],
    refused: {
      AmazonManagedKafkaEventSourceConfig: streams,
      BisectBatchOnFunctionError: streams,
      DestinationConfig: streams,
      DocumentDBEventSourceConfig: streams,
      FilterCriteria: "every message is given to the function",
      KmsKeyArn: "there are no filters to encrypt",
      LoggingConfig: "event sources write no log of their own",
      MaximumRecordAgeInSeconds: streams,
      MaximumRetryAttempts: streams,
      MetricsConfig: "event sources have no metrics of their own",
      ParallelizationFactor: streams,
      ProvisionedPollerConfig: "queues are read by this one process",
      Queues: streams,
      SelfManagedEventSource: streams,
      SelfManagedKafkaEventSourceConfig: streams,
      SourceAccessConfigurations: streams,
      StartingPosition: streams,
      StartingPositionTimestamp: streams,
      Topics: streams,
      TumblingWindowInSeconds: streams,
    },
    note: "Sources: SQS queues; others are refused by name.",
  },
  async create({ call, properties, tags }: ResourceRequest<Properties>) {
    const { own, system } = splitTags(tags, properties.Tags);
    const { EventSourceArn } = properties;
    const input = {
      ...settingsOf(properties),
      ...(EventSourceArn !== undefined && { EventSourceArn }),
      Tags: Object.fromEntries(own.map(({ Key, Value }) => [Key, Value])),
    };
    return made(await call("lambda", "CreateEventSourceMapping", withSystemTags(input, system)));
  },
  /** There is one at most for a queue and a function. */
  async find({ call, properties, tags }) {
    const { EventSourceArn, FunctionName } = properties;
    const { EventSourceMappings: [found] = [] } = await call("lambda", "ListEventSourceMappings", {
      FunctionName,
      ...(EventSourceArn !== undefined && { EventSourceArn }),
    });
    if (!found) return undefined;
    const { Tags = {} } = await call("lambda", "ListTags", { Resource: found.EventSourceMappingArn! });
    const ours = ["stack-id", "logical-id"].every((key) => Tags[`aws:cloudformation:${key}`] === tags[`aws:cloudformation:${key}`]);
    return ours ? made(found) : undefined;
  },
  async update(request) {
    const { call, physicalId: UUID, properties, previous } = request;
    const changed = await call("lambda", "UpdateEventSourceMapping", { UUID, ...settingsOf(properties) });
    const { own } = splitTags(request.tags, properties.Tags);
    const gone = splitTags({}, previous.Tags).own.filter(({ Key }) => !own.some((tag) => tag.Key === Key));
    const Resource = changed.EventSourceMappingArn!;
    if (gone.length > 0) await call("lambda", "UntagResource", { Resource, TagKeys: gone.map(({ Key }) => Key) });
    if (own.length > 0)
      await call("lambda", "TagResource", { Resource, Tags: Object.fromEntries(own.map(({ Key, Value }) => [Key, Value])) });
    return made(changed);
  },
  async delete({ call, physicalId }) {
    await call("lambda", "DeleteEventSourceMapping", { UUID: physicalId }).catch(unlessGone);
  },
});
