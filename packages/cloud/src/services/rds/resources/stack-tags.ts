/** What RDS's resource types share: tags that carry their stack, and the errors that mean "gone". */
import { AwsError } from "../../../aws-error.ts";
import type { ResourceRequest } from "../../../resource.ts";
import type { Tag } from "../tags.ts";

type Tagged = { Tags?: Tag[] };

/** CloudFormation's own tags, the stack's and the resource's; the last wins. */
export function stackTags(request: Pick<ResourceRequest<Tagged>, "tags" | "properties">): Tag[] {
  const own = Object.fromEntries((request.properties.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
  return Object.entries({ ...request.tags, ...own }).map(([Key, Value]) => ({ Key, Value }));
}

/** Whether what stands under a name was made for this resource of this stack. */
export function madeFor(
  request: Pick<ResourceRequest<unknown>, "tags">,
  present: readonly { Key?: string | undefined; Value?: string | undefined }[],
): boolean {
  return ["aws:cloudformation:stack-id", "aws:cloudformation:logical-id"].every(
    (key) => request.tags[key] === undefined || present.some(({ Key, Value }) => Key === key && Value === request.tags[key]),
  );
}

/** Brings the tags of `arn` to what the template says now. */
export async function retag(
  request: Pick<ResourceRequest<Tagged>, "tags" | "properties" | "call"> & { previous: Tagged },
  arn: string,
): Promise<void> {
  const wanted = stackTags(request);
  const gone = (request.previous.Tags ?? []).map(({ Key }) => Key).filter((key) => !wanted.some(({ Key }) => Key === key));
  if (gone.length > 0) await request.call("rds", "RemoveTagsFromResource", { ResourceName: arn, TagKeys: gone });
  await request.call("rds", "AddTagsToResource", { ResourceName: arn, Tags: wanted });
}

export function unlessGone(error: unknown): undefined {
  if (error instanceof AwsError && error.status === 404) return undefined;
  throw error;
}
