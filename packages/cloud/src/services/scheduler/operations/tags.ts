/** Operations on tags. */
import { operation } from "../../../service.ts";
import { checkTags, retag, taggedGroup } from "../tags.ts";

export const tagResource = operation("scheduler", "TagResource", (input, context) => {
  const group = taggedGroup(context, input.ResourceArn);
  checkTags(input.Tags);
  retag(context, group, { ...group.tags, ...Object.fromEntries(input.Tags.map(({ Key, Value }) => [Key, Value])) });
  return {};
});

export const untagResource = operation("scheduler", "UntagResource", (input, context) => {
  const group = taggedGroup(context, input.ResourceArn);
  retag(context, group, Object.fromEntries(Object.entries(group.tags).filter(([key]) => !input.TagKeys.includes(key))));
  return {};
});

export const listTagsForResource = operation("scheduler", "ListTagsForResource", (input, context) => {
  const { tags, systemTags } = taggedGroup(context, input.ResourceArn);
  return { Tags: Object.entries({ ...systemTags, ...tags }).map(([Key, Value]) => ({ Key, Value })) };
});
