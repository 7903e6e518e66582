/** What CloudFormation's handlers of the four kinds have alike: physical ids, tags, being found again. */
import { AwsError } from "../../../aws-error.ts";
import type { ResourceRequest } from "../../../resource.ts";
import { splitTags, withOrigin } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";
import type { Scope } from "../items.ts";

interface Properties {
  Name?: string;
  Scope: string;
  Description?: string;
  Tags?: { Key: string; Value: string }[];
}

type Request = ResourceRequest<Properties>;

/** CloudFormation's ids of these types are the three parts of a name. */
export const physicalIdOf = (name: string, id: string, scope: string) => `${name}|${id}|${scope}`;

export function partsOf(physicalId: string): { Name: string; Id: string; Scope: Scope } {
  const [Name = "", Id = "", scope = ""] = physicalId.split("|");
  return { Name, Id, Scope: scope as Scope };
}

export const nameOf = ({ properties, physicalName }: Request) => properties.Name ?? physicalName(128);

/** What the create operations of all kinds take, with the marks by which `find` knows it again. */
export function createInput<I extends object>(request: Request, rest: I) {
  const { properties, tags, token } = request;
  const { own, system } = splitTags(tags, properties.Tags);
  const input = {
    Name: nameOf(request),
    Scope: properties.Scope as Scope,
    ...(properties.Description !== undefined && { Description: properties.Description }),
    ...(own.length > 0 && { Tags: own }),
    ...rest,
  };
  return withOrigin(input, { tags: system, token });
}

export const updateInput = <I extends object>(request: Request & { physicalId: string }, LockToken: string | undefined, rest: I) => ({
  ...partsOf(request.physicalId),
  LockToken: LockToken!,
  ...(request.properties.Description !== undefined && { Description: request.properties.Description }),
  ...rest,
});

/** Of the summaries of a list the one that this resource of this stack made. */
export async function ownSummary<S extends { Name?: string | undefined; ARN?: string | undefined }>(
  request: Request,
  list: (NextMarker: string | undefined) => Promise<{ summaries: S[] | undefined; NextMarker?: string | undefined }>,
): Promise<S | undefined> {
  const name = nameOf(request);
  let marker: string | undefined;
  do {
    const page = await list(marker);
    const found = page.summaries?.find((summary) => summary.Name === name);
    if (found) return (await isOurs(request, found.ARN!)) ? found : undefined;
    marker = page.NextMarker;
  } while (marker !== undefined);
  return undefined;
}

async function isOurs(request: Request, arn: string): Promise<boolean> {
  const tags = await tagsOf(request.call, arn);
  const tag = (key: string) => tags.find(({ Key }) => Key === key)?.Value;
  return tag("aws:cloudformation:stack-id") === request.stackId && tag("aws:cloudformation:logical-id") === request.logicalId;
}

async function tagsOf(call: Call, ResourceARN: string) {
  const { TagInfoForResource } = await call("wafv2", "ListTagsForResource", { ResourceARN, Limit: 100 });
  return TagInfoForResource?.TagList ?? [];
}

/** Brings the tags to what the template and the stack say now. */
export async function retag(request: Request & { previous: Properties }, ResourceARN: string): Promise<void> {
  const { own } = splitTags(request.tags, request.properties.Tags);
  const present = (await tagsOf(request.call, ResourceARN)).filter(({ Key }) => !Key!.startsWith("aws:"));
  const gone = present.filter(({ Key }) => !own.some((tag) => tag.Key === Key)).map(({ Key }) => Key!);
  if (gone.length > 0) await request.call("wafv2", "UntagResource", { ResourceARN, TagKeys: gone });
  if (own.length > 0) await request.call("wafv2", "TagResource", { ResourceARN, Tags: own });
}

/** For a `catch`: what is not there any more is no error. */
export function unlessGone(error: unknown): undefined {
  if (error instanceof AwsError && error.code === "WAFNonexistentItemException") return undefined;
  throw error;
}
