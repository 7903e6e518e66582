/** The operations on flow logs. They are kept and described; no traffic is written to their destination. */
import type { FlowLog } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { servicePrincipal } from "../../../identity/principal.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { describe } from "../describe.ts";
import { invalidParameter, missingParameter, notFound } from "../errors.ts";
import type { Filters } from "../filters.ts";
import { newId } from "../ids.ts";
import { type FlowLogRecord, flowLogs, networkInterfaces, subnets, vpcs } from "../shelf.ts";
import { dropTags, putNew, tagsFrom, tagsOf } from "../tags.ts";

/** AWS's default fields, version 2. */
const defaultFormat =
  "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

const targets = { VPC: vpcs, Subnet: subnets, NetworkInterface: networkInterfaces } as const;

const described = (context: OperationContext, log: FlowLogRecord): FlowLog => ({
  FlowLogId: log.id,
  FlowLogStatus: "ACTIVE",
  ResourceId: log.resourceId,
  TrafficType: log.trafficType,
  LogDestinationType: log.destinationType,
  ...(log.destination !== undefined && { LogDestination: log.destination }),
  ...(log.logGroupName !== undefined && { LogGroupName: log.logGroupName }),
  ...(log.permissionArn !== undefined && { DeliverLogsPermissionArn: log.permissionArn }),
  ...(log.crossAccountRole !== undefined && { DeliverCrossAccountRole: log.crossAccountRole }),
  DeliverLogsStatus: "SUCCESS",
  LogFormat: log.format,
  MaxAggregationInterval: log.aggregationSeconds,
  ...(log.fileOptions && { DestinationOptions: log.fileOptions }),
  CreationTime: new Date(log.createdMs),
  Tags: tagsOf(context, log.id),
});

/** The bucket of an ARN, with a folder or without, where there is none of that name. */
async function absentBucket({ cloud, account, region }: OperationContext, arn: string): Promise<string | undefined> {
  const bucket = /^arn:[^:]+:s3:::([^/]+)/u.exec(arn)?.[1] ?? arn;
  const call = cloud.as(servicePrincipal(account, "delivery.logs.amazonaws.com"), region);
  try {
    await call("s3", "HeadBucket", { Bucket: bucket });
    return undefined;
  } catch (error) {
    // One that is another's, or whose policy lets nobody look, is there.
    if (error instanceof AwsError) return error.status === 404 ? bucket : undefined;
    throw error;
  }
}

