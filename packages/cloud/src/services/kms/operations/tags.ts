/** TagResource, UntagResource and ListResourceTags. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { checkState, putKey } from "../key.ts";
import { resolveKey } from "../key-reference.ts";
import { markedPage } from "../pages.ts";
import { checkedTags, mergedTags } from "../tags.ts";
import { ownKey } from "./keys.ts";

export const tagResource = operation("kms", "TagResource", ({ KeyId, Tags }, context) => {
  const key = ownKey(context, KeyId);
  const tags = mergedTags(key.tags, checkedTags(Tags));
  checkState(context.cloud, key, ["Enabled", "Disabled", "PendingImport"]);
  putKey(context.cloud, { ...key, tags });
  return {};
});

export const untagResource = operation("kms", "UntagResource", ({ KeyId, TagKeys }, context) => {
  const key = ownKey(context, KeyId);
  checkState(context.cloud, key, ["Enabled", "Disabled", "PendingImport"]);
  checkedTags(TagKeys.map((TagKey) => ({ TagKey })));
  putKey(context.cloud, { ...key, tags: Object.fromEntries(Object.entries(key.tags).filter(([name]) => !TagKeys.includes(name))) });
  return {};
});

export const listResourceTags = operation("kms", "ListResourceTags", ({ KeyId, Limit, Marker }, context) => {
  checkConstraints("ValidationException", { limit: [Limit, { range: [1, 50] }] });
  const key = resolveKey(context, KeyId, { aliases: false });
  const tags = Object.entries(key.tags)
    .map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
    .sort((a, b) => (a.TagKey < b.TagKey ? -1 : 1));
  const query = `tags ${key.arn}`;
  const { items, ...more } = markedPage(tags, { size: Limit ?? 50, marker: Marker, keyOf: ({ TagKey }) => TagKey, query });
  return { Tags: items, ...more };
});
