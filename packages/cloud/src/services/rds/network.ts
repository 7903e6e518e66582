/** What an instance needs of the network: the subnets of its group, by EC2's own answers. */
import { AwsError } from "../../aws-error.ts";
import type { OperationContext } from "../../service.ts";
import { invalidSubnets } from "./errors.ts";

export interface SubnetPlace {
  id: string;
  zone: string;
  vpc: string;
}

/** Throws InvalidSubnet unless every one exists and all are in one VPC. */
export async function subnetPlaces({ call }: Pick<OperationContext, "call">, ids: readonly string[]): Promise<SubnetPlace[]> {
  let found;
  try {
    found = await call("ec2", "DescribeSubnets", { SubnetIds: [...ids] });
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith("InvalidSubnetI")) throw invalidSubnets(ids);
    throw error;
  }
  const places = (found.Subnets ?? []).map((subnet) => ({ id: subnet.SubnetId!, zone: subnet.AvailabilityZone!, vpc: subnet.VpcId! }));
  if (places.length < new Set(ids).size || new Set(places.map(({ vpc }) => vpc)).size > 1) throw invalidSubnets(ids);
  return places;
}

/** The subnets of the region's default VPC; none where it has no default VPC. */
export async function defaultPlaces({ call }: Pick<OperationContext, "call">): Promise<SubnetPlace[]> {
  const { Vpcs: [vpc] = [] } = await call("ec2", "DescribeVpcs", { Filters: [{ Name: "is-default", Values: ["true"] }] });
  if (!vpc) return [];
  const { Subnets: subnets = [] } = await call("ec2", "DescribeSubnets", { Filters: [{ Name: "vpc-id", Values: [vpc.VpcId!] }] });
  return subnets.map((subnet) => ({ id: subnet.SubnetId!, zone: subnet.AvailabilityZone!, vpc: vpc.VpcId! }));
}

/** The default security group of a VPC, which an instance joins that names none. */
export async function defaultSecurityGroup({ call }: Pick<OperationContext, "call">, vpc: string): Promise<string[]> {
  const { SecurityGroups: groups = [] } = await call("ec2", "DescribeSecurityGroups", {
    Filters: [
      { Name: "vpc-id", Values: [vpc] },
      { Name: "group-name", Values: ["default"] },
    ],
  });
  return groups.slice(0, 1).map(({ GroupId }) => GroupId!);
}
