/** The operations on customer gateways: the far ends of VPNs. They are recorded. */
import type { CustomerGateway } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { parseAddress } from "../cidr.ts";
import { describe } from "../describe.ts";
import { invalidParameterValue, missingParameter } from "../errors.ts";
import type { Filters } from "../filters.ts";
import { newId } from "../ids.ts";
import { type CustomerGatewayRecord, customerGateways } from "../shelf.ts";
import { dropTags, putNew, tagsFrom, tagsOf } from "../tags.ts";

const defaultAsn = 65_000;
/** A deleted one is described for an hour. */
const rememberedMs = 3_600_000;
/** Those above it are answered as the extended number. */
const mostPlainAsn = 2_147_483_647;

const described = (context: OperationContext, gateway: CustomerGatewayRecord): CustomerGateway => ({
  CustomerGatewayId: gateway.id,
  State: gateway.deletedMs === undefined ? "available" : "deleted",
  Type: "ipsec.1",
  ...(gateway.asn > mostPlainAsn ? { BgpAsnExtended: `${gateway.asn}` } : { BgpAsn: `${gateway.asn}` }),
  ...(gateway.ipAddress !== undefined && { IpAddress: gateway.ipAddress }),
  ...(gateway.certificateArn !== undefined && { CertificateArn: gateway.certificateArn }),
  ...(gateway.deviceName !== undefined && { DeviceName: gateway.deviceName }),
  Tags: tagsOf(context, gateway.id),
});

export const createCustomerGateway = operation("ec2", "CreateCustomerGateway", (input, context) => {
  if (input.Type !== "ipsec.1") throw invalidParameterValue(`Value (${String(input.Type)}) for parameter type is invalid.`);
  const ipAddress = input.IpAddress ?? input.PublicIp;
  if (ipAddress === undefined && input.CertificateArn === undefined) throw missingParameter("IpAddress or CertificateArn");
  if (ipAddress !== undefined && !parseAddress(ipAddress))
    throw invalidParameterValue(`Value (${ipAddress}) for parameter ipAddress is invalid. Invalid IP address.`);
  const asn = input.BgpAsnExtended ?? input.BgpAsn ?? defaultAsn;
  if (asn < 1 || asn > 4_294_967_294) throw invalidParameterValue(`Value (${asn}) for parameter bgpAsn is invalid.`);
  const alike = customerGateways(context)
    .list()
    .find(
      (one) => one.deletedMs === undefined && one.ipAddress === ipAddress && one.asn === asn && one.certificateArn === input.CertificateArn,
    );
  // The same device again is the same gateway.
  if (alike) return { CustomerGateway: described(context, alike) };
  const tags = tagsFrom(input, "customer-gateway");
  const gateway: CustomerGatewayRecord = {
    id: newId(context, "cgw"),
    asn,
    ...(ipAddress !== undefined && { ipAddress }),
    ...(input.CertificateArn !== undefined && { certificateArn: input.CertificateArn }),
    ...(input.DeviceName !== undefined && { deviceName: input.DeviceName }),
  };
  customerGateways(context).put(gateway);
  putNew(context, gateway.id, tags, input);
  return { CustomerGateway: described(context, gateway) };
});

const filters: Filters<CustomerGateway> = {
  "bgp-asn": (one) => one.BgpAsn ?? one.BgpAsnExtended,
  "customer-gateway-id": (one) => one.CustomerGatewayId,
  "ip-address": (one) => one.IpAddress,
  state: (one) => one.State,
  type: (one) => one.Type,
};

export const describeCustomerGateways = operation("ec2", "DescribeCustomerGateways", (input, context) => {
  const now = context.cloud.world.clock.nowMs();
  for (const one of customerGateways(context).list())
    if ((one.deletedMs ?? Infinity) + rememberedMs < now) {
      customerGateways(context).delete(one.id);
      dropTags(context, one.id);
    }
  const { items } = describe(
    customerGateways(context),
    input.CustomerGatewayIds,
    { Filters: input.Filters },
    (gateway) => described(context, gateway),
    filters,
    "customerGatewayIds",
  );
  return { CustomerGateways: items };
});

export const deleteCustomerGateway = operation("ec2", "DeleteCustomerGateway", (input, context) => {
  const gateway = customerGateways(context).must(input.CustomerGatewayId!);
  if (gateway.deletedMs !== undefined)
    throw new AwsError("InvalidCustomerGatewayID.NotFound", `The customerGateway ID '${gateway.id}' does not exist`);
  customerGateways(context).put({ ...gateway, deletedMs: context.cloud.world.clock.nowMs() });
  return {};
});
