/** How a stack's tags reach EC2's resources, and how an act that was cut short is taken up again. */
import type { ResourceType as TagSpecificationType } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import type { ResourceRequest, UpdateRequest } from "../../../resource.ts";
import { splitTags, withOrigin } from "../../../runtime/system-tags.ts";
import { madeWith } from "../tags.ts";

interface Tagged {
  Tags?: { Key: string; Value: string }[];
}

type Request<P> = Omit<ResourceRequest<P>, "physicalName">;

/** `input` with the resource's tags and its origin, for the operation that makes it. */
export function stamped<I extends object>(request: Request<Tagged | object>, type: TagSpecificationType, input: I): I {
  const { own, system } = splitTags(request.tags, (request.properties as Tagged).Tags);
  return withOrigin(
    { ...input, ...(own.length > 0 && { TagSpecifications: [{ ResourceType: type, Tags: own }] }) },
    { tags: system, token: request.token },
  );
}

/** The id of what an earlier attempt of this act made. */
export const madeEarlier = (request: Request<object>): string | undefined => madeWith(request, request.token);

/** Brings the tags of `id` to what the new properties say. */
export async function retag<P extends Tagged>(request: UpdateRequest<P>, id: string): Promise<void> {
  const { own } = splitTags(request.tags, request.properties.Tags);
  const described = await request.call("ec2", "DescribeTags", { Filters: [{ Name: "resource-id", Values: [id] }] });
  const standing = new Map((described.Tags ?? []).map((tag) => [tag.Key!, tag.Value!]));
  const gone = [...standing.keys()].filter((key) => !key.startsWith("aws:") && !own.some(({ Key }) => Key === key));
  const changed = own.filter(({ Key, Value }) => standing.get(Key) !== Value);
  if (gone.length > 0) await request.call("ec2", "DeleteTags", { Resources: [id], Tags: gone.map((Key) => ({ Key })) });
  if (changed.length > 0) await request.call("ec2", "CreateTags", { Resources: [id], Tags: changed });
}

/** Runs a delete; that the thing was gone already is success. */
export async function gone(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof AwsError && /NotFound$|^Gateway\.NotAttached$/.test(error.code))) throw error;
  }
}
