/** The tags of zones and health checks, brought to what a template says now. */
import type { Call } from "../../../service.ts";

interface Tag {
  Key: string;
  Value: string;
}

export async function retag(
  call: Call,
  ResourceType: "hostedzone" | "healthcheck",
  ResourceId: string,
  wanted: readonly Tag[],
  previous: readonly Tag[] = [],
): Promise<void> {
  const gone = previous.map(({ Key }) => Key).filter((key) => !key.startsWith("aws:") && !wanted.some(({ Key }) => Key === key));
  if (wanted.length === 0 && gone.length === 0) return;
  await call("route53", "ChangeTagsForResource", {
    ResourceType,
    ResourceId,
    ...(wanted.length > 0 && { AddTags: [...wanted] }),
    ...(gone.length > 0 && { RemoveTagKeys: gone }),
  });
}
