/** AWS::EC2::InternetGateway and AWS::EC2::VPCGatewayAttachment. */
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { gone, madeEarlier, retag, stamped } from "./tagging.ts";

export const internetGateway = resource("AWS::EC2::InternetGateway", {
  coverage: { real: ["Tags"] },
  async create(request) {
    const id =
      madeEarlier(request) ??
      (await request.call("ec2", "CreateInternetGateway", stamped(request, "internet-gateway", {}))).InternetGateway!.InternetGatewayId!;
    return { physicalId: id, attributes: { InternetGatewayId: id } };
  },
  async update(request) {
    await retag(request, request.physicalId);
    return { physicalId: request.physicalId, attributes: { InternetGatewayId: request.physicalId } };
  },
  delete: ({ call, physicalId }) => gone(() => call("ec2", "DeleteInternetGateway", { InternetGatewayId: physicalId })),
});

type Attachment = ResourceProperties["AWS::EC2::VPCGatewayAttachment"];

const attached = (VpcId: string) => ({ physicalId: `IGW|${VpcId}`, attributes: { AttachmentType: "IGW" } });

/** Attaches, unless that was done before. */
async function attach({ call, properties: { InternetGatewayId, VpcId } }: ResourceRequest<Attachment>): Promise<void> {
  if (InternetGatewayId === undefined) throw new AwsError("ValidationError", "Either InternetGatewayId or VpnGatewayId must be specified.");
  const { InternetGateways } = await call("ec2", "DescribeInternetGateways", { InternetGatewayIds: [InternetGatewayId] });
  if (InternetGateways?.[0]?.Attachments?.some((one) => one.VpcId === VpcId)) return;
  await call("ec2", "AttachInternetGateway", { InternetGatewayId, VpcId });
}

export const vpcGatewayAttachment = resource("AWS::EC2::VPCGatewayAttachment", {
  coverage: { real: ["InternetGatewayId", "VpcId"], refused: { VpnGatewayId: "there are no VPN gateways in the embedded cloud" } },
  async create(request) {
    await attach(request);
    return attached(request.properties.VpcId);
  },
  async update(request) {
    const { InternetGatewayId, VpcId } = request.previous;
    if (InternetGatewayId !== undefined && InternetGatewayId !== request.properties.InternetGatewayId)
      await gone(() => request.call("ec2", "DetachInternetGateway", { InternetGatewayId, VpcId }));
    await attach(request);
    return attached(VpcId);
  },
  async delete({ call, properties: { InternetGatewayId, VpcId } }) {
    if (InternetGatewayId !== undefined) await gone(() => call("ec2", "DetachInternetGateway", { InternetGatewayId, VpcId }));
  },
});
