/** The tags of resources whose services (RDS, ElastiCache) keep CloudFormation's own tags among the caller's: by them a stack knows what it made. */
import { AwsError } from "./aws-error.ts";
import type { ResourceRequest } from "./resource.ts";

export interface Tag {
  Key: string;
  Value: string;
}

interface Tagged {
  /** Some types' schemas let both be absent; a tag without a key is none. */
  Tags?: Partial<Tag>[];
}

type TaggingService = "rds" | "elasticache";
type TagRequest = Pick<ResourceRequest<Tagged>, "tags" | "properties">;

/** CloudFormation's own tags, the stack's and the resource's; the last wins. */
export function stackTags(request: TagRequest): Tag[] {
  const own = Object.fromEntries(keyed(request.properties.Tags).map(({ Key, Value = "" }) => [Key, Value]));
  return Object.entries({ ...request.tags, ...own }).map(([Key, Value]) => ({ Key, Value }));
}

/** Whether these are the tags of what was made for this resource of this stack. */
export function tagsTell(request: Pick<ResourceRequest<unknown>, "tags">, present: readonly Partial<Tag>[]): boolean {
  return ["aws:cloudformation:stack-id", "aws:cloudformation:logical-id"].every(
    (key) => request.tags[key] === undefined || present.some(({ Key, Value }) => Key === key && Value === request.tags[key]),
  );
}

/** Whether what stands under `arn` was made for this resource of this stack. */
export async function madeFor(
  request: Pick<ResourceRequest<unknown>, "tags" | "call">,
  service: TaggingService,
  arn: string,
): Promise<boolean> {
  const { TagList: present = [] } = await request.call(service, "ListTagsForResource", { ResourceName: arn });
  return tagsTell(request, present);
}

/** Brings the tags of `arn` to what the template says now. */
export async function retag(
  request: TagRequest & Pick<ResourceRequest<Tagged>, "call"> & { previous: Tagged },
  service: TaggingService,
  arn: string,
): Promise<void> {
  const wanted = stackTags(request);
  const gone = keyed(request.previous.Tags)
    .map(({ Key }) => Key)
    .filter((key) => !wanted.some(({ Key }) => Key === key));
  if (gone.length > 0) await request.call(service, "RemoveTagsFromResource", { ResourceName: arn, TagKeys: gone });
  await request.call(service, "AddTagsToResource", { ResourceName: arn, Tags: wanted });
}

const keyed = (tags: readonly Partial<Tag>[] = []) => tags.filter((tag): tag is Partial<Tag> & Pick<Tag, "Key"> => tag.Key !== undefined);

/** For a `catch`: what is not there any more is no error. */
export function unlessGone(error: unknown): undefined {
  if (error instanceof AwsError && error.code.includes("NotFound")) return undefined;
  throw error;
}
