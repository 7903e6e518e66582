/** EventBridge Scheduler in the embedded cloud. README.md says what is real, recorded and refused. */
import { type Authorization, defineService, type OperationContext } from "../../service.ts";
import { groupArn } from "./group.ts";
import { startScheduler, stopScheduler } from "./life.ts";
import * as groupOperations from "./operations/groups.ts";
import * as scheduleOperations from "./operations/schedules.ts";
import * as tags from "./operations/tags.ts";
import { schedule } from "./resources/Schedule.ts";
import { scheduleGroup } from "./resources/ScheduleGroup.ts";
import { scheduleArn } from "./schedule.ts";
import { readers } from "./resources/readers.ts";

const onSchedule =
  (action: string) =>
  (
    input: { Name?: string | undefined; GroupName?: string | undefined; Target?: { RoleArn?: string | undefined } | undefined },
    context: OperationContext,
  ): Authorization[] => [
    { action: `scheduler:${action}`, resource: scheduleArn(context, input.GroupName ?? "default", input.Name ?? "") },
    ...(input.Target?.RoleArn === undefined
      ? []
      : [
          {
            action: "iam:PassRole",
            resource: input.Target.RoleArn,
            conditions: { "iam:PassedToService": "scheduler.amazonaws.com" },
          },
        ]),
  ];

const onGroup =
  (action: string) =>
  ({ Name }: { Name?: string | undefined }, context: OperationContext): Authorization[] => [
    { action: `scheduler:${action}`, resource: groupArn(context, Name ?? "") },
  ];

const onArn =
  (action: string) =>
  ({ ResourceArn }: { ResourceArn?: string | undefined }): Authorization[] => [
    { action: `scheduler:${action}`, resource: ResourceArn ?? "*" },
  ];

export const scheduler = defineService({
  id: "scheduler",
  operations: {
    CreateSchedule: scheduleOperations.createSchedule,
    GetSchedule: scheduleOperations.getSchedule,
    UpdateSchedule: scheduleOperations.updateSchedule,
    DeleteSchedule: scheduleOperations.deleteSchedule,
    ListSchedules: scheduleOperations.listSchedules,
    CreateScheduleGroup: groupOperations.createScheduleGroup,
    GetScheduleGroup: groupOperations.getScheduleGroup,
    DeleteScheduleGroup: groupOperations.deleteScheduleGroup,
    ListScheduleGroups: groupOperations.listScheduleGroups,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    ListTagsForResource: tags.listTagsForResource,
  },
  // ListSchedules and ListScheduleGroups have no resource level: they ask for `*`.
  authorize: {
    CreateSchedule: onSchedule("CreateSchedule"),
    GetSchedule: onSchedule("GetSchedule"),
    UpdateSchedule: onSchedule("UpdateSchedule"),
    DeleteSchedule: onSchedule("DeleteSchedule"),
    CreateScheduleGroup: onGroup("CreateScheduleGroup"),
    GetScheduleGroup: onGroup("GetScheduleGroup"),
    DeleteScheduleGroup: onGroup("DeleteScheduleGroup"),
    TagResource: onArn("TagResource"),
    UntagResource: onArn("UntagResource"),
    ListTagsForResource: onArn("ListTagsForResource"),
  },
  readers,
  resources: { "AWS::Scheduler::Schedule": schedule, "AWS::Scheduler::ScheduleGroup": scheduleGroup },
  start: startScheduler,
  stop: stopScheduler,
  reset: stopScheduler,
});
