/** Operations on schedule groups. */
import { pageOf } from "../../../paging.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { check, groupExists, invalidNextToken, validation } from "../errors.ts";
import { allGroups, describeGroup, type Group, groupArn, groups, requireGroup } from "../group.ts";
import { schedules } from "../schedule.ts";
import { remove } from "./schedules.ts";
import { checkTags } from "../tags.ts";

const namePattern = String.raw`[0-9a-zA-Z-_.]+`;

export const createScheduleGroup = operation("scheduler", "CreateScheduleGroup", (input, context) => {
  const { cloud, region } = context;
  const { Name: name, ClientToken: token } = input;
  check({ name: [name, { length: [1, 64], pattern: namePattern }] });
  checkTags(input.Tags ?? []);
  const known = allGroups(context).find((one) => one.name === name);
  if (known && known.token !== undefined && known.token === token) return { ScheduleGroupArn: known.arn };
  if (known) throw groupExists(name);
  const nowMs = cloud.world.clock.nowMs();
  const group: Group = {
    name,
    arn: groupArn(context, name),
    createdMs: nowMs,
    modifiedMs: nowMs,
    tags: Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    systemTags: { ...systemTagsOf(input) },
    ...(token !== undefined && { token }),
  };
  groups(cloud).put(region, name, group);
  return { ScheduleGroupArn: group.arn };
});

export const getScheduleGroup = operation("scheduler", "GetScheduleGroup", (input, context) =>
  describeGroup(requireGroup(context, input.Name)),
);

/** With all its schedules. AWS takes its time for that (state DELETING); here it is at once. */
export const deleteScheduleGroup = operation("scheduler", "DeleteScheduleGroup", (input, context) => {
  const { cloud, region } = context;
  if (input.Name === "default") throw validation("The default schedule group cannot be deleted.");
  const group = requireGroup(context, input.Name);
  cloud.store.transaction(() => {
    for (const schedule of schedules(cloud).list(region, `${group.name}/`)) remove(context, schedule);
    groups(cloud).delete(region, group.name);
  });
  return {};
});

export const listScheduleGroups = operation("scheduler", "ListScheduleGroups", (input, context) => {
  const { NamePrefix: prefix, MaxResults, NextToken } = input;
  check({ maxResults: [MaxResults, { range: [1, 100] }], namePrefix: [prefix, { length: [1, 64], pattern: namePattern }] });
  const found = allGroups(context).filter(({ name }) => prefix === undefined || name.startsWith(prefix));
  const { items, nextToken } = pageOf(found, {
    size: MaxResults ?? 100,
    token: NextToken,
    // `default` stands first, whatever the others are called.
    keyOf: ({ name }) => (name === "default" ? "" : `/${name}`),
    query: JSON.stringify({ prefix }),
    invalid: invalidNextToken,
  });
  return { ScheduleGroups: items.map(describeGroup), ...(nextToken !== undefined && { NextToken: nextToken }) };
});
