/** The operations on DHCP options. They are kept and described; tasks resolve names by the machine's own resolver. */
import type { DhcpOptions } from "@aws-sdk/client-ec2";
import { type OperationContext, operation } from "../../../service.ts";
import { describe } from "../describe.ts";
import { dependencyViolation, invalidParameterValue, missingParameter } from "../errors.ts";
import type { Filters } from "../filters.ts";
import { newId } from "../ids.ts";
import { dhcpOptions, type DhcpOptionsRecord, vpcs } from "../shelf.ts";
import { dropTags, putNew, tagsFrom, tagsOf } from "../tags.ts";

const keys = [
  "domain-name",
  "domain-name-servers",
  "ntp-servers",
  "netbios-name-servers",
  "netbios-node-type",
  "ipv6-address-preferred-lease-time",
];

const described = (context: OperationContext, one: DhcpOptionsRecord): DhcpOptions => ({
  DhcpOptionsId: one.id,
  OwnerId: context.account,
  DhcpConfigurations: one.configurations,
  Tags: tagsOf(context, one.id),
});

export const createDhcpOptions = operation("ec2", "CreateDhcpOptions", (input, context) => {
  const configurations = (input.DhcpConfigurations ?? []).map(({ Key: key, Values: values }) => {
    if (key === undefined || !keys.includes(key))
      throw invalidParameterValue(`Value (${key ?? ""}) for parameter name is invalid. Unknown DHCP option`);
    if (key === "netbios-node-type" && !["1", "2", "4", "8"].includes(values?.[0] ?? ""))
      throw invalidParameterValue(`Value (${values?.join(", ") ?? ""}) for parameter value is invalid. Invalid NetBIOS node type.`);
    if (key.endsWith("servers") && (values?.length ?? 0) > 4)
      throw invalidParameterValue(`Value (${values!.join(", ")}) for parameter value is invalid. At most four servers can be given.`);
    return { Key: key, Values: (values ?? []).map((Value) => ({ Value })) };
  });
  if (configurations.length === 0) throw missingParameter("dhcpConfiguration");
  const tags = tagsFrom(input, "dhcp-options");
  const record = { id: newId(context, "dopt"), configurations };
  dhcpOptions(context).put(record);
  putNew(context, record.id, tags, input);
  return { DhcpOptions: described(context, record) };
});

const filters: Filters<DhcpOptions> = {
  "dhcp-options-id": (one) => one.DhcpOptionsId,
  key: (one) => one.DhcpConfigurations?.map(({ Key }) => Key),
  "owner-id": (one) => one.OwnerId,
  value: (one) => one.DhcpConfigurations?.flatMap(({ Values }) => Values?.map(({ Value }) => Value) ?? []),
};

export const describeDhcpOptions = operation("ec2", "DescribeDhcpOptions", (input, context) => {
  const { items, ...rest } = describe(
    dhcpOptions(context),
    input.DhcpOptionsIds,
    input,
    (one) => described(context, one),
    filters,
    "dhcpOptionsIds",
  );
  return { DhcpOptions: items, ...rest };
});

export const associateDhcpOptions = operation("ec2", "AssociateDhcpOptions", (input, context) => {
  const vpc = vpcs(context).must(input.VpcId);
  const id = input.DhcpOptionsId === "default" ? "default" : dhcpOptions(context).must(input.DhcpOptionsId).id;
  vpcs(context).put({ ...vpc, dhcpOptionsId: id });
  return {};
});

export const deleteDhcpOptions = operation("ec2", "DeleteDhcpOptions", (input, context) => {
  const record = dhcpOptions(context).must(input.DhcpOptionsId);
  if (
    vpcs(context)
      .list()
      .some(({ dhcpOptionsId }) => dhcpOptionsId === record.id)
  )
    throw dependencyViolation(`The dhcpOptions '${record.id}' has dependencies and cannot be deleted.`);
  dhcpOptions(context).delete(record.id);
  dropTags(context, record.id);
  return {};
});
