/** TagResource, UntagResource, ListTagsForResource, and the older forms that name a log group. */
import { operation, type OperationContext } from "../../../service.ts";
import { invalidParameter } from "../errors.ts";
import { findGroup, groups, type LogGroup, nameOfIdentifier } from "../groups.ts";
import { checkTagCount, checkTags } from "../tags.ts";

export const tagResource = operation("logs", "TagResource", (input, context) =>
  tag(context, byArn(context, input.resourceArn), input.tags),
);

export const tagLogGroup = operation("logs", "TagLogGroup", (input, context) =>
  tag(context, findGroup(context, input.logGroupName), input.tags),
);

export const untagResource = operation("logs", "UntagResource", (input, context) =>
  untag(context, byArn(context, input.resourceArn), input.tagKeys),
);

export const untagLogGroup = operation("logs", "UntagLogGroup", (input, context) =>
  untag(context, findGroup(context, input.logGroupName), input.tags),
);

export const listTagsForResource = operation("logs", "ListTagsForResource", (input, context) => ({
  tags: byArn(context, input.resourceArn).tags,
}));

export const listTagsLogGroup = operation("logs", "ListTagsLogGroup", (input, context) => ({
  tags: findGroup(context, input.logGroupName).tags,
}));

function byArn(context: OperationContext, arn: string): LogGroup {
  if (!arn.startsWith("arn:")) throw invalidParameter(`Invalid ARN: ${arn}`);
  return findGroup(context, nameOfIdentifier(context, arn));
}

function tag(context: OperationContext, group: LogGroup, added: Record<string, string>) {
  checkTags(added);
  const tags = { ...group.tags, ...added };
  checkTagCount(tags);
  groups(context.cloud).put(context.region, group.name, { ...group, tags });
  return {};
}

function untag(context: OperationContext, group: LogGroup, keys: readonly string[]) {
  const tags = Object.fromEntries(Object.entries(group.tags).filter(([key]) => !keys.includes(key)));
  groups(context.cloud).put(context.region, group.name, { ...group, tags });
  return {};
}
