/** Queues as sources of events: made, read, changed, deleted, listed. */
import type { FunctionResponseType } from "@aws-sdk/client-lambda";
import { AwsError } from "../../../aws-error.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { mayCall } from "../destinations.ts";
import { check, fault, invalidValue, notFound, refused } from "../errors.ts";
import { eventSourceMappings, type EventSourceMapping, shownMapping } from "../event-source-mapping.ts";
import { functionName, type Place } from "../function.ts";
import { lambdaPage } from "../page.ts";
import { findQualified, type Qualified } from "../qualified.ts";
import { follow, unfollow } from "../queue-polling.ts";

const needed = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
const defaultBatchSize = 10;

interface Settings {
  BatchSize?: number | undefined;
  MaximumBatchingWindowInSeconds?: number | undefined;
  FunctionResponseTypes?: FunctionResponseType[] | undefined;
  ScalingConfig?: { MaximumConcurrency?: number | undefined } | undefined;
  FilterCriteria?: { Filters?: object[] | undefined } | undefined;
  KMSKeyArn?: string | undefined;
  ProvisionedPollerConfig?: object | undefined;
}

function settingsOf(given: Settings, queueArn: string, before: Pick<EventSourceMapping, "batchSize" | "windowSeconds">) {
  const { BatchSize, MaximumBatchingWindowInSeconds, ScalingConfig, FunctionResponseTypes } = given;
  if (given.FilterCriteria?.Filters?.length) throw refused("filters of event source mappings");
  if (given.ProvisionedPollerConfig !== undefined) throw refused("provisioned pollers");
  check({
    batchSize: [BatchSize, { range: [1, 10_000] }],
    maximumBatchingWindowInSeconds: [MaximumBatchingWindowInSeconds, { range: [0, 300] }],
    "scalingConfig.maximumConcurrency": [ScalingConfig?.MaximumConcurrency, { range: [2, 1_000] }],
    "functionResponseTypes.1.member": [FunctionResponseTypes?.[0], { enum: ["ReportBatchItemFailures"] }],
  });
  const [batchSize, windowSeconds] = [BatchSize ?? before.batchSize, MaximumBatchingWindowInSeconds ?? before.windowSeconds];
  if (queueArn.endsWith(".fifo") && batchSize > 10) throw invalidValue("BatchSize must be less than or equal to 10 for FIFO queues.");
  if (queueArn.endsWith(".fifo") && windowSeconds > 0) throw invalidValue("Batching window is not supported for FIFO queues");
  if (batchSize > 10 && windowSeconds === 0)
    throw invalidValue("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
  return {
    batchSize,
    windowSeconds,
    ...(FunctionResponseTypes !== undefined && { reportsFailures: FunctionResponseTypes.length > 0 }),
    ...(ScalingConfig !== undefined && { maximumConcurrency: ScalingConfig.MaximumConcurrency }),
  };
}

/** The function of a mapping: in words of its own where there is none. */
function called(place: Place, given: string): Qualified & { qualifier: string | undefined } {
  const found = findQualified(place, given);
  const { name, qualifier } = functionName(given);
  if (!found) throw invalidValue(`Function does not exist: ${name}${qualifier === undefined ? "" : `:${qualifier}`}`);
  return { ...found, qualifier };
}

export const createEventSourceMapping = operation("lambda", "CreateEventSourceMapping", async (input, context) => {
  const { EventSourceArn: queueArn, Enabled = true, Tags = {} } = input;
  if (queueArn === undefined) throw invalidValue("Unrecognized event source.");
  if (!/^arn:[^:]+:sqs:[^:]*:\d{12}:.+$/u.test(queueArn)) throw refused(`event source mappings of ${queueArn.split(":")[2]}, only of SQS`);
  const { of, arn, qualifier } = called(context, input.FunctionName);
  const settings = settingsOf(input, queueArn, { batchSize: defaultBatchSize, windowSeconds: 0 });
  const missing = needed.find((name) => !mayCall(context, of.roleArn, `sqs:${name}`, queueArn));
  if (missing !== undefined) throw invalidValue(`The provided execution role does not have permissions to call ${missing} on SQS`);
  await checkQueue(context, queueArn, of.timeoutSeconds);
  const same = eventSourceMappings(context.cloud)
    .list(context.region)
    .find((one) => one.queueArn === queueArn && one.functionArn === arn);
  if (same) {
    throw fault(
      "ResourceConflictException",
      `The event source arn (" ${queueArn} ") and function (" ${of.name} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${same.uuid}`,
      409,
    );
  }
  const mapping: EventSourceMapping = {
    uuid: context.cloud.world.random.uuid(),
    functionName: of.name,
    ...(qualifier !== undefined && { qualifier }),
    functionArn: arn,
    queueArn,
    reportsFailures: false,
    ...settings,
    enabled: Enabled,
    modifiedMs: context.cloud.world.clock.nowMs(),
    tags: { ...(Tags as Record<string, string>) },
    systemTags: { ...systemTagsOf(input) },
  };
  keep(context, mapping);
  return shownMapping(context, mapping, "Creating");
});

/** As the caller sees it. @throws InvalidParameterValueException */
async function checkQueue(context: OperationContext, queueArn: string, timeoutSeconds: number): Promise<void> {
  const [, , , , account, name] = queueArn.split(":");
  try {
    const QueueUrl = `${context.cloud.endpoint}/${account}/${name}`;
    const { Attributes } = await context.call("sqs", "GetQueueAttributes", { QueueUrl, AttributeNames: ["VisibilityTimeout"] });
    const visibility = Number(Attributes?.VisibilityTimeout ?? 30);
    if (visibility < timeoutSeconds)
      throw invalidValue(`Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${timeoutSeconds} seconds`);
  } catch (error) {
    if (!(error instanceof AwsError) || error.code === "InvalidParameterValueException") throw error;
    throw invalidValue(`Error occurred while ReceiveMessage. SQS Error Code: ${error.code}. SQS Error Message: ${error.message}`);
  }
}

function keep(context: OperationContext, mapping: EventSourceMapping): void {
  eventSourceMappings(context.cloud).put(context.region, mapping.uuid, mapping);
  follow(context, mapping);
}

export function findMapping({ cloud, region }: Place, uuid: string | undefined): EventSourceMapping {
  const found = uuid === undefined ? undefined : eventSourceMappings(cloud).get(region, uuid);
  if (!found) throw notFound("The resource you requested does not exist.");
  return found;
}

export const getEventSourceMapping = operation("lambda", "GetEventSourceMapping", ({ UUID }, context) =>
  shownMapping(context, findMapping(context, UUID)),
);

export const updateEventSourceMapping = operation("lambda", "UpdateEventSourceMapping", (input, context) => {
  const found = findMapping(context, input.UUID);
  const target = input.FunctionName === undefined ? undefined : called(context, input.FunctionName);
  const { qualifier: _, ...rest } = found;
  const changed: EventSourceMapping = {
    ...(target ? rest : found),
    ...(target && {
      functionName: target.of.name,
      functionArn: target.arn,
      ...(target.qualifier !== undefined && { qualifier: target.qualifier }),
    }),
    ...settingsOf(input, found.queueArn, found),
    enabled: input.Enabled ?? found.enabled,
    modifiedMs: context.cloud.world.clock.nowMs(),
  };
  keep(context, changed);
  const state = changed.enabled === found.enabled ? "Updating" : changed.enabled ? "Enabling" : "Disabling";
  return shownMapping(context, changed, state);
});

export const deleteEventSourceMapping = operation("lambda", "DeleteEventSourceMapping", ({ UUID }, context) => {
  const found = findMapping(context, UUID);
  eventSourceMappings(context.cloud).delete(context.region, found.uuid);
  unfollow(context.cloud, found.uuid);
  return shownMapping(context, found, "Deleting");
});

export const listEventSourceMappings = operation("lambda", "ListEventSourceMappings", (input, context) => {
  const name = input.FunctionName === undefined ? undefined : functionName(input.FunctionName);
  const all = eventSourceMappings(context.cloud)
    .list(context.region)
    .filter((one) => input.EventSourceArn === undefined || one.queueArn === input.EventSourceArn)
    .filter((one) => name === undefined || (one.functionName === name.name && one.qualifier === name.qualifier));
  const { items, next } = lambdaPage(all, input, ({ uuid }) => uuid);
  return { EventSourceMappings: items.map((one) => shownMapping(context, one)), ...next };
});
