/** The operations on egress-only internet gateways, which IPv6 leaves by. */
import type { EgressOnlyInternetGateway } from "@aws-sdk/client-ec2";
import { type OperationContext, operation } from "../../../service.ts";
import { describe } from "../describe.ts";
import { newId } from "../ids.ts";
import { type EgressOnlyGatewayRecord, egressOnlyGateways, vpcs } from "../shelf.ts";
import { dropTags, putNew, tagsFrom, tagsOf } from "../tags.ts";

const described = (context: OperationContext, gateway: EgressOnlyGatewayRecord): EgressOnlyInternetGateway => ({
  EgressOnlyInternetGatewayId: gateway.id,
  Attachments: [{ VpcId: gateway.vpcId, State: "attached" }],
  Tags: tagsOf(context, gateway.id),
});

export const createEgressOnlyInternetGateway = operation("ec2", "CreateEgressOnlyInternetGateway", (input, context) => {
  const { ClientToken: clientToken } = input;
  const token = clientToken === undefined ? {} : { ClientToken: clientToken };
  const earlier =
    clientToken &&
    egressOnlyGateways(context)
      .list()
      .find((one) => one.clientToken === clientToken);
  if (earlier) return { EgressOnlyInternetGateway: described(context, earlier), ...token };
  const vpc = vpcs(context).must(input.VpcId!);
  const tags = tagsFrom(input, "egress-only-internet-gateway");
  const gateway = { id: newId(context, "eigw"), vpcId: vpc.id, ...(clientToken !== undefined && { clientToken }) };
  egressOnlyGateways(context).put(gateway);
  putNew(context, gateway.id, tags, input);
  return { EgressOnlyInternetGateway: described(context, gateway), ...token };
});

export const describeEgressOnlyInternetGateways = operation("ec2", "DescribeEgressOnlyInternetGateways", (input, context) => {
  const { items, ...rest } = describe(
    egressOnlyGateways(context),
    input.EgressOnlyInternetGatewayIds,
    input,
    (gateway) => described(context, gateway),
    {},
    "egressOnlyInternetGatewayIds",
  );
  return { EgressOnlyInternetGateways: items, ...rest };
});

export const deleteEgressOnlyInternetGateway = operation("ec2", "DeleteEgressOnlyInternetGateway", (input, context) => {
  const gateway = egressOnlyGateways(context).must(input.EgressOnlyInternetGatewayId!);
  egressOnlyGateways(context).delete(gateway.id);
  dropTags(context, gateway.id);
  return { ReturnCode: true };
});
