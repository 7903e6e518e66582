/** CloudWatch Logs in the embedded cloud. README.md says what is real, recorded and refused. */
import { defineService, type Authorization, type OperationContext } from "../../service.ts";
import { groupArn } from "./groups.ts";
import * as deliveries from "./operations/deliveries.ts";
import * as destinations from "./operations/destinations.ts";
import * as exports from "./operations/export-tasks.ts";
import { filterLogEvents } from "./operations/FilterLogEvents.ts";
import { getLogEvents } from "./operations/GetLogEvents.ts";
import * as groups from "./operations/log-groups.ts";
import * as streams from "./operations/log-streams.ts";
import * as filters from "./operations/metric-filters.ts";
import { putLogEvents } from "./operations/PutLogEvents.ts";
import * as queries from "./operations/queries.ts";
import * as queryDefinitions from "./operations/query-definitions.ts";
import * as policies from "./operations/resource-policies.ts";
import * as subscriptions from "./operations/subscription-filters.ts";
import * as tags from "./operations/tags.ts";
import { logGroup } from "./resources/LogGroup.ts";
import { logStream } from "./resources/LogStream.ts";
import { metricFilter } from "./resources/MetricFilter.ts";
import { logResourcePolicy } from "./resources/ResourcePolicy.ts";
import { startRetention, stopRetention } from "./retention.ts";
import { schema } from "./tables.ts";
import { readers } from "./resources/readers.ts";

type Named = { logGroupName?: string | undefined; logGroupIdentifier?: string | undefined; logStreamName?: string | undefined };

/** `logs:ACTION` on the group that the call names, as policies write it: with `:*`. */
const onGroup =
  (action: string) =>
  (input: Named, context: OperationContext): Authorization[] => [{ action: `logs:${action}`, resource: groupOf(input, context) }];

/** The actions that AWS allows on a stream: its ARN, below the group's. */
const onStream =
  (action: string) =>
  (input: Named, context: OperationContext): Authorization[] => [
    { action: `logs:${action}`, resource: groupOf(input, context).replace(/\*$/u, `log-stream:${input.logStreamName}`) },
  ];

const onArn =
  (action: string) =>
  (input: { resourceArn?: string | undefined }): Authorization[] => [{ action: `logs:${action}`, resource: input.resourceArn ?? "*" }];

const onAllGroups =
  (action: string) =>
  (_: unknown, context: OperationContext): Authorization[] => [{ action: `logs:${action}`, resource: `${groupArn(context, "")}*` }];

const onItem = (action: string, item: string, { region, account }: OperationContext): Authorization[] => [
  { action: `logs:${action}`, resource: `arn:aws:logs:${region}:${account}:${item}` },
];

function groupOf({ logGroupName, logGroupIdentifier }: Named, context: OperationContext): string {
  const named = logGroupName ?? logGroupIdentifier ?? "*";
  const arn = named.startsWith("arn:") ? named.replace(/:\*$/u, "") : groupArn(context, named);
  return `${arn}:*`;
}

