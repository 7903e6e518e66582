/** TagResource, UntagResource, ListTagsForResource, of alarms and dashboards by their ARN. */
import { operation, type OperationContext } from "../../../service.ts";
import { alarms } from "../alarms.ts";
import { check } from "../constraints.ts";
import { dashboards } from "../dashboards.ts";
import { resourceNotFound } from "../errors.ts";
import { tagRecord } from "../tags.ts";

export const tagResource = operation("cloudwatch", "TagResource", (input, context) => {
  const resource = find(context, input.ResourceARN);
  resource.put({ ...resource.tags, ...tagRecord(input.Tags) });
  return {};
});

export const untagResource = operation("cloudwatch", "UntagResource", (input, context) => {
  const resource = find(context, input.ResourceARN);
  resource.put(Object.fromEntries(Object.entries(resource.tags).filter(([key]) => !input.TagKeys.includes(key))));
  return {};
});

export const listTagsForResource = operation("cloudwatch", "ListTagsForResource", (input, context) => ({
  Tags: Object.entries(find(context, input.ResourceARN).tags).map(([Key, Value]) => ({ Key, Value })),
}));

function find(
  { cloud, region, account }: OperationContext,
  arn: string,
): { tags: Record<string, string>; put(tags: Record<string, string>): void } {
  check({ resourceARN: [arn, { length: [1, 1024] }] });
  const [, itsRegion, itsAccount, kind, name] = /^arn:[\w-]+:cloudwatch:([\w-]*):(\d{12}):(alarm|dashboard)[:/](.+)$/u.exec(arn) ?? [];
  if (name !== undefined && itsAccount === account) {
    const dashboard = kind === "dashboard" ? dashboards(cloud).get("global", name) : undefined;
    if (dashboard) return { tags: dashboard.tags, put: (tags) => dashboards(cloud).put("global", name, { ...dashboard, tags }) };
    const alarm = kind === "alarm" && itsRegion === region ? alarms(cloud).get(region, name) : undefined;
    if (alarm) return { tags: alarm.tags, put: (tags) => alarms(cloud).put(region, name, { ...alarm, tags }) };
  }
  throw resourceNotFound();
}
