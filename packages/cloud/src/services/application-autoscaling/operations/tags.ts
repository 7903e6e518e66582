/** TagResource, UntagResource, ListTagsForResource: of scalable targets, the one kind that has tags. */
import { AwsError } from "../../../aws-error.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { check, resourceNotFound } from "../errors.ts";
import { checkTags, tooManyTags } from "../tags.ts";
import { saveTarget, targetsByArn, type TargetRecord } from "../targets.ts";

export const tagResource = operation("application-autoscaling", "TagResource", (input, context) => {
  const target = find(context, input.ResourceARN);
  checkTags(input.Tags);
  const tags = { ...target.tags, ...input.Tags };
  if (tooManyTags(tags)) {
    throw new AwsError("TooManyTagsException", "The number of tags exceeds the limit of 50.", 400, { ResourceName: target.arn });
  }
  saveTarget(context, { ...target, tags });
  return {};
});

export const untagResource = operation("application-autoscaling", "UntagResource", (input, context) => {
  const target = find(context, input.ResourceARN);
  const tags = Object.fromEntries(Object.entries(target.tags).filter(([key]) => !input.TagKeys.includes(key)));
  saveTarget(context, { ...target, tags });
  return {};
});

export const listTagsForResource = operation("application-autoscaling", "ListTagsForResource", (input, context) => ({
  Tags: find(context, input.ResourceARN).tags,
}));

function find(context: OperationContext, arn: string): TargetRecord {
  check({ resourceARN: [arn, { length: [1, 1011] }] });
  const target = targetsByArn(context, arn);
  if (!target) throw resourceNotFound(arn);
  return target;
}
