/** Tags of functions and of event source mappings. */
import { operation } from "../../../service.ts";
import { check, invalidValue } from "../errors.ts";
import { eventSourceMappings } from "../event-source-mapping.ts";
import { findFunction, functionName, keep, type Place } from "../function.ts";
import { mostTags } from "../limits.ts";
import { findMapping } from "./event-source-mappings.ts";

interface Tagged {
  tags: Record<string, string>;
  systemTags: Record<string, string>;
  put(tags: Record<string, string>): void;
}

function tagged(place: Place, arn: string): Tagged {
  const uuid = /:event-source-mapping:([^:]+)$/u.exec(arn)?.[1];
  if (uuid !== undefined) {
    const found = findMapping(place, uuid);
    return { ...found, put: (tags) => eventSourceMappings(place.cloud).put(place.region, uuid, { ...found, tags }) };
  }
  if (functionName(arn).qualifier !== undefined)
    throw invalidValue("Tags on function aliases and versions are not supported. Please specify a function ARN.");
  const found = findFunction(place, arn);
  return { ...found, put: (tags) => void keep(place, { ...found, tags }) };
}

export const tagResource = operation("lambda", "TagResource", ({ Resource, Tags }, context) => {
  if (Object.keys(Tags).length === 0) throw invalidValue("An error occurred and the request cannot be processed.");
  const found = tagged(context, Resource);
  for (const [name, value] of Object.entries(Tags)) {
    check({ "tags.key": [name, { length: [1, 128] }], "tags.value": [value, { length: [0, 256] }] });
    if (/^aws:/iu.test(name)) throw invalidValue(`Tag key ${name} is reserved: keys must not begin with aws:`);
  }
  const tags = { ...found.tags, ...(Tags as Record<string, string>) };
  if (Object.keys(tags).length > mostTags) throw invalidValue("Number of tags exceeds resource tag limit.");
  found.put(tags);
  return {};
});

export const untagResource = operation("lambda", "UntagResource", ({ Resource, TagKeys }, context) => {
  const found = tagged(context, Resource);
  found.put(Object.fromEntries(Object.entries(found.tags).filter(([name]) => !TagKeys.includes(name))));
  return {};
});

export const listTags = operation("lambda", "ListTags", ({ Resource }, context) => {
  const { tags, systemTags } = tagged(context, Resource);
  return { Tags: { ...systemTags, ...tags } };
});
