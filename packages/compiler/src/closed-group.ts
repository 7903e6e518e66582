/** A security group that lets nothing through by itself. */

/** The parameter type that hands a group on. */
export const groupId = "AWS::EC2::SecurityGroup::Id";

/**
 * Egress that lets nothing out: without any rule a group would allow all, which a rule of its own does not take away. All of ICMP to the
 * address that a VPC carries nothing to, for readers that take type and code for a range of ports.
 */
export const closedEgress = [
  { IpProtocol: "icmp", FromPort: -1, ToPort: -1, CidrIp: "255.255.255.255/32", Description: "Nothing leaves but by rules of their own" },
];
