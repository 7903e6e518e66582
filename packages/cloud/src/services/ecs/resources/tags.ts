/** Bringing a resource's tags from what the template said to what it says. */
import type { Call } from "../../../service.ts";

interface Tag {
  key: string;
  value: string;
}

export async function changeTags(call: Call, resourceArn: string, before: readonly Tag[], after: readonly Tag[]): Promise<void> {
  const kept = new Set(after.map(({ key }) => key));
  const gone = before.map(({ key }) => key).filter((key) => !kept.has(key));
  if (gone.length > 0) await call("ecs", "UntagResource", { resourceArn, tagKeys: gone });
  if (after.length > 0) await call("ecs", "TagResource", { resourceArn, tags: [...after] });
}