export const createFlowLogs = operation("ec2", "CreateFlowLogs", async (input, context) => {
  const { ClientToken: clientToken } = input;
  const token = clientToken ?? context.cloud.world.random.uuid();
  const earlier = clientToken
    ? flowLogs(context)
        .list()
        .filter((one) => one.clientToken === clientToken)
    : [];
  if (earlier.length > 0) return { ClientToken: token, FlowLogIds: earlier.map(({ id }) => id), Unsuccessful: [] };
  const { LogGroupName: logGroupName, LogDestination: destination, DeliverLogsPermissionArn: permissionArn } = input;
  const destinationType = input.LogDestinationType ?? "cloud-watch-logs";
  if (logGroupName !== undefined && destination !== undefined)
    throw invalidParameter("Please only provide LogGroupName or only provide LogDestination.");
  if (logGroupName === undefined && destination === undefined)
    throw invalidParameter("LogDestination can't be empty if LogGroupName is not provided.");
  if (logGroupName !== undefined && destinationType !== "cloud-watch-logs")
    throw invalidParameter("LogDestination type must be cloud-watch-logs if LogGroupName is provided.");
  if (destinationType === "cloud-watch-logs" && permissionArn === undefined)
    throw invalidParameter("DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.");
  const aggregationSeconds = input.MaxAggregationInterval ?? 600;
  if (aggregationSeconds !== 60 && aggregationSeconds !== 600) throw invalidParameter("Invalid Flow Log Max Aggregation Interval");
  if (!["NetworkInterface", "Subnet", "VPC"].includes(input.ResourceType!))
    throw new AwsError("UnsupportedOperation", `The embedded cloud has no flow logs of the resource type ${input.ResourceType}.`);
  if (!input.TrafficType) throw missingParameter("TrafficType");
  const tags = tagsFrom(input, "vpc-flow-log");
  const absent = destinationType === "s3" && destination !== undefined ? await absentBucket(context, destination) : undefined;
  if (absent !== undefined) {
    const Error = { Code: "400", Message: `LogDestination: ${absent} does not exist` };
    return { ClientToken: token, FlowLogIds: [], Unsuccessful: input.ResourceIds!.map((ResourceId) => ({ Error, ResourceId })) };
  }
  const ids: string[] = [];
  for (const resourceId of input.ResourceIds!) {
    targets[input.ResourceType as keyof typeof targets](context).must(resourceId);
    const target = destination ?? `arn:aws:logs:${context.region}:${context.account}:log-group:${logGroupName}`;
    const same = flowLogs(context)
      .list()
      .some(
        (one) =>
          one.resourceId === resourceId &&
          one.trafficType === input.TrafficType &&
          (one.destination ?? `arn:aws:logs:${context.region}:${context.account}:log-group:${one.logGroupName}`) === target,
      );
    if (same)
      throw new AwsError("FlowLogAlreadyExists", "Error. There is an existing Flow Log with the same configuration and log destination.");
    const log: FlowLogRecord = {
      id: newId(context, "fl"),
      resourceId,
      trafficType: input.TrafficType,
      destinationType,
      ...(destination !== undefined && { destination }),
      ...(logGroupName !== undefined && { logGroupName }),
      ...(permissionArn !== undefined && { permissionArn }),
      ...(input.DeliverCrossAccountRole !== undefined && { crossAccountRole: input.DeliverCrossAccountRole }),
      format: input.LogFormat ?? defaultFormat,
      aggregationSeconds,
      ...(destinationType === "s3" && {
        fileOptions: {
          FileFormat: "plain-text" as const,
          HiveCompatiblePartitions: false,
          PerHourPartition: false,
          ...input.DestinationOptions,
        },
      }),
      createdMs: context.cloud.world.clock.nowMs(),
      clientToken: token,
    };
    flowLogs(context).put(log);
    putNew(context, log.id, tags, input);
    ids.push(log.id);
  }
  return { ClientToken: token, FlowLogIds: ids, Unsuccessful: [] };
});

const filters: Filters<FlowLog> = {
  "deliver-log-status": (log) => log.DeliverLogsStatus,
  "flow-log-id": (log) => log.FlowLogId,
  "log-destination-type": (log) => log.LogDestinationType,
  "log-group-name": (log) => log.LogGroupName,
  "resource-id": (log) => log.ResourceId,
  "traffic-type": (log) => log.TrafficType,
};

export const describeFlowLogs = operation("ec2", "DescribeFlowLogs", (input, context) => {
  const { Filter: Filters, MaxResults, NextToken } = input;
  const { items, ...rest } = describe(
    flowLogs(context),
    input.FlowLogIds,
    { Filters, MaxResults, NextToken },
    (log) => described(context, log),
    filters,
    "flowLogIds",
  );
  return { FlowLogs: items, ...rest };
});

export const deleteFlowLogs = operation("ec2", "DeleteFlowLogs", (input, context) => {
  const unknown = input.FlowLogIds.filter((id) => !flowLogs(context).get(id));
  if (unknown.length > 0) {
    if (unknown.some((id) => !id.startsWith("fl-")))
      throw notFound(
        "fl",
        unknown.find((id) => !id.startsWith("fl-"))!,
      );
    throw new AwsError(
      "InvalidFlowLogId.NotFound",
      `These flow log ids in the input list are not found: [TotalCount: ${unknown.length}] ${unknown.join(" ")}`,
    );
  }
  for (const id of input.FlowLogIds) {
    flowLogs(context).delete(id);
    dropTags(context, id);
  }
  return { Unsuccessful: [] };
});
