/** Tagging of repositories. */
import { operation } from "../../../service.ts";
import { tooManyTags } from "../errors.ts";
import { findRepositoryByArn, saveRepository } from "../repository.ts";
import { listTags, readTags } from "../tags.ts";

export const tagResource = operation("ecr", "TagResource", (input, context) => {
  const record = findRepositoryByArn(context, input.resourceArn);
  record.tags = { ...record.tags, ...readTags(input.tags) };
  if (Object.keys(record.tags).length > 50) throw tooManyTags();
  saveRepository(context, record);
  return {};
});

export const untagResource = operation("ecr", "UntagResource", (input, context) => {
  const record = findRepositoryByArn(context, input.resourceArn);
  for (const key of input.tagKeys) delete record.tags[key];
  saveRepository(context, record);
  return {};
});

export const listTagsForResource = operation("ecr", "ListTagsForResource", (input, context) => ({
  tags: listTags(findRepositoryByArn(context, input.resourceArn).tags),
}));
