/** Tags of distributions and functions, by ARN. */
import type { Cloud } from "../../../cloud.ts";
import { operation } from "../../../service.ts";
import { noSuchResource } from "../errors.ts";
import { distributions, everywhere, functions } from "../records.ts";
import { checkTags, tagRecord } from "../tags.ts";

/** The tags of what stands under `arn`, and a way to put others in their place. */
function tagged(cloud: Cloud, arn: string): { tags: Record<string, string>; put(tags: Record<string, string>): void } {
  const id = arn.slice(arn.lastIndexOf("/") + 1);
  const distribution = distributions(cloud).get(everywhere, id);
  if (distribution?.arn === arn)
    return { tags: distribution.tags, put: (tags) => distributions(cloud).put(everywhere, id, { ...distribution, tags }) };
  const found = functions(cloud).get(everywhere, id);
  if (found?.arn === arn) return { tags: found.tags, put: (tags) => functions(cloud).put(everywhere, id, { ...found, tags }) };
  throw noSuchResource();
}

export const tagResource = operation("cloudfront", "TagResource", ({ Resource, Tags }, { cloud }) => {
  const { tags, put } = tagged(cloud, Resource);
  checkTags(Tags.Items, tags);
  put({ ...tags, ...tagRecord(Tags.Items) });
  return {};
});

export const untagResource = operation("cloudfront", "UntagResource", ({ Resource, TagKeys }, { cloud }) => {
  const { tags, put } = tagged(cloud, Resource);
  const gone = (TagKeys.Items ?? []).filter((key) => !key.startsWith("aws:"));
  put(Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.includes(key))));
  return {};
});

export const listTagsForResource = operation("cloudfront", "ListTagsForResource", ({ Resource }, { cloud }) => ({
  Tags: { Items: Object.entries(tagged(cloud, Resource).tags).map(([Key, Value]) => ({ Key, Value })) },
}));
