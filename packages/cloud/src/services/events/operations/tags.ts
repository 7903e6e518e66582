/** Operations on tags. */
import { operation } from "../../../service.ts";
import { checkTags, tagRecord, taggedOf } from "../tags.ts";

export const tagResource = operation("events", "TagResource", ({ ResourceARN, Tags }, context) => {
  const own = taggedOf(context, ResourceARN);
  checkTags(Tags);
  own.retag({ ...own.tags, ...tagRecord(Tags) });
  return {};
});

export const untagResource = operation("events", "UntagResource", ({ ResourceARN, TagKeys }, context) => {
  const own = taggedOf(context, ResourceARN);
  own.retag(Object.fromEntries(Object.entries(own.tags).filter(([key]) => !TagKeys.includes(key))));
  return {};
});

export const listTagsForResource = operation("events", "ListTagsForResource", ({ ResourceARN }, context) => {
  const { tags, systemTags } = taggedOf(context, ResourceARN);
  return { Tags: Object.entries({ ...systemTags, ...tags }).map(([Key, Value]) => ({ Key, Value })) };
});
