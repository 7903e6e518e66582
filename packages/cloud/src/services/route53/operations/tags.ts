/** Tags of hosted zones and health checks. */
import type { Tag } from "@aws-sdk/client-route-53";
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { invalidInput } from "../errors.ts";
import { healthChecks, requireHealthCheck } from "../health-checks.ts";
import { bareId, everywhere, requireZone, zones } from "../zones.ts";

const mostTags = 50;

function tagsOf(cloud: Cloud, type: string, id: string): Record<string, string> {
  checkConstraints("InvalidInput", { resourceType: [type, { enum: ["healthcheck", "hostedzone"] }] });
  return (type === "hostedzone" ? requireZone(cloud, id) : requireHealthCheck(cloud, id)).tags;
}

export const changeTagsForResource = operation("route53", "ChangeTagsForResource", (input, { cloud }) => {
  const { ResourceType: type, ResourceId: id, AddTags: added = [], RemoveTagKeys: removed = [] } = input;
  const tags = { ...tagsOf(cloud, type, id) };
  if (added.length === 0 && removed.length === 0) throw invalidInput("At least one of AddTags and RemoveTagKeys must be given.");
  for (const key of removed) if (!key.startsWith("aws:")) delete tags[key];
  for (const { Key = "", Value = "" } of added) {
    checkConstraints("InvalidInput", {
      "addTags.member.key": [Key, { length: [1, 128] }],
      "addTags.member.value": [Value, { length: [0, 256] }],
    });
    if (Key.startsWith("aws:")) throw invalidInput("Tag keys that begin with aws: are reserved.");
    tags[Key] = Value;
  }
  if (Object.keys(tags).filter((key) => !key.startsWith("aws:")).length > mostTags)
    throw new AwsError("InvalidInput", `A resource can have at most ${mostTags} tags.`);
  if (type === "hostedzone") zones(cloud).put(everywhere, bareId(id), { ...requireZone(cloud, id), tags });
  else healthChecks(cloud).put(everywhere, bareId(id), { ...requireHealthCheck(cloud, id), tags });
  return {};
});

const describe = (type: string, id: string, tags: Readonly<Record<string, string>>) => ({
  ResourceType: type as "hostedzone",
  ResourceId: bareId(id),
  Tags: Object.entries(tags).map(([Key, Value]): Tag => ({ Key, Value })),
});

export const listTagsForResource = operation("route53", "ListTagsForResource", ({ ResourceType, ResourceId }, { cloud }) => ({
  ResourceTagSet: describe(ResourceType, ResourceId, tagsOf(cloud, ResourceType, ResourceId)),
}));

export const listTagsForResources = operation("route53", "ListTagsForResources", ({ ResourceType, ResourceIds }, { cloud }) => {
  checkConstraints("InvalidInput", { resourceIds: [ResourceIds, { length: [1, 10] }] });
  return { ResourceTagSets: ResourceIds.map((id) => describe(ResourceType, id, tagsOf(cloud, ResourceType, id))) };
});
