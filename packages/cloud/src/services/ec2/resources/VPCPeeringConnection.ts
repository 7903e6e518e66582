/** AWS::EC2::VPCPeeringConnection: asked for and accepted, also in another region; AWS's handler accepts it, too, where both sides are of one account. */
import { AwsError } from "../../../aws-error.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { gone, madeEarlier, retag, stamped } from "./tagging.ts";

type Request = ResourceRequest<ResourceProperties["AWS::EC2::VPCPeeringConnection"]>;

const oneAccount = "the embedded cloud has one account";

export const vpcPeeringConnection = resource("AWS::EC2::VPCPeeringConnection", {
  coverage: {
    real: ["PeerOwnerId", "PeerRegion", "PeerVpcId", "Tags", "VpcId"],
    refused: { AssumeRoleRegion: oneAccount, PeerRoleArn: oneAccount },
    note: "Kept, accepted and described in both regions; local tasks reach each other without it.",
  },
  async create(request) {
    const { properties, call } = request;
    const { VpcId, PeerVpcId, PeerOwnerId, PeerRegion } = properties;
    const id =
      madeEarlier(request) ??
      (
        await call(
          "ec2",
          "CreateVpcPeeringConnection",
          stamped(request, "vpc-peering-connection", {
            VpcId,
            PeerVpcId,
            ...(PeerOwnerId !== undefined && { PeerOwnerId }),
            ...(PeerRegion !== undefined && { PeerRegion }),
          }),
        )
      ).VpcPeeringConnection!.VpcPeeringConnectionId!;
    const status = await statusOf(request, id);
    if (status?.Code === "failed") throw new AwsError("NotStabilized", `VPC peering connection ${id}: ${status.Message}`);
    if (status?.Code === "pending-acceptance") {
      await request.callIn(PeerRegion ?? request.region)("ec2", "AcceptVpcPeeringConnection", { VpcPeeringConnectionId: id });
    }
    return made(id);
  },
  async update(request) {
    await retag(request, request.physicalId);
    return made(request.physicalId);
  },
  async delete(request) {
    await gone(async () => {
      const status = await statusOf(request, request.physicalId);
      if (status?.Code !== "active" && status?.Code !== "pending-acceptance") return;
      await request.call("ec2", "DeleteVpcPeeringConnection", { VpcPeeringConnectionId: request.physicalId });
    });
  },
});

async function statusOf({ call }: Pick<Request, "call">, id: string) {
  const { VpcPeeringConnections = [] } = await call("ec2", "DescribeVpcPeeringConnections", { VpcPeeringConnectionIds: [id] });
  return VpcPeeringConnections[0]?.Status;
}

const made = (id: string): Made => ({ physicalId: id, attributes: { Id: id } });
