/** AddTagsToResource, RemoveTagsFromResource and ListTagsForResource, for parameters. */
import { operation, type OperationContext } from "../../../service.ts";
import { invalidResourceId, invalidResourceType } from "../errors.ts";
import { findParameter, putParameter, type Parameter } from "../parameters.ts";
import { checkTags, isWithinLimit, tooManyTags } from "../tags.ts";

function tagged(
  { ResourceType, ResourceId }: { ResourceType?: string | undefined; ResourceId?: string | undefined },
  { cloud, region }: OperationContext,
): Parameter {
  if (ResourceType !== "Parameter") throw invalidResourceType();
  const parameter = findParameter(cloud, region, ResourceId!);
  if (!parameter) throw invalidResourceId();
  return parameter;
}

export const addTagsToResource = operation("ssm", "AddTagsToResource", (input, context) => {
  const parameter = tagged(input, context);
  checkTags(input.Tags!);
  const tags = { ...parameter.tags, ...Object.fromEntries(input.Tags!.map(({ Key, Value }) => [Key!, Value!])) };
  if (!isWithinLimit(tags)) throw tooManyTags();
  putParameter(context.cloud, context.region, { ...parameter, tags });
  return {};
});

export const removeTagsFromResource = operation("ssm", "RemoveTagsFromResource", (input, context) => {
  const parameter = tagged(input, context);
  for (const key of input.TagKeys!) delete parameter.tags[key];
  putParameter(context.cloud, context.region, parameter);
  return {};
});

export const listTagsForResource = operation("ssm", "ListTagsForResource", (input, context) => ({
  TagList: Object.entries(tagged(input, context).tags).map(([Key, Value]) => ({ Key, Value })),
}));
