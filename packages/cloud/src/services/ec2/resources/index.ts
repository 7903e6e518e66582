/** The CloudFormation types that EC2 makes. */
import type { ResourceHandlers } from "../../../resource.ts";
import { eip, natGateway } from "./addresses.ts";
import { flowLog } from "./FlowLog.ts";
import { internetGateway, vpcGatewayAttachment } from "./gateways.ts";
import { route, routeTable, subnetRouteTableAssociation } from "./routing.ts";
import { securityGroupEgress, securityGroupIngress } from "./security-group-rules.ts";
import { securityGroup } from "./SecurityGroup.ts";
import { subnet } from "./Subnet.ts";
import { vpc } from "./VPC.ts";
import { vpcEndpoint } from "./VPCEndpoint.ts";
import { vpcPeeringConnection } from "./VPCPeeringConnection.ts";

export const ec2Resources: ResourceHandlers = {
  "AWS::EC2::EIP": eip,
  "AWS::EC2::FlowLog": flowLog,
  "AWS::EC2::InternetGateway": internetGateway,
  "AWS::EC2::NatGateway": natGateway,
  "AWS::EC2::Route": route,
  "AWS::EC2::RouteTable": routeTable,
  "AWS::EC2::SecurityGroup": securityGroup,
  "AWS::EC2::SecurityGroupEgress": securityGroupEgress,
  "AWS::EC2::SecurityGroupIngress": securityGroupIngress,
  "AWS::EC2::Subnet": subnet,
  "AWS::EC2::SubnetRouteTableAssociation": subnetRouteTableAssociation,
  "AWS::EC2::VPC": vpc,
  "AWS::EC2::VPCEndpoint": vpcEndpoint,
  "AWS::EC2::VPCGatewayAttachment": vpcGatewayAttachment,
  "AWS::EC2::VPCPeeringConnection": vpcPeeringConnection,
};
