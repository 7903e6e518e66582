/** The operations on internet gateways. */
import type { InternetGateway } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { describe } from "../describe.ts";
import { alreadyAssociated, dependencyViolation, invalidParameterValue } from "../errors.ts";
import type { Filters } from "../filters.ts";
import { newId } from "../ids.ts";
import { addresses, type InternetGatewayRecord, internetGateways, networkInterfaces, vpcs } from "../shelf.ts";
import { dropTags, putNew, tagsFrom, tagsOf } from "../tags.ts";

const described = (context: OperationContext, gateway: InternetGatewayRecord): InternetGateway => ({
  InternetGatewayId: gateway.id,
  OwnerId: context.account,
  // `available` is what AWS answers for an internet gateway, though the SDK's types list the states of other attachments.
  Attachments: gateway.vpcId === undefined ? [] : [{ VpcId: gateway.vpcId, State: "available" as "attached" }],
  Tags: tagsOf(context, gateway.id),
});

export const createInternetGateway = operation("ec2", "CreateInternetGateway", (input, context) => {
  const tags = tagsFrom(input, "internet-gateway");
  const gateway = { id: newId(context, "igw") };
  internetGateways(context).put(gateway);
  putNew(context, gateway.id, tags, input);
  return { InternetGateway: described(context, gateway) };
});

const filters: Filters<InternetGateway> = {
  "attachment.state": (gateway) => gateway.Attachments?.map((one) => one.State),
  "attachment.vpc-id": (gateway) => gateway.Attachments?.map((one) => one.VpcId),
  "internet-gateway-id": (gateway) => gateway.InternetGatewayId,
  "owner-id": (gateway) => gateway.OwnerId,
};

export const describeInternetGateways = operation("ec2", "DescribeInternetGateways", (input, context) => {
  const { items, ...rest } = describe(
    internetGateways(context),
    input.InternetGatewayIds,
    input,
    (gateway) => described(context, gateway),
    filters,
    "internetGatewayIds",
  );
  return { InternetGateways: items, ...rest };
});

export const attachInternetGateway = operation("ec2", "AttachInternetGateway", (input, context) => {
  const gateway = internetGateways(context).must(input.InternetGatewayId);
  const vpc = vpcs(context).must(input.VpcId);
  if (gateway.vpcId !== undefined) throw alreadyAssociated(`resource ${gateway.id} is already attached to network ${gateway.vpcId}`);
  const other = internetGateways(context)
    .list()
    .find(({ vpcId }) => vpcId === vpc.id);
  if (other) throw invalidParameterValue(`Network ${vpc.id} already has an internet gateway attached`);
  internetGateways(context).put({ ...gateway, vpcId: vpc.id });
  return {};
});

export const detachInternetGateway = operation("ec2", "DetachInternetGateway", (input, context) => {
  const gateway = internetGateways(context).must(input.InternetGatewayId);
  const vpc = vpcs(context).must(input.VpcId);
  if (gateway.vpcId !== vpc.id) throw new AwsError("Gateway.NotAttached", `resource ${gateway.id} is not attached to network ${vpc.id}`);
  const mapped =
    addresses(context)
      .list()
      .some(({ networkInterfaceId }) => networkInterfaceId && networkInterfaces(context).get(networkInterfaceId)?.vpcId === vpc.id) ||
    networkInterfaces(context)
      .list()
      .some((one) => one.vpcId === vpc.id && one.privateIps.some(({ association }) => association));
  if (mapped)
    throw dependencyViolation(
      `Network ${vpc.id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
    );
  internetGateways(context).put({ id: gateway.id });
  return {};
});

export const deleteInternetGateway = operation("ec2", "DeleteInternetGateway", (input, context) => {
  const gateway = internetGateways(context).must(input.InternetGatewayId);
  if (gateway.vpcId !== undefined) throw dependencyViolation(`The internetGateway '${gateway.id}' has dependencies and cannot be deleted.`);
  internetGateways(context).delete(gateway.id);
  dropTags(context, gateway.id);
  return {};
});
