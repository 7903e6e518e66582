/** The operations on tags. */
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { invalidParameterValue, missingParameter, notFound, type IdPrefix } from "../errors.ts";
import { filtered } from "../filters.ts";
import { page } from "../pages.ts";
import { allPrefixLists } from "../prefix-list.ts";
import {
  addresses,
  customerGateways,
  dhcpOptions,
  egressOnlyGateways,
  endpoints,
  flowLogs,
  internetGateways,
  keyPairs,
  natGateways,
  networkAcls,
  networkInterfaces,
  peeringConnections,
  routeTables,
  securityGroups,
  subnets,
  vpcs,
  vpnGateways,
} from "../shelf.ts";
import { checkedTags, putTags, resourceTypeOf, tagged, tagMapOf } from "../tags.ts";

const shelves = {
  vpc: vpcs,
  subnet: subnets,
  rtb: routeTables,
  igw: internetGateways,
  nat: natGateways,
  eipalloc: addresses,
  vpce: endpoints,
  sg: securityGroups,
  eni: networkInterfaces,
  acl: networkAcls,
  dopt: dhcpOptions,
  fl: flowLogs,
  key: keyPairs,
  pcx: peeringConnections,
  eigw: egressOnlyGateways,
  vgw: vpnGateways,
  cgw: customerGateways,
} as const;

/** Throws when there is no such resource to tag. */
function mustExist(context: OperationContext, id: string): void {
  const prefix = id.slice(0, id.lastIndexOf("-"));
  if (prefix in shelves) shelves[prefix as keyof typeof shelves](context).must(id);
  else if (prefix === "sgr") {
    if (
      !securityGroups(context)
        .list()
        .some(({ rules }) => rules.some((rule) => rule.SecurityGroupRuleId === id))
    )
      throw notFound("sgr", id);
  } else if (prefix === "pl") {
    if (!allPrefixLists(context).some((list) => list.id === id)) throw notFound("pl" satisfies IdPrefix, id);
  } else throw new AwsError("InvalidID", `The ID '${id}' is not valid`);
}

export const createTags = operation("ec2", "CreateTags", (input, context) => {
  if (!input.Resources?.length) throw missingParameter("resourceIdSet");
  if (!input.Tags?.length) throw missingParameter("tagSet");
  const tags = checkedTags(input.Tags);
  for (const id of input.Resources) mustExist(context, id);
  for (const id of input.Resources) {
    const all = { ...tagMapOf(context, id), ...tags };
    if (Object.keys(all).filter((key) => !key.startsWith("aws:")).length > 50)
      throw new AwsError("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.");
    putTags(context, id, all);
  }
  return {};
});

export const deleteTags = operation("ec2", "DeleteTags", (input, context) => {
  if (!input.Resources?.length) throw missingParameter("resourceIdSet");
  for (const { Key: key } of input.Tags ?? [])
    if (key?.toLowerCase().startsWith("aws:"))
      throw invalidParameterValue(
        `Value ( ${key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use`,
      );
  for (const id of input.Resources) {
    mustExist(context, id);
    const rest = Object.entries(tagMapOf(context, id)).filter(([key, value]) => {
      if (!input.Tags?.length) return key.startsWith("aws:");
      return !input.Tags.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value));
    });
    putTags(context, id, Object.fromEntries(rest));
  }
  return {};
});

export const describeTags = operation("ec2", "DescribeTags", (input, context) => {
  const all = tagged(context).flatMap(({ key: id, value }) =>
    Object.entries(value).map(([Key, Value]) => ({ ResourceId: id, ResourceType: resourceTypeOf(id) as "vpc", Key, Value })),
  );
  const found = filtered(
    all,
    input.Filters,
    {
      key: (tag) => tag.Key,
      value: (tag) => tag.Value,
      "resource-id": (tag) => tag.ResourceId,
      "resource-type": (tag) => tag.ResourceType,
    },
    (tag) => [tag],
  );
  const { items, ...rest } = page(found, input);
  return { Tags: items, ...rest };
});
