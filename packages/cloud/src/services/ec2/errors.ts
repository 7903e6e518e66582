/** EC2's errors: its codes, its words. */
import { AwsError } from "../../aws-error.ts";

export const dryRunOperation = () => new AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
export const dependencyViolation = (message: string) => new AwsError("DependencyViolation", message);
export const missingParameter = (name: string) => new AwsError("MissingParameter", `The request must contain the parameter ${name}`);
export const invalidParameterValue = (message: string) => new AwsError("InvalidParameterValue", message);
export const invalidParameterCombination = (message: string) => new AwsError("InvalidParameterCombination", message);
export const invalidParameter = (message: string) => new AwsError("InvalidParameter", message);
export const operationNotPermitted = (message: string) => new AwsError("OperationNotPermitted", message);
export const alreadyAssociated = (message: string) => new AwsError("Resource.AlreadyAssociated", message);

/** A CIDR block that is not one, in the parameter `name`. */
export const notACidrBlock = (cidr: string, name: string) =>
  invalidParameterValue(`Value (${cidr}) for parameter ${name} is invalid. This is not a valid CIDR block.`);

/** How EC2 says, of each kind of id, that there is none, and that it is not such an id at all. */
const kinds = {
  // Of VPCs and subnets even what is no id at all is only not there.
  vpc: ["InvalidVpcID.NotFound", (id: string) => `The vpc ID '${id}' does not exist`],
  subnet: ["InvalidSubnetID.NotFound", (id: string) => `The subnet ID '${id}' does not exist`],
  rtb: ["InvalidRouteTableID.NotFound", (id: string) => `The routeTable ID '${id}' does not exist`, "InvalidRouteTableId.Malformed"],
  rtbassoc: [
    "InvalidAssociationID.NotFound",
    (id: string) => `The association ID '${id}' does not exist`,
    "InvalidAssociationID.Malformed",
  ],
  igw: [
    "InvalidInternetGatewayID.NotFound",
    (id: string) => `The internetGateway ID '${id}' does not exist`,
    "InvalidInternetGatewayId.Malformed",
  ],
  nat: ["NatGatewayNotFound", (id: string) => `NAT gateway ${id} was not found`, "NatGatewayMalformed"],
  sg: ["InvalidGroup.NotFound", (id: string) => `The security group '${id}' does not exist`, "InvalidGroupId.Malformed"],
  sgr: [
    "InvalidSecurityGroupRuleId.NotFound",
    (id: string) => `The security group rule ID '${id}' does not exist`,
    "InvalidSecurityGroupRuleId.Malformed",
  ],
  eni: [
    "InvalidNetworkInterfaceID.NotFound",
    (id: string) => `The networkInterface ID '${id}' does not exist`,
    "InvalidNetworkInterfaceId.Malformed",
  ],
  "eni-attach": [
    "InvalidAttachmentID.NotFound",
    (id: string) => `The networkInterfaceAttachment ID '${id}' does not exist`,
    "InvalidAttachmentID.Malformed",
  ],
  acl: ["InvalidNetworkAclID.NotFound", (id: string) => `The networkAcl ID '${id}' does not exist`, "InvalidNetworkAclId.Malformed"],
  aclassoc: [
    "InvalidAssociationID.NotFound",
    (id: string) => `The association ID '${id}' does not exist`,
    "InvalidAssociationID.Malformed",
  ],
  dopt: ["InvalidDhcpOptionID.NotFound", (id: string) => `The dhcpOption ID '${id}' does not exist`, "InvalidDhcpOptionsId.Malformed"],
  vpce: ["InvalidVpcEndpointId.NotFound", (id: string) => `The Vpc Endpoint Id '${id}' does not exist`, "InvalidVpcEndpointId.Malformed"],
  fl: [
    "InvalidFlowLogId.NotFound",
    (id: string) => `These flow log ids in the input list are not found: [TotalCount: 1] ${id}`,
    "InvalidFlowLogId.Malformed",
  ],
  key: ["InvalidKeyPair.NotFound", (id: string) => `The key pair ID '${id}' does not exist`, "InvalidKeyPairId.Malformed"],
  pcx: [
    "InvalidVpcPeeringConnectionID.NotFound",
    (id: string) => `The vpcPeeringConnection ID '${id}' does not exist`,
    "InvalidVpcPeeringConnectionId.Malformed",
  ],
  eigw: [
    "InvalidGatewayID.NotFound",
    (id: string) => `The gateway ID '${id}' does not exist`,
    "InvalidEgressOnlyInternetGatewayId.Malformed",
  ],
  vgw: ["InvalidVpnGatewayID.NotFound", (id: string) => `The vpnGateway ID '${id}' does not exist`, "InvalidVpnGatewayID.Malformed"],
  cgw: [
    "InvalidCustomerGatewayID.NotFound",
    (id: string) => `The customerGateway ID '${id}' does not exist`,
    "InvalidCustomerGatewayId.Malformed",
  ],
  i: ["InvalidInstanceID.NotFound", (id: string) => `The instance ID '${id}' does not exist`, "InvalidInstanceID.Malformed"],
  vol: ["InvalidVolume.NotFound", (id: string) => `The volume '${id}' does not exist.`, "InvalidVolumeID.Malformed"],
  eipalloc: ["InvalidAllocationID.NotFound", (id: string) => `The allocation ID '${id}' does not exist`, "InvalidAllocationID.Malformed"],
  eipassoc: [
    "InvalidAssociationID.NotFound",
    (id: string) => `The association ID '${id}' does not exist`,
    "InvalidAssociationID.Malformed",
  ],
  pl: ["InvalidPrefixListID.NotFound", (id: string) => `The prefix list ID '${id}' does not exist`, "InvalidPrefixListId.Malformed"],
} as const;

export type IdPrefix = keyof typeof kinds;

/** `InvalidVpcID.NotFound` and its like; `….Malformed` when the id does not even begin as such ids do. */
export function notFound(prefix: IdPrefix, id: string): AwsError {
  const [code, message, malformed] = kinds[prefix];
  if (malformed !== undefined && !id.startsWith(`${prefix}-`))
    return new AwsError(malformed, `Invalid id: "${id}" (expecting "${prefix}-...")`);
  return new AwsError(code, message(id));
}
