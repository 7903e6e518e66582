/** VPC connectors: the subnets and security groups through which a service calls into a network, each with an interface of its own. */
import type { VpcConnector } from "@aws-sdk/client-apprunner";
import { AwsError } from "../../aws-error.ts";
import { attachNetworkInterface } from "../../runtime/network.ts";
import { invalidRequest, resourceNotFound } from "./errors.ts";
import { asAppRunner, type Scope } from "./names.ts";
import { services } from "./service.ts";
import type { Tagged } from "./tags.ts";

export interface VpcConnectorRecord extends Tagged {
  arn: string;
  name: string;
  subnets: string[];
  securityGroups: string[];
  networkInterfaces: string[];
  createdMs: number;
  token?: string;
}

const kept = ({ cloud }: Pick<Scope, "cloud">) => cloud.store.collection<VpcConnectorRecord>("apprunner:vpc-connector");

export const vpcConnectors = (scope: Scope): VpcConnectorRecord[] => kept(scope).list(scope.region);
export const saveVpcConnector = (scope: Scope, record: VpcConnectorRecord): void => kept(scope).put(scope.region, record.arn, record);
export const removeVpcConnector = (scope: Scope, { arn }: VpcConnectorRecord): void => void kept(scope).delete(scope.region, arn);

export function requireVpcConnector(scope: Scope, arn: string): VpcConnectorRecord {
  const found = kept(scope).get(scope.region, arn);
  if (!found) throw resourceNotFound("VpcConnector", arn);
  return found;
}

/** The groups that it has: those given, or the default one of the subnets' VPC. Throws InvalidRequestException where a subnet or group is not there. */
export async function readPlace(scope: Scope, subnets: readonly string[], given: readonly string[]): Promise<string[]> {
  const call = asAppRunner(scope);
  const shown = (error: unknown) => (error instanceof AwsError ? error.message : String(error));
  let vpcs: Set<string>;
  try {
    const { Subnets = [] } = await call("ec2", "DescribeSubnets", { SubnetIds: [...subnets] });
    vpcs = new Set(Subnets.map(({ VpcId }) => VpcId!));
  } catch (error) {
    throw invalidRequest(`Invalid subnets: ${shown(error)}`);
  }
  if (vpcs.size > 1) throw invalidRequest("All subnets of a VPC connector must belong to the same VPC.");
  const [vpc] = vpcs;
  if (given.length === 0) {
    const Filters = [
      { Name: "vpc-id", Values: [vpc!] },
      { Name: "group-name", Values: ["default"] },
    ];
    const { SecurityGroups = [] } = await call("ec2", "DescribeSecurityGroups", { Filters });
    return SecurityGroups.flatMap(({ GroupId }) => GroupId ?? []);
  }
  try {
    const { SecurityGroups = [] } = await call("ec2", "DescribeSecurityGroups", { GroupIds: [...given] });
    if (SecurityGroups.some(({ VpcId }) => VpcId !== vpc))
      throw invalidRequest("The security groups of a VPC connector must belong to the VPC of its subnets.");
  } catch (error) {
    if (error instanceof AwsError && error.code === "InvalidRequestException") throw error;
    throw invalidRequest(`Invalid security groups: ${shown(error)}`);
  }
  return [...given];
}

/** One in each subnet, in use as long as the connector is there. */
export async function makeInterfaces(scope: Scope, { name, subnets, securityGroups }: VpcConnectorRecord): Promise<string[]> {
  const call = asAppRunner(scope);
  const made: string[] = [];
  for (const SubnetId of subnets) {
    const { NetworkInterface } = await call("ec2", "CreateNetworkInterface", {
      SubnetId,
      Groups: securityGroups,
      Description: `AWS App Runner VPC connector ${name}`,
    });
    made.push(NetworkInterface!.NetworkInterfaceId!);
    attachNetworkInterface(scope.cloud, scope.region, made.at(-1)!);
  }
  return made;
}

export async function removeInterfaces(scope: Scope, { networkInterfaces }: Pick<VpcConnectorRecord, "networkInterfaces">): Promise<void> {
  for (const NetworkInterfaceId of networkInterfaces) {
    try {
      await asAppRunner(scope)("ec2", "DeleteNetworkInterface", { NetworkInterfaceId });
    } catch (error) {
      // Somebody else may have removed it, or its subnet with it.
      if (!(error instanceof AwsError)) throw error;
    }
  }
}

export function checkUnused(scope: Scope, { arn }: VpcConnectorRecord): void {
  const users = services(scope).filter(
    ({ status, configuration, serving }) =>
      status !== "DELETED" && (configuration.network.vpcConnectorArn === arn || serving?.configuration.network.vpcConnectorArn === arn),
  );
  if (users.length > 0) throw invalidRequest(`VpcConnector ${arn} is in use by one or more App Runner services and cannot be deleted.`);
}

export const describeVpcConnector = (record: VpcConnectorRecord, deletedMs?: number): VpcConnector => ({
  VpcConnectorName: record.name,
  VpcConnectorArn: record.arn,
  VpcConnectorRevision: 1,
  Subnets: record.subnets,
  SecurityGroups: record.securityGroups,
  Status: deletedMs === undefined ? "ACTIVE" : "INACTIVE",
  CreatedAt: new Date(record.createdMs),
  ...(deletedMs !== undefined && { DeletedAt: new Date(deletedMs) }),
});
