/** Tags of functions. */
import { operation } from "../../../service.ts";
import { check, invalidValue } from "../errors.ts";
import { findFunction, keep } from "../function.ts";

export const tagResource = operation("lambda", "TagResource", ({ Resource, Tags }, context) => {
  const found = findFunction(context, Resource);
  for (const [name, value] of Object.entries(Tags)) {
    check({ "tags.key": [name, { length: [1, 128] }], "tags.value": [value, { length: [0, 256] }] });
    if (/^aws:/iu.test(name)) throw invalidValue(`Tag key ${name} is reserved: keys must not begin with aws:`);
  }
  keep(context, { ...found, tags: { ...found.tags, ...(Tags as Record<string, string>) } });
  return {};
});

export const untagResource = operation("lambda", "UntagResource", ({ Resource, TagKeys }, context) => {
  const found = findFunction(context, Resource);
  keep(context, { ...found, tags: Object.fromEntries(Object.entries(found.tags).filter(([name]) => !TagKeys.includes(name))) });
  return {};
});

export const listTags = operation("lambda", "ListTags", ({ Resource }, context) => {
  const { tags, systemTags } = findFunction(context, Resource);
  return { Tags: { ...systemTags, ...tags } };
});
