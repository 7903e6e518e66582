/** Tags of EC2's resources, kept apart from them under the resource's id. */
import type { Tag, TagSpecification } from "@aws-sdk/client-ec2";
import { AwsError } from "../../aws-error.ts";
import type { OperationContext } from "../../service.ts";
import { originOf } from "../../runtime/system-tags.ts";
import { invalidParameterValue } from "./errors.ts";

/** What a resource can be, by its id's prefix. */
export const resourceTypes: Readonly<Record<string, string>> = {
  vpc: "vpc",
  subnet: "subnet",
  rtb: "route-table",
  igw: "internet-gateway",
  nat: "natgateway",
  eipalloc: "elastic-ip",
  vpce: "vpc-endpoint",
  sg: "security-group",
  sgr: "security-group-rule",
  eni: "network-interface",
  acl: "network-acl",
  dopt: "dhcp-options",
  fl: "vpc-flow-log",
  pl: "prefix-list",
  key: "key-pair",
  pcx: "vpc-peering-connection",
  eigw: "egress-only-internet-gateway",
  vgw: "vpn-gateway",
  cgw: "customer-gateway",
};

export const resourceTypeOf = (id: string): string | undefined => resourceTypes[id.slice(0, id.lastIndexOf("-"))];

const kept = (context: Pick<OperationContext, "cloud">) => context.cloud.store.collection<Record<string, string>>("ec2:tags");

type Place = Pick<OperationContext, "cloud" | "region">;

export const tagMapOf = (context: Place, id: string): Record<string, string> => kept(context).get(context.region, id) ?? {};

export const tagsOf = (context: Place, id: string): Tag[] => Object.entries(tagMapOf(context, id)).map(([Key, Value]) => ({ Key, Value }));

/** As the answer to the call that makes a thing has them: not at all where it brought none. */
export function newTags(context: Place, id: string): { Tags?: Tag[] } {
  const Tags = tagsOf(context, id);
  return Tags.length > 0 ? { Tags } : {};
}

/** Everything that is tagged in the region. */
export const tagged = (context: Place) => kept(context).entries(context.region);

export function putTags(context: Place, id: string, tags: Record<string, string>): void {
  if (Object.keys(tags).length === 0) kept(context).delete(context.region, id);
  else kept(context).put(context.region, id, tags);
}

/** Notes a new thing's tags, and which act of CloudFormation's made it. */
export function putNew(context: Place, id: string, tags: Record<string, string>, input: object): void {
  if (Object.keys(tags).length > 0) putTags(context, id, tags);
  const token = originOf(input)?.token;
  if (token === undefined) return;
  made(context).put(context.region, token, id);
  madeBy(context).put(context.region, id, token);
}

/** What an act of CloudFormation's made, when it stands. */
export const madeWith = (context: Place, token: string): string | undefined => made(context).get(context.region, token);

const made = (context: Pick<OperationContext, "cloud">) => context.cloud.store.collection<string>("ec2:made");
const madeBy = (context: Pick<OperationContext, "cloud">) => context.cloud.store.collection<string>("ec2:made-by");

/** Forgets what `id` was tagged with and who made it, when it goes. */
export function dropTags(context: Place, id: string): void {
  kept(context).delete(context.region, id);
  const token = madeBy(context).get(context.region, id);
  if (token === undefined) return;
  madeBy(context).delete(context.region, id);
  made(context).delete(context.region, token);
}

/** Tags as a caller gives them, checked: at most 50, keys of 1–127 characters, values up to 255, none of AWS's own, none twice. */
export function checkedTags(tags: readonly Tag[]): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const { Key: key, Value: value } of tags) {
    if (key === undefined || key === "") throw new AwsError("MissingParameter", "The request must contain the parameter key");
    if (key.toLowerCase().startsWith("aws:"))
      throw invalidParameterValue(
        `Value ( ${key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use`,
      );
    if (key.length > 128) throw invalidParameterValue("Tag key exceeds the maximum length of 128 characters");
    if ((value ?? "").length > 256) throw invalidParameterValue("Tag value exceeds the maximum length of 256 characters");
    if (key in checked) throw invalidParameterValue(`Duplicate tag key '${key}' specified.`);
    checked[key] = value ?? "";
  }
  if (Object.keys(checked).length > 50)
    throw new AwsError("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.");
  return checked;
}

/** The tags that a create's `TagSpecifications` give to its `type` of resource, and the system's. */
export function tagsFrom(input: { TagSpecifications?: readonly TagSpecification[] | undefined }, type: string): Record<string, string> {
  const given = input.TagSpecifications ?? [];
  for (const { ResourceType, Tags } of given) {
    if (ResourceType === undefined) throw invalidParameterValue("Tag specification resource type must have a value");
    if (ResourceType !== type) throw invalidParameterValue(`'${ResourceType}' is not a valid taggable resource type for this operation.`);
    if (!Tags?.length) throw invalidParameterValue("Tag specification must have at least one tag");
  }
  if (given.length > 1) throw invalidParameterValue(`Tag specification resource type '${type}' can not be specified more than once`);
  return { ...checkedTags(given.flatMap(({ Tags }) => Tags ?? [])), ...originOf(input)?.tags };
}
