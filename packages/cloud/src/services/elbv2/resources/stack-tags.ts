/** The tags of what stacks made: brought to what the template says, and read to find again what an interrupted act had made. */
import { AwsError } from "../../../aws-error.ts";
import type { ResourceRequest } from "../../../resource.ts";
import { splitTags } from "../../../runtime/system-tags.ts";
import { tagsTell } from "../../../stack-tags.ts";

interface Tagged {
  Tags?: { Key: string; Value: string }[];
}

type Request = Pick<ResourceRequest<Tagged>, "call" | "tags" | "properties">;

export async function changeTags(request: Request & { previous: Tagged }, arn: string): Promise<void> {
  const { own } = splitTags(request.tags, request.properties.Tags);
  const gone = (request.previous.Tags ?? [])
    .map(({ Key }) => Key)
    .filter((key) => !key.startsWith("aws:") && !own.some(({ Key }) => Key === key));
  if (gone.length > 0) await request.call("elbv2", "RemoveTags", { ResourceArns: [arn], TagKeys: gone });
  if (own.length > 0) await request.call("elbv2", "AddTags", { ResourceArns: [arn], Tags: own });
}

/** Whether `arn` was made for this resource of this stack. */
export async function madeByStack(request: Pick<ResourceRequest<unknown>, "call" | "tags">, arn: string): Promise<boolean> {
  const { TagDescriptions } = await request.call("elbv2", "DescribeTags", { ResourceArns: [arn] });
  return tagsTell(request, TagDescriptions?.[0]?.Tags ?? []);
}

export function unlessGone(error: unknown): undefined {
  if (error instanceof AwsError && error.code.endsWith("NotFound")) return undefined;
  throw error;
}
