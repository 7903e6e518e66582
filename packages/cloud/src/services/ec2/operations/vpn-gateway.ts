/** The operations on virtual private gateways. They are recorded: no tunnel is built. */
import type { VpnGateway } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { describe } from "../describe.ts";
import { invalidParameterValue } from "../errors.ts";
import type { Filters } from "../filters.ts";
import { newId } from "../ids.ts";
import { routeTables, type VpnGatewayRecord, vpnGateways, vpcs } from "../shelf.ts";
import { dropTags, newTags, putNew, tagsFrom, tagsOf } from "../tags.ts";

const defaultAsn = 64_512;
/** A deleted one is described for an hour. */
const rememberedMs = 3_600_000;

const described = (context: OperationContext, gateway: VpnGatewayRecord): VpnGateway => ({
  VpnGatewayId: gateway.id,
  State: gateway.deletedMs === undefined ? "available" : "deleted",
  Type: "ipsec.1",
  AmazonSideAsn: gateway.asn,
  ...(gateway.zone !== undefined && { AvailabilityZone: gateway.zone }),
  VpcAttachments:
    gateway.vpcId !== undefined
      ? [{ VpcId: gateway.vpcId, State: "attached" }]
      : gateway.detachedVpcId !== undefined
        ? [{ VpcId: gateway.detachedVpcId, State: "detached" }]
        : [],
  Tags: tagsOf(context, gateway.id),
});

function standing(context: OperationContext, id: string): VpnGatewayRecord {
  const gateway = vpnGateways(context).must(id);
  if (gateway.deletedMs !== undefined) throw new AwsError("InvalidVpnGatewayID.NotFound", `The vpnGateway ID '${id}' does not exist`);
  return gateway;
}

export const createVpnGateway = operation("ec2", "CreateVpnGateway", (input, context) => {
  if (input.Type !== "ipsec.1") throw invalidParameterValue(`Value (${String(input.Type)}) for parameter type is invalid.`);
  const asn = input.AmazonSideAsn ?? defaultAsn;
  if (!((asn >= 64_512 && asn <= 65_534) || (asn >= 4_200_000_000 && asn <= 4_294_967_294)))
    throw invalidParameterValue(
      `Value (${asn}) for parameter amazon-side-asn is invalid. Amazon-side ASN must be in the range 64512-65534 or 4200000000-4294967294.`,
    );
  const tags = tagsFrom(input, "vpn-gateway");
  const gateway: VpnGatewayRecord = {
    id: newId(context, "vgw"),
    asn,
    ...(input.AvailabilityZone !== undefined && { zone: input.AvailabilityZone }),
  };
  vpnGateways(context).put(gateway);
  putNew(context, gateway.id, tags, input);
  const { Tags: _, ...made } = described(context, gateway);
  return { VpnGateway: { ...made, ...newTags(context, gateway.id) } };
});

const filters: Filters<VpnGateway> = {
  "amazon-side-asn": (one) => one.AmazonSideAsn,
  "attachment.state": (one) => one.VpcAttachments?.map(({ State }) => State),
  "attachment.vpc-id": (one) => one.VpcAttachments?.map(({ VpcId }) => VpcId),
  "availability-zone": (one) => one.AvailabilityZone,
  state: (one) => one.State,
  type: (one) => one.Type,
  "vpn-gateway-id": (one) => one.VpnGatewayId,
};

export const describeVpnGateways = operation("ec2", "DescribeVpnGateways", (input, context) => {
  const now = context.cloud.world.clock.nowMs();
  for (const one of vpnGateways(context).list())
    if ((one.deletedMs ?? Infinity) + rememberedMs < now) {
      vpnGateways(context).delete(one.id);
      dropTags(context, one.id);
    }
  const { items } = describe(
    vpnGateways(context),
    input.VpnGatewayIds,
    { Filters: input.Filters },
    (gateway) => described(context, gateway),
    filters,
    "vpnGatewayIds",
  );
  return { VpnGateways: items };
});

export const attachVpnGateway = operation("ec2", "AttachVpnGateway", (input, context) => {
  const gateway = standing(context, input.VpnGatewayId!);
  const vpc = vpcs(context).must(input.VpcId!);
  if (gateway.vpcId !== undefined && gateway.vpcId !== vpc.id)
    throw new AwsError("InvalidParameterValue", `The vpnGateway ID '${gateway.id}' is already attached to vpc '${gateway.vpcId}'`);
  const other = vpnGateways(context)
    .list()
    .find(({ id, vpcId }) => vpcId === vpc.id && id !== gateway.id);
  if (other) throw new AwsError("VpnGatewayAttachmentLimitExceeded", `The vpc ID '${vpc.id}' already has a vpnGateway attached`);
  const { detachedVpcId: _, ...rest } = gateway;
  vpnGateways(context).put({ ...rest, vpcId: vpc.id });
  return { VpcAttachment: { VpcId: vpc.id, State: "attaching" as const } };
});

export const detachVpnGateway = operation("ec2", "DetachVpnGateway", (input, context) => {
  const { vpcId, ...gateway } = standing(context, input.VpnGatewayId!);
  if (vpcId === undefined || vpcId !== input.VpcId)
    throw new AwsError(
      "InvalidVpnGatewayAttachment.NotFound",
      `The attachment with vpn gateway ID '${gateway.id}' and vpc ID '${input.VpcId}' does not exist`,
    );
  vpnGateways(context).put({ ...gateway, detachedVpcId: vpcId });
  for (const table of routeTables(context).list())
    if (table.propagatingGatewayIds?.includes(gateway.id))
      routeTables(context).put({ ...table, propagatingGatewayIds: table.propagatingGatewayIds.filter((id) => id !== gateway.id) });
  return {};
});

export const deleteVpnGateway = operation("ec2", "DeleteVpnGateway", (input, context) => {
  const gateway = standing(context, input.VpnGatewayId!);
  if (gateway.vpcId !== undefined)
    throw new AwsError("IncorrectState", `The vpnGateway '${gateway.id}' is attached to a VPC and cannot be deleted.`);
  vpnGateways(context).put({ ...gateway, deletedMs: context.cloud.world.clock.nowMs() });
  return {};
});

/** The table and the gateway, which must be of one VPC. */
function pair(context: OperationContext, tableId: string, gatewayId: string) {
  const table = routeTables(context).must(tableId);
  const gateway = standing(context, gatewayId);
  if (gateway.vpcId !== table.vpcId)
    throw new AwsError("Gateway.NotAttached", `Virtual Private Gateway ${gateway.id} is not attached to VPC ${table.vpcId}`);
  return { table, gateway };
}

export const enableVgwRoutePropagation = operation("ec2", "EnableVgwRoutePropagation", (input, context) => {
  const { table, gateway } = pair(context, input.RouteTableId!, input.GatewayId!);
  routeTables(context).put({ ...table, propagatingGatewayIds: [...new Set([...(table.propagatingGatewayIds ?? []), gateway.id])] });
  return {};
});

export const disableVgwRoutePropagation = operation("ec2", "DisableVgwRoutePropagation", (input, context) => {
  const table = routeTables(context).must(input.RouteTableId!);
  const gateway = vpnGateways(context).must(input.GatewayId!);
  routeTables(context).put({ ...table, propagatingGatewayIds: (table.propagatingGatewayIds ?? []).filter((id) => id !== gateway.id) });
  return {};
});
