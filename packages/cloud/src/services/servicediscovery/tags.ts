/** Tags of namespaces and services. */
import { checkConstraints } from "../../constraints.ts";
import { operation, type OperationContext } from "../../service.ts";
import { invalidInput, resourceNotFound } from "./errors.ts";
import { type NamespaceRecord, namespaces, type ServiceRecord, services, type Tag } from "./records.ts";

/** Those given, checked. */
export function checkedTags(tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = []): Tag[] {
  const result = tags.map(({ Key = "", Value = "" }) => ({ Key, Value }));
  for (const [index, { Key, Value }] of result.entries()) {
    checkConstraints("InvalidInput", {
      [`tags.${index + 1}.member.key`]: [Key, { length: [1, 128] }],
      [`tags.${index + 1}.member.value`]: [Value, { length: [0, 256] }],
    });
    if (Key.toLowerCase().startsWith("aws:")) throw invalidInput("Tag keys that begin with aws: are reserved for AWS.");
  }
  return result;
}

function tagged(context: OperationContext, arn: string): { tags: Tag[]; keep: (tags: Tag[]) => void } {
  const id = arn.slice(arn.lastIndexOf("/") + 1);
  const shelf = id.startsWith("ns-") ? namespaces(context) : services(context);
  const found: NamespaceRecord | ServiceRecord | undefined = shelf.get(context.region, id);
  if (!found) throw resourceNotFound(arn);
  return { tags: found.tags, keep: (tags) => shelf.put(context.region, id, { ...found, tags } as never) };
}

export const tagResource = operation("servicediscovery", "TagResource", ({ ResourceARN, Tags }, context) => {
  const added = checkedTags(Tags);
  const { tags, keep } = tagged(context, ResourceARN);
  keep([...tags.filter(({ Key }) => !added.some((tag) => tag.Key === Key)), ...added]);
  return {};
});

export const untagResource = operation("servicediscovery", "UntagResource", ({ ResourceARN, TagKeys }, context) => {
  const { tags, keep } = tagged(context, ResourceARN);
  keep(tags.filter(({ Key }) => !TagKeys.includes(Key)));
  return {};
});

export const listTagsForResource = operation("servicediscovery", "ListTagsForResource", ({ ResourceARN }, context) => ({
  Tags: tagged(context, ResourceARN).tags,
}));
