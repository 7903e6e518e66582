/** Services on App Runner whose calls all go into the network, through subnets that lead nowhere, or through groups that let nothing out. */
import type { Diagnosis, Finding, StageResource } from "../diagnosis.ts";
import type { Aws } from "../../aws.ts";

export const connectorWithoutWayOut: Diagnosis = {
  title: "connectors of App Runner lead out of their subnets",
  async look({ aws, resources, options }) {
    const connectors = resources.filter(({ type }) => type === "AWS::AppRunner::VpcConnector");
    return (await Promise.all(connectors.map((one) => examine(aws.in(one.region), one, options)))).flat();
  },
};

async function examine(aws: Aws, { logicalId, physicalId, stack }: StageResource, options: string): Promise<Finding[]> {
  const { VpcConnector } = await aws.call("apprunner", "DescribeVpcConnector", { VpcConnectorArn: physicalId });
  const subnets = VpcConnector?.Subnets ?? [];
  const groups = VpcConnector?.SecurityGroups ?? [];
  const [{ RouteTables = [] }, { SecurityGroups = [] }] = await Promise.all([
    aws.call("ec2", "DescribeRouteTables", { Filters: [{ Name: "association.subnet-id", Values: subnets }] }),
    aws.call("ec2", "DescribeSecurityGroups", { Filters: [{ Name: "group-id", Values: groups }] }),
  ]);
  const routeless = subnets.filter(
    (subnet) =>
      !RouteTables.some(
        ({ Associations = [], Routes = [] }) =>
          Associations.some(({ SubnetId }) => SubnetId === subnet) &&
          Routes.some(
            ({ DestinationCidrBlock, NatGatewayId, TransitGatewayId, NetworkInterfaceId, State }) =>
              DestinationCidrBlock === "0.0.0.0/0" &&
              State !== "blackhole" &&
              (NatGatewayId ?? TransitGatewayId ?? NetworkInterfaceId) !== undefined,
          ),
      ),
  );
  const closed = SecurityGroups.every(({ IpPermissionsEgress = [] }) =>
    IpPermissionsEgress.every(({ IpProtocol }) => IpProtocol === "icmp"),
  );
  const found: Finding[] = [];
  const finding = (symptom: string, cause: string, remedy: string, evidence: string[]) =>
    found.push({ severity: "error", subject: logicalId, symptom, cause, remedy, evidence });
  if (routeless.length > 0) {
    finding(
      "lies in subnets without a way out",
      "All calls of a service on App Runner go through its connector: without a NAT gateway behind it they reach nothing outside of the network.",
      `Give the vpc natGateways: 1 in plinth.config.ts, or put back the route that somebody took away, and plinth deploy${options}`,
      [`${stack}: no route to 0.0.0.0/0 from ${routeless.join(", ")}`],
    );
  }
  if (closed) {
    finding(
      "lets no call out",
      "The security groups of the connector have no rule for traffic that goes out: connections to the database time out.",
      `Name the database in the service's env, or put back the rules that somebody took away, and plinth deploy${options}`,
      [`${stack}: no rule for outgoing traffic in ${groups.join(", ")}`],
    );
  }
  return found;
}
