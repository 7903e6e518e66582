/** PutScheduledAction, DescribeScheduledActions, DeleteScheduledAction. */
import { operation } from "../../../service.ts";
import { check, notRegistered, scheduledActionNotFound, validation } from "../errors.ts";
import { checkNames, readKey } from "../namespaces.ts";
import { nextOrder, page } from "../paging.ts";
import { isTimeZone, parseSchedule } from "@plinth/cloudformation/schedule-expressions";
import {
  describeScheduledAction,
  planned,
  scheduledActionKey,
  scheduledActions,
  type ScheduledActionRecord,
} from "../scheduled-actions.ts";
import { findTarget, keyOf } from "../targets.ts";

export const putScheduledAction = operation("application-autoscaling", "PutScheduledAction", (input, context) => {
  const { cloud, region, account } = context;
  check({
    scheduledActionName: [
      input.ScheduledActionName,
      { length: [1, 256], pattern: "(?!((^[ ]+.*)|(.*([\\u0000-\\u001f]|[\\u007f-\\u009f]|[:/|])+.*)|(.*[ ]+$))).+" },
    ],
    schedule: [input.Schedule, { length: [1, 1600] }],
  });
  const key = readKey(input);
  if (!findTarget(context, key)) throw notRegistered(key);
  const name = input.ScheduledActionName;
  const before = scheduledActions(cloud).get(region, scheduledActionKey(key, name));
  const schedule = input.Schedule ?? before?.schedule;
  const zone = input.Timezone ?? before?.zone ?? "UTC";
  if (schedule === undefined) throw validation("Schedule must be specified for a new scheduled action");
  if (!parseSchedule(schedule)) throw validation(`Schedule expression is not valid: ${schedule}`);
  if (!isTimeZone(zone)) throw validation(`Timezone is not valid: ${zone}`);
  const bounds = input.ScalableTargetAction
    ? { min: input.ScalableTargetAction.MinCapacity, max: input.ScalableTargetAction.MaxCapacity }
    : { min: before?.min, max: before?.max };
  if (bounds.min === undefined && bounds.max === undefined) {
    throw validation("At least one of minimum capacity and maximum capacity should be provided");
  }
  if ((bounds.min ?? 0) < 0) throw validation("Minimum capacity must be greater than or equal to 0");
  if (bounds.max !== undefined && bounds.max < (bounds.min ?? 0)) throw validation("Maximum capacity cannot be less than minimum capacity");
  const [startMs, endMs] = [input.StartTime?.getTime(), input.EndTime?.getTime()];
  if (startMs !== undefined && endMs !== undefined && endMs <= startMs) throw validation("End time must be after start time");
  const all = scheduledActions(cloud).list(region);
  const action: ScheduledActionRecord = {
    ...key,
    name,
    arn:
      before?.arn ??
      `arn:aws:autoscaling:${region}:${account}:scheduledAction:${cloud.world.random.uuid()}:resource/${key.namespace}/${key.resourceId}:scheduledActionName/${name}`,
    order: before?.order ?? nextOrder(all),
    schedule,
    zone,
    // As in AWS: those that an update does not name are gone.
    ...(startMs !== undefined && { startMs }),
    ...(endMs !== undefined && { endMs }),
    ...(bounds.min !== undefined && { min: bounds.min }),
    ...(bounds.max !== undefined && { max: bounds.max }),
    createdMs: before?.createdMs ?? cloud.world.clock.nowMs(),
  };
  scheduledActions(cloud).put(region, scheduledActionKey(key, name), planned(action, cloud.world.clock.nowMs()));
  return {};
});

export const describeScheduledActions = operation("application-autoscaling", "DescribeScheduledActions", (input, { cloud, region }) => {
  checkNames(input);
  const { ScheduledActionNames, ServiceNamespace, ResourceId, ScalableDimension } = input;
  const found = scheduledActions(cloud)
    .list(region)
    .filter(({ namespace }) => namespace === ServiceNamespace)
    .filter(({ resourceId }) => ResourceId === undefined || resourceId === ResourceId)
    .filter(({ dimension }) => ScalableDimension === undefined || dimension === ScalableDimension)
    .filter(({ name }) => !ScheduledActionNames?.length || ScheduledActionNames.includes(name));
  const { items, ...more } = page(found, input, { most: 50, orderOf: ({ order }) => order });
  return { ScheduledActions: items.map(describeScheduledAction), ...more };
});

export const deleteScheduledAction = operation("application-autoscaling", "DeleteScheduledAction", (input, { cloud, region }) => {
  const key = readKey(input);
  const id = `${keyOf(key)}|${input.ScheduledActionName}`;
  if (!scheduledActions(cloud).delete(region, id)) throw scheduledActionNotFound(key, input.ScheduledActionName);
  return {};
});
