/** The tags of what stacks make of EFS, brought to what the template says now. */
import type { ResourceRequest } from "../../../resource.ts";
import { splitTags } from "../../../runtime/system-tags.ts";

type Given = readonly { Key?: string; Value?: string }[] | undefined;

const whole = (tags: Given) => (tags ?? []).map(({ Key = "", Value = "" }) => ({ Key, Value }));

/** The caller's own tags of a template, and the stack's. */
export const ownTags = ({ tags }: Pick<ResourceRequest<unknown>, "tags">, given: Given) => splitTags(tags, whole(given));

export async function changeTags(
  request: Pick<ResourceRequest<unknown>, "tags" | "call">,
  id: string,
  before: Given,
  now: Given,
): Promise<void> {
  const { own } = ownTags(request, now);
  const gone = ownTags({ tags: {} }, before)
    .own.map(({ Key }) => Key)
    .filter((key) => !own.some(({ Key }) => Key === key));
  if (gone.length > 0) await request.call("efs", "UntagResource", { ResourceId: id, TagKeys: gone });
  if (own.length > 0) await request.call("efs", "TagResource", { ResourceId: id, Tags: own });
}
