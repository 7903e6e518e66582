/** The tags that a stack gives: the caller's own, and CloudFormation's. */
import type { ResourceRequest } from "../../../resource.ts";
import { splitTags } from "../../../runtime/system-tags.ts";

export const ownTags = ({ tags }: Pick<ResourceRequest<unknown>, "tags">, given: readonly { Key?: string; Value?: string }[] | undefined) =>
  splitTags(
    tags,
    (given ?? []).map(({ Key = "", Value = "" }) => ({ Key, Value })),
  );