export const logs = defineService({
  id: "logs",
  operations: {
    CreateLogGroup: groups.createLogGroup,
    DeleteLogGroup: groups.deleteLogGroup,
    DescribeLogGroups: groups.describeLogGroups,
    ListLogGroups: groups.listLogGroups,
    PutRetentionPolicy: groups.putRetentionPolicy,
    DeleteRetentionPolicy: groups.deleteRetentionPolicy,
    AssociateKmsKey: groups.associateKmsKey,
    DisassociateKmsKey: groups.disassociateKmsKey,
    PutLogGroupDeletionProtection: groups.putLogGroupDeletionProtection,
    CreateLogStream: streams.createLogStream,
    DeleteLogStream: streams.deleteLogStream,
    DescribeLogStreams: streams.describeLogStreams,
    PutLogEvents: putLogEvents,
    GetLogEvents: getLogEvents,
    FilterLogEvents: filterLogEvents,
    PutMetricFilter: filters.putMetricFilter,
    DescribeMetricFilters: filters.describeMetricFilters,
    DeleteMetricFilter: filters.deleteMetricFilter,
    TestMetricFilter: filters.testMetricFilter,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    ListTagsForResource: tags.listTagsForResource,
    TagLogGroup: tags.tagLogGroup,
    UntagLogGroup: tags.untagLogGroup,
    ListTagsLogGroup: tags.listTagsLogGroup,
    PutResourcePolicy: policies.putResourcePolicy,
    DescribeResourcePolicies: policies.describeResourcePolicies,
    DeleteResourcePolicy: policies.deleteResourcePolicy,
    PutQueryDefinition: queryDefinitions.putQueryDefinition,
    DescribeQueryDefinitions: queryDefinitions.describeQueryDefinitions,
    DeleteQueryDefinition: queryDefinitions.deleteQueryDefinition,
    StartQuery: queries.startQuery,
    GetQueryResults: queries.getQueryResults,
    StopQuery: queries.stopQuery,
    DescribeQueries: queries.describeQueries,
    PutDeliveryDestination: deliveries.putDeliveryDestination,
    GetDeliveryDestination: deliveries.getDeliveryDestination,
    DescribeDeliveryDestinations: deliveries.describeDeliveryDestinations,
    DeleteDeliveryDestination: deliveries.deleteDeliveryDestination,
    PutDeliveryDestinationPolicy: deliveries.putDeliveryDestinationPolicy,
    GetDeliveryDestinationPolicy: deliveries.getDeliveryDestinationPolicy,
    DeleteDeliveryDestinationPolicy: deliveries.deleteDeliveryDestinationPolicy,
    PutDeliverySource: deliveries.putDeliverySource,
    GetDeliverySource: deliveries.getDeliverySource,
    DescribeDeliverySources: deliveries.describeDeliverySources,
    DeleteDeliverySource: deliveries.deleteDeliverySource,
    CreateDelivery: deliveries.createDelivery,
    GetDelivery: deliveries.getDelivery,
    UpdateDeliveryConfiguration: deliveries.updateDeliveryConfiguration,
    DescribeDeliveries: deliveries.describeDeliveries,
    DeleteDelivery: deliveries.deleteDelivery,
    PutDestination: destinations.putDestination,
    PutDestinationPolicy: destinations.putDestinationPolicy,
    DescribeDestinations: destinations.describeDestinations,
    DeleteDestination: destinations.deleteDestination,
    CreateExportTask: exports.createExportTask,
    DescribeExportTasks: exports.describeExportTasks,
    CancelExportTask: exports.cancelExportTask,
    PutSubscriptionFilter: subscriptions.putSubscriptionFilter,
    DescribeSubscriptionFilters: subscriptions.describeSubscriptionFilters,
    DeleteSubscriptionFilter: subscriptions.deleteSubscriptionFilter,
  },
  authorize: {
    CreateLogGroup: onGroup("CreateLogGroup"),
    DeleteLogGroup: onGroup("DeleteLogGroup"),
    DescribeLogGroups: onAllGroups("DescribeLogGroups"),
    PutRetentionPolicy: onGroup("PutRetentionPolicy"),
    DeleteRetentionPolicy: onGroup("DeleteRetentionPolicy"),
    AssociateKmsKey: onGroup("AssociateKmsKey"),
    DisassociateKmsKey: onGroup("DisassociateKmsKey"),
    PutLogGroupDeletionProtection: onGroup("PutLogGroupDeletionProtection"),
    CreateLogStream: onGroup("CreateLogStream"),
    DeleteLogStream: onStream("DeleteLogStream"),
    DescribeLogStreams: onGroup("DescribeLogStreams"),
    PutLogEvents: onStream("PutLogEvents"),
    GetLogEvents: onStream("GetLogEvents"),
    FilterLogEvents: onGroup("FilterLogEvents"),
    PutMetricFilter: onGroup("PutMetricFilter"),
    DescribeMetricFilters: onGroup("DescribeMetricFilters"),
    DeleteMetricFilter: onGroup("DeleteMetricFilter"),
    TagResource: onArn("TagResource"),
    UntagResource: onArn("UntagResource"),
    ListTagsForResource: onArn("ListTagsForResource"),
    TagLogGroup: onGroup("TagLogGroup"),
    UntagLogGroup: onGroup("UntagLogGroup"),
    ListTagsLogGroup: onGroup("ListTagsLogGroup"),
    StartQuery: ({ logGroupName, logGroupNames, logGroupIdentifiers }, context) =>
      (logGroupNames ?? logGroupIdentifiers ?? [logGroupName ?? "*"]).flatMap((name) =>
        onGroup("StartQuery")({ logGroupIdentifier: name }, context),
      ),
    PutDeliveryDestination: (input, context) => onItem("PutDeliveryDestination", `delivery-destination:${input.name}`, context),
    GetDeliveryDestination: (input, context) => onItem("GetDeliveryDestination", `delivery-destination:${input.name}`, context),
    DeleteDeliveryDestination: (input, context) => onItem("DeleteDeliveryDestination", `delivery-destination:${input.name}`, context),
    PutDeliveryDestinationPolicy: (input, context) =>
      onItem("PutDeliveryDestinationPolicy", `delivery-destination:${input.deliveryDestinationName}`, context),
    GetDeliveryDestinationPolicy: (input, context) =>
      onItem("GetDeliveryDestinationPolicy", `delivery-destination:${input.deliveryDestinationName}`, context),
    DeleteDeliveryDestinationPolicy: (input, context) =>
      onItem("DeleteDeliveryDestinationPolicy", `delivery-destination:${input.deliveryDestinationName}`, context),
    PutDeliverySource: (input, context) => onItem("PutDeliverySource", `delivery-source:${input.name}`, context),
    GetDeliverySource: (input, context) => onItem("GetDeliverySource", `delivery-source:${input.name}`, context),
    DeleteDeliverySource: (input, context) => onItem("DeleteDeliverySource", `delivery-source:${input.name}`, context),
    GetDelivery: (input, context) => onItem("GetDelivery", `delivery:${input.id}`, context),
    UpdateDeliveryConfiguration: (input, context) => onItem("UpdateDeliveryConfiguration", `delivery:${input.id}`, context),
    DeleteDelivery: (input, context) => onItem("DeleteDelivery", `delivery:${input.id}`, context),
    CreateDelivery: ({ deliverySourceName, deliveryDestinationArn }, context) => [
      ...onItem("CreateDelivery", `delivery-source:${deliverySourceName}`, context),
      { action: "logs:CreateDelivery", resource: deliveryDestinationArn },
    ],
    PutDestination: (input, context) => onItem("PutDestination", `destination:${input.destinationName}`, context),
    PutDestinationPolicy: (input, context) => onItem("PutDestinationPolicy", `destination:${input.destinationName}`, context),
    DeleteDestination: (input, context) => onItem("DeleteDestination", `destination:${input.destinationName}`, context),
    CreateExportTask: onGroup("CreateExportTask"),
    PutSubscriptionFilter: onGroup("PutSubscriptionFilter"),
    DescribeSubscriptionFilters: onGroup("DescribeSubscriptionFilters"),
    DeleteSubscriptionFilter: onGroup("DeleteSubscriptionFilter"),
  },
  readers,
  resources: {
    "AWS::Logs::LogGroup": logGroup,
    "AWS::Logs::LogStream": logStream,
    "AWS::Logs::MetricFilter": metricFilter,
    "AWS::Logs::ResourcePolicy": logResourcePolicy,
  },
  start(cloud) {
    cloud.store.schema("telemetry", schema);
    startRetention(cloud);
  },
  stop: stopRetention,
  reset: stopRetention,
});
