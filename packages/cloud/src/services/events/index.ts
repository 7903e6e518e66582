/** EventBridge in the embedded cloud. README.md says what is real, recorded and refused. */
import { hearEvents } from "../../runtime/service-events.ts";
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import type { Cloud } from "../../cloud.ts";
import { accept } from "./acceptance.ts";
import { archiveArn, expiry } from "./archive.ts";
import { attempt } from "./attempt.ts";
import { busArn, busName, findBus } from "./bus.ts";
import { newEvent } from "./event.ts";
import { startLife, stopLife } from "./life.ts";
import { metrics } from "./metrics.ts";
import * as destinationOperations from "./operations/api-destinations.ts";
import * as archiveOperations from "./operations/archives.ts";
import * as busOperations from "./operations/buses.ts";
import * as connectionOperations from "./operations/connections.ts";
import * as permissions from "./operations/permissions.ts";
import { putEvents } from "./operations/PutEvents.ts";
import * as replayOperations from "./operations/replays.ts";
import * as ruleOperations from "./operations/rules.ts";
import * as tags from "./operations/tags.ts";
import * as targets from "./operations/targets.ts";
import { testEventPattern } from "./operations/TestEventPattern.ts";
import { runReplays } from "./replay.ts";
import { apiDestination } from "./resources/ApiDestination.ts";
import { eventArchive } from "./resources/Archive.ts";
import { connection } from "./resources/Connection.ts";
import { eventBus } from "./resources/EventBus.ts";
import { eventBusPolicy } from "./resources/EventBusPolicy.ts";
import { readers } from "./resources/readers.ts";
import { rule } from "./resources/Rule.ts";
import { ruleArn } from "./rule.ts";
import { runSchedules } from "./schedules.ts";

const onBus =
  (action: string) =>
  (input: { Name?: string | undefined; EventBusName?: string | undefined }, context: OperationContext): Authorization[] => [
    { action: `events:${action}`, resource: busArn(context, busName(input.EventBusName ?? input.Name)) },
  ];

const passRole = (role: string | undefined): Authorization[] =>
  role === undefined ? [] : [{ action: "iam:PassRole", resource: role, conditions: { "iam:PassedToService": "events.amazonaws.com" } }];

interface RuleInput {
  Name?: string | undefined;
  Rule?: string | undefined;
  EventBusName?: string | undefined;
  RoleArn?: string | undefined;
  Targets?: readonly { Arn?: string | undefined; RoleArn?: string | undefined }[] | undefined;
}

const onRule =
  (action: string) =>
  ({ Name, Rule, EventBusName, RoleArn, Targets = [] }: RuleInput, context: OperationContext): Authorization[] => [
    {
      action: `events:${action}`,
      resource: ruleArn(context, busName(EventBusName), Name ?? Rule ?? ""),
      ...(Targets.length > 0 && { conditions: { "events:TargetArn": Targets.flatMap(({ Arn }) => Arn ?? []) } }),
    },
    ...[RoleArn, ...Targets.map((target) => target.RoleArn)].flatMap(passRole),
  ];

const onArn =
  (action: string) =>
  ({ ResourceARN }: { ResourceARN?: string | undefined }): Authorization[] => [
    { action: `events:${action}`, resource: ResourceARN ?? "*" },
  ];

const onArchive =
  (action: string) =>
  ({ ArchiveName }: { ArchiveName?: string | undefined }, context: OperationContext): Authorization[] => [
    { action: `events:${action}`, resource: archiveArn(context, ArchiveName ?? "") },
  ];

const onNamed =
  (action: string, kind: "api-destination" | "connection" | "replay") =>
  (
    { Name, ReplayName }: { Name?: string | undefined; ReplayName?: string | undefined },
    { account, region }: OperationContext,
  ): Authorization[] => [
    { action: `events:${action}`, resource: `arn:aws:events:${region}:${account}:${kind}/${Name ?? ReplayName ?? ""}` },
  ];

async function stop(cloud: Cloud): Promise<void> {
  await Promise.all([stopLife(cloud), metrics.stop(cloud), expiry.stop(cloud)]);
}

