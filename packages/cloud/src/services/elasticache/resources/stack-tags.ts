/** What ElastiCache's resource types share: tags that carry their stack, and the errors that mean "gone". */
import { AwsError } from "../../../aws-error.ts";
import type { ResourceRequest } from "../../../resource.ts";
import type { Tag } from "../names.ts";

type Tagged = { Tags?: Tag[] };

/** CloudFormation's own tags, the stack's and the resource's; the last wins. */
export function stackTags(request: Pick<ResourceRequest<Tagged>, "tags" | "properties">): Tag[] {
  const own = Object.fromEntries((request.properties.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
  return Object.entries({ ...request.tags, ...own }).map(([Key, Value]) => ({ Key, Value }));
}

/** Whether what stands under `arn` was made for this resource of this stack. */
export async function madeFor(request: Pick<ResourceRequest<Tagged>, "tags" | "call">, arn: string): Promise<boolean> {
  const { TagList: present = [] } = await request.call("elasticache", "ListTagsForResource", { ResourceName: arn });
  return ["aws:cloudformation:stack-id", "aws:cloudformation:logical-id"].every(
    (key) => request.tags[key] === undefined || present.some(({ Key, Value }) => Key === key && Value === request.tags[key]),
  );
}

export async function retag(
  request: Pick<ResourceRequest<Tagged>, "tags" | "properties" | "call"> & { previous: Tagged },
  arn: string,
): Promise<void> {
  const wanted = stackTags(request);
  const gone = (request.previous.Tags ?? []).map(({ Key }) => Key).filter((key) => !wanted.some(({ Key }) => Key === key));
  if (gone.length > 0) await request.call("elasticache", "RemoveTagsFromResource", { ResourceName: arn, TagKeys: gone });
  await request.call("elasticache", "AddTagsToResource", { ResourceName: arn, Tags: wanted });
}

export function unlessGone(error: unknown): undefined {
  if (error instanceof AwsError && /NotFound/.test(error.code)) return undefined;
  throw error;
}
