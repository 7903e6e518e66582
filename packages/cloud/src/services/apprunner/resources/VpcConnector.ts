/** AWS::AppRunner::VpcConnector: every change makes another. */
import { AwsError } from "../../../aws-error.ts";
import { type Made, resource } from "../../../resource.ts";
import { withOrigin } from "../../../runtime/system-tags.ts";
import { vpcConnectors } from "../vpc-connector.ts";
import { ownTags } from "./stack-tags.ts";

const made = (arn: string): Made => ({ physicalId: arn, attributes: { VpcConnectorArn: arn, VpcConnectorRevision: 1 } });

export const vpcConnector = resource("AWS::AppRunner::VpcConnector", {
  coverage: {
    real: ["Subnets", "Tags", "VpcConnectorName"],
    recorded: ["SecurityGroups"],
    note: "It has an interface in each subnet; rules of its groups do not hold calls back.",
  },
  async create(request) {
    const { Subnets, SecurityGroups, VpcConnectorName: name, Tags } = request.properties;
    const { own, system } = ownTags(request, Tags);
    const input = {
      VpcConnectorName: name ?? request.physicalName(40),
      Subnets,
      ...(SecurityGroups && { SecurityGroups }),
      Tags: own,
    };
    const { VpcConnector } = await request.call(
      "apprunner",
      "CreateVpcConnector",
      withOrigin(input, { tags: system, token: request.token }),
    );
    return made(VpcConnector!.VpcConnectorArn!);
  },
  async delete({ call, physicalId }) {
    try {
      await call("apprunner", "DeleteVpcConnector", { VpcConnectorArn: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
    }
  },
  async find({ cloud, account, region, token }) {
    const found = vpcConnectors({ cloud, account, region }).find((each) => each.token === token);
    return found && made(found.arn);
  },
});