export const events = defineService({
  id: "events",
  operations: {
    CancelReplay: replayOperations.cancelReplay,
    CreateApiDestination: destinationOperations.createApiDestination,
    CreateArchive: archiveOperations.createArchive,
    CreateConnection: connectionOperations.createConnection,
    CreateEventBus: busOperations.createEventBus,
    DeleteApiDestination: destinationOperations.deleteApiDestination,
    DeleteArchive: archiveOperations.deleteArchive,
    DeleteConnection: connectionOperations.deleteConnection,
    DeleteEventBus: busOperations.deleteEventBus,
    DeleteRule: ruleOperations.deleteRule,
    DescribeApiDestination: destinationOperations.describeOneApiDestination,
    DescribeArchive: archiveOperations.describeOneArchive,
    DescribeConnection: connectionOperations.describeOneConnection,
    DescribeEventBus: busOperations.describeEventBus,
    DescribeReplay: replayOperations.describeOneReplay,
    DescribeRule: ruleOperations.describeOneRule,
    DisableRule: ruleOperations.disableRule,
    EnableRule: ruleOperations.enableRule,
    ListApiDestinations: destinationOperations.listApiDestinations,
    ListArchives: archiveOperations.listArchives,
    ListConnections: connectionOperations.listConnections,
    ListEventBuses: busOperations.listEventBuses,
    ListReplays: replayOperations.listReplays,
    ListRuleNamesByTarget: ruleOperations.listRuleNamesByTarget,
    ListRules: ruleOperations.listRules,
    ListTagsForResource: tags.listTagsForResource,
    ListTargetsByRule: targets.listTargetsByRule,
    PutEvents: putEvents,
    PutPermission: permissions.putPermission,
    PutRule: ruleOperations.putRule,
    PutTargets: targets.putTargets,
    RemovePermission: permissions.removePermission,
    RemoveTargets: targets.removeTargets,
    StartReplay: replayOperations.startReplay,
    TagResource: tags.tagResource,
    TestEventPattern: testEventPattern,
    UntagResource: tags.untagResource,
    UpdateApiDestination: destinationOperations.updateApiDestination,
    UpdateArchive: archiveOperations.updateArchive,
    UpdateConnection: connectionOperations.updateConnection,
    UpdateEventBus: busOperations.updateEventBus,
  },
  // The lists, ListRuleNamesByTarget and TestEventPattern have no resource level: they ask for `*`.
  authorize: {
    CancelReplay: onNamed("CancelReplay", "replay"),
    CreateApiDestination: onNamed("CreateApiDestination", "api-destination"),
    CreateArchive: onArchive("CreateArchive"),
    CreateConnection: onNamed("CreateConnection", "connection"),
    CreateEventBus: onBus("CreateEventBus"),
    DeleteApiDestination: onNamed("DeleteApiDestination", "api-destination"),
    DeleteArchive: onArchive("DeleteArchive"),
    DeleteConnection: onNamed("DeleteConnection", "connection"),
    DeleteEventBus: onBus("DeleteEventBus"),
    DeleteRule: onRule("DeleteRule"),
    DescribeApiDestination: onNamed("DescribeApiDestination", "api-destination"),
    DescribeArchive: onArchive("DescribeArchive"),
    DescribeConnection: onNamed("DescribeConnection", "connection"),
    DescribeEventBus: onBus("DescribeEventBus"),
    DescribeReplay: onNamed("DescribeReplay", "replay"),
    DescribeRule: onRule("DescribeRule"),
    DisableRule: onRule("DisableRule"),
    EnableRule: onRule("EnableRule"),
    ListTagsForResource: onArn("ListTagsForResource"),
    ListTargetsByRule: onRule("ListTargetsByRule"),
    PutEvents: ({ Entries }, context) => {
      const names = [...new Set(Entries.map(({ EventBusName }) => busName(EventBusName)))];
      return names.map((name) => {
        const policy = findBus(context, name)?.policy;
        const own = Entries.filter(({ EventBusName }) => busName(EventBusName) === name);
        return {
          action: "events:PutEvents",
          resource: busArn(context, name),
          ...(policy !== undefined && { resourcePolicy: policy }),
          conditions: {
            "events:source": own.flatMap(({ Source }) => Source ?? []),
            "events:detail-type": own.flatMap(({ DetailType }) => DetailType ?? []),
          },
        };
      });
    },
    PutPermission: onBus("PutPermission"),
    PutRule: onRule("PutRule"),
    PutTargets: onRule("PutTargets"),
    RemovePermission: onBus("RemovePermission"),
    RemoveTargets: onRule("RemoveTargets"),
    StartReplay: onNamed("StartReplay", "replay"),
    TagResource: onArn("TagResource"),
    UntagResource: onArn("UntagResource"),
    UpdateApiDestination: onNamed("UpdateApiDestination", "api-destination"),
    UpdateArchive: onArchive("UpdateArchive"),
    UpdateConnection: onNamed("UpdateConnection", "connection"),
    UpdateEventBus: onBus("UpdateEventBus"),
  },
  readers,
  resources: {
    "AWS::Events::ApiDestination": apiDestination,
    "AWS::Events::Archive": eventArchive,
    "AWS::Events::Connection": connection,
    "AWS::Events::EventBus": eventBus,
    "AWS::Events::EventBusPolicy": eventBusPolicy,
    "AWS::Events::Rule": rule,
  },
  start: (cloud) => {
    hearEvents(cloud, (region, told) => {
      const place = { cloud, account: cloud.account, region };
      // As it would have come over the wire: a date is a text there.
      const detail = JSON.parse(JSON.stringify(told.detail)) as object;
      accept(place, "default", newEvent(place, { ...told, detail }));
    });
    startLife(cloud, { attempt, due: (_cloud, nowMs) => earliest(runSchedules(cloud, nowMs), runReplays(cloud, nowMs)) });
    metrics.start(cloud);
    expiry.start(cloud);
  },
  stop,
  reset: stop,
});

function earliest(...times: (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
