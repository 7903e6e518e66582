/** Entrances to AWS's services inside the network: gateways for S3 and DynamoDB, addresses of their own for the others. */
import type { Compilation } from "./compilation.ts";
import type { Origin } from "./origin.ts";
import { closedEgress, groupId } from "./closed-group.ts";
import type { Value } from "./value.ts";

const gatewayEndpoints = new Set(["s3", "dynamodb"]);

export function buildEndpoints(
  { draft, stem }: Compilation,
  {
    origin,
    endpoints,
    vpc,
    tables,
    subnets,
  }: { origin: Origin; endpoints: readonly string[]; vpc: Value; tables: readonly Value[]; subnets: readonly Value[] },
): { endpointGroup: Value | undefined; interfaceEndpoints: string[] } {
  const services = endpoints.flatMap((name) => (name === "ecr" ? ["ecr.api", "ecr.dkr"] : [name]));
  const id = (service: string): string =>
    `Endpoint${service
      .split(".")
      .map((word) => word[0]!.toUpperCase() + word.slice(1))
      .join("")}`;
  const serviceName = (service: string) => ({ "Fn::Sub": `com.amazonaws.\${AWS::Region}.${service}` });
  const interfaces = services.filter((service) => !gatewayEndpoints.has(service));
  for (const service of services.filter((name) => gatewayEndpoints.has(name))) {
    draft.add("network", id(service), origin, (here) => ({
      Type: "AWS::EC2::VPCEndpoint",
      Properties: {
        VpcId: here.take(vpc),
        VpcEndpointType: "Gateway",
        ServiceName: serviceName(service),
        RouteTableIds: tables.map((table) => here.take(table)),
      },
    }));
  }
  if (interfaces.length === 0) return { endpointGroup: undefined, interfaceEndpoints: [] };
  const group = draft.add("network", "EndpointSecurityGroup", origin, (here) => ({
    Type: "AWS::EC2::SecurityGroup",
    Properties: {
      GroupDescription: "Entrances to AWS services",
      VpcId: here.take(vpc),
      SecurityGroupEgress: closedEgress,
      Tags: [{ Key: "Name", Value: `${stem}-endpoints` }],
    },
  }));
  for (const service of interfaces) {
    draft.add("network", id(service), origin, (here) => ({
      Type: "AWS::EC2::VPCEndpoint",
      Properties: {
        VpcId: here.take(vpc),
        VpcEndpointType: "Interface",
        ServiceName: serviceName(service),
        PrivateDnsEnabled: true,
        SubnetIds: subnets.map((subnet) => here.take(subnet)),
        SecurityGroupIds: [here.take(group.attribute("GroupId", groupId))],
      },
    }));
  }
  return { endpointGroup: group.attribute("GroupId", groupId), interfaceEndpoints: interfaces };
}
