/** CreateLoadBalancer and what changes, describes and removes load balancers. */
import type { LoadBalancer } from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { canListen, claimAddress, ownAddresses, releaseAddress } from "../../../runtime/addresses.ts";
import { placeFirewall } from "../../../runtime/firewall/firewall.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { checkDestination } from "../access-logs.ts";
import { attributeOf, listAttributes, loadBalancerAttributes, withAttributes } from "../attributes.ts";
import { invalidConfiguration, loadBalancerNotFound, notPermitted, refused, validationError } from "../errors.ts";
import { page } from "../paging.ts";
import { listenerPortOwner, syncPlane } from "../plane.ts";
import { listeners, listenersOf, type LoadBalancerRecord, loadBalancers, requireLoadBalancer, rules, rulesOf } from "../records.ts";
import { tagRecord } from "../tags.ts";

/** By region, the zone in which alias records find load balancers (AWS General Reference, "Elastic Load Balancing endpoints"). */
const hostedZones: Readonly<Record<string, string>> = {
  "us-east-1": "Z35SXDOTRQ7X7K",
  "us-east-2": "Z3AADJGX6KTTL2",
  "us-west-1": "Z368ELLRRE2KJ0",
  "us-west-2": "Z1H1FL5HABSF5",
  "eu-central-1": "Z215JYRZR1TBD5",
  "eu-west-1": "Z32O12XQLNTSW2",
  "eu-west-2": "ZHURV8PSTC4K8",
  "eu-west-3": "Z3Q77PNBQS71R4",
  "eu-north-1": "Z23TAZ6LKFMNIO",
  "eu-south-1": "Z3ULH7SSC9OV64",
  "ap-northeast-1": "Z14GRHDCWA56QT",
  "ap-southeast-1": "Z1LMS91P8CMLE5",
  "ap-southeast-2": "Z1GM3OXH4ZPM65",
  "ap-south-1": "ZP97RAFLXTNZK",
  "ca-central-1": "ZQSVJUPU6J1EY",
  "sa-east-1": "Z2P70J7HTTTPLU",
};
const otherHostedZone = "Z35SXDOTRQ7X7K";
const maxNameLength = 32;
const lowPort = 80;

/** The name by which clients reach it: its loopback address, with a port where this user may not listen on 80 (decision 0023). */
export const dnsName = ({ address, entryPort }: LoadBalancerRecord) => (entryPort === undefined ? address : `${address}:${entryPort}`);

export function describe(record: LoadBalancerRecord, region: string, state: "active" | "provisioning" = "active"): LoadBalancer {
  return {
    LoadBalancerArn: record.arn,
    DNSName: dnsName(record),
    CanonicalHostedZoneId: hostedZones[region] ?? otherHostedZone,
    CreatedTime: new Date(record.createdMs),
    LoadBalancerName: record.name,
    Scheme: record.scheme,
    VpcId: record.vpcId,
    State: { Code: state },
    Type: "application",
    AvailabilityZones: record.subnets.map(({ id, zone }) => ({ ZoneName: zone, SubnetId: id, LoadBalancerAddresses: [] })),
    SecurityGroups: record.securityGroups,
    IpAddressType: record.ipAddressType as "ipv4",
  };
}

function checkName(name: string): void {
  if (name.length > maxNameLength)
    throw validationError(`The load balancer name '${name}' cannot be longer than '${maxNameLength}' characters`);
  if (!/^[A-Za-z0-9-]+$/.test(name))
    throw validationError(`The load balancer name '${name}' can only contain characters that are alphanumeric characters or hyphens(-)`);
  if (name.startsWith("-") || name.endsWith("-")) throw validationError(`The load balancer name '${name}' cannot begin or end with '-'`);
  if (name.startsWith("internal-")) throw validationError(`The load balancer name '${name}' cannot begin with 'internal-'`);
}

interface GivenSubnets {
  Subnets?: string[] | undefined;
  SubnetMappings?: { SubnetId?: string | undefined; AllocationId?: string | undefined }[] | undefined;
}

async function readSubnets(
  context: OperationContext,
  given: GivenSubnets,
): Promise<{ vpcId: string; subnets: LoadBalancerRecord["subnets"] }> {
  if (given.Subnets && given.Subnets.length > 0 && given.SubnetMappings && given.SubnetMappings.length > 0)
    throw validationError("Only one of 'Subnets' and 'SubnetMappings' can be specified");
  const ids = given.Subnets && given.Subnets.length > 0 ? given.Subnets : (given.SubnetMappings ?? []).map(({ SubnetId = "" }) => SubnetId);
  if ((given.SubnetMappings ?? []).some(({ AllocationId }) => AllocationId !== undefined))
    throw invalidConfiguration("Elastic IP addresses are not supported for load balancers with type 'application'");
  if (ids.length === 0) throw new AwsError("SubnetNotFound", "The specified subnet does not exist.");
  const found: { SubnetId?: string; VpcId?: string; AvailabilityZone?: string }[] = [];
  try {
    found.push(...((await context.call("ec2", "DescribeSubnets", { SubnetIds: [...new Set(ids)] })).Subnets ?? []));
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith("InvalidSubnet"))
      throw new AwsError("SubnetNotFound", "The specified subnet does not exist.");
    throw error;
  }
  const subnets = ids.map((id) => ({ id, zone: found.find(({ SubnetId }) => SubnetId === id)!.AvailabilityZone! }));
  const vpcs = new Set(found.map(({ VpcId }) => VpcId!));
  if (vpcs.size > 1) throw invalidConfiguration("All subnets must belong to the same VPC");
  const zones = new Set(subnets.map(({ zone }) => zone));
  if (zones.size < subnets.length)
    throw invalidConfiguration(
      zones.size < 2
        ? "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
        : "More than 1 subnet cannot be specified for 1 availability zone",
    );
  return { vpcId: [...vpcs][0]!, subnets };
}

const oneZone = () => validationError("At least two subnets in two different Availability Zones must be specified");

async function readGroups(context: OperationContext, vpcId: string, given: readonly string[] | undefined): Promise<string[]> {
  if (!given || given.length === 0) {
    const { SecurityGroups = [] } = await context.call("ec2", "DescribeSecurityGroups", {
      Filters: [
        { Name: "vpc-id", Values: [vpcId] },
        { Name: "group-name", Values: ["default"] },
      ],
    });
    return SecurityGroups.flatMap(({ GroupId }) => GroupId ?? []);
  }
  for (const id of given) {
    try {
      const { SecurityGroups = [] } = await context.call("ec2", "DescribeSecurityGroups", { GroupIds: [id] });
      if (SecurityGroups[0]?.VpcId !== vpcId) throw invalidConfiguration(`Security group '${id}' is not in VPC '${vpcId}'`);
    } catch (error) {
      if (error instanceof AwsError && error.code.startsWith("InvalidGroup"))
        throw new AwsError("InvalidSecurityGroup", `Security group ${id} does not exist`);
      throw error;
    }
  }
  return [...given];
}

function checkIpAddressType(type: string): void {
  checkConstraints("ValidationError", { ipAddressType: [type, { enum: ["ipv4", "dualstack", "dualstack-without-public-ipv4"] }] });
}

export const createLoadBalancer = operation("elbv2", "CreateLoadBalancer", async (input, context) => {
  const { cloud, region, account } = context;
  const { Name: name, Scheme: scheme = "internet-facing", Type: type = "application", IpAddressType: ipAddressType = "ipv4" } = input;
  checkName(name);
  checkConstraints("ValidationError", {
    scheme: [scheme, { enum: ["internet-facing", "internal"] }],
    type: [type, { enum: ["application", "network", "gateway"] }],
  });
  if (type !== "application") throw refused(`load balancers of the type ${type}`);
  checkIpAddressType(ipAddressType);
  if (input.CustomerOwnedIpv4Pool !== undefined) throw refused("customer-owned address pools");
  if (input.IpamPools !== undefined) throw refused("address pools of IPAM");
  const tags = { ...tagRecord(input.Tags), ...systemTagsOf(input) };
  const { vpcId, subnets } = await readSubnets(context, input);
  if (subnets.length < 2) throw oneZone();
  const securityGroups = await readGroups(context, vpcId, input.SecurityGroups);

  const same = loadBalancers(cloud)
    .list(region)
    .find((each) => each.name === name);
  if (same) {
    const equal =
      same.scheme === scheme &&
      JSON.stringify(same.subnets) === JSON.stringify(subnets) &&
      JSON.stringify(same.securityGroups) === JSON.stringify(securityGroups) &&
      JSON.stringify(same.tags) === JSON.stringify(tags);
    if (equal) return { LoadBalancers: [describe(same, region)] };
    throw new AwsError("DuplicateLoadBalancerName", `A load balancer with the same name '${name}' exists, but with different settings`);
  }
  const arn = `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/app/${name}/${cloud.world.random.hex(16)}`;
  // Any port: it is kept as the entry where the customary ones are not this user's.
  const { address, port } = await claimAddress(cloud, arn, 0);
  const low = await canListen(address, lowPort);
  const record: LoadBalancerRecord = {
    arn,
    name,
    scheme,
    vpcId,
    subnets,
    securityGroups,
    ipAddressType,
    createdMs: cloud.world.clock.nowMs(),
    address,
    ...(!(low && ownAddresses) && { entryPort: port }),
    tags,
    attributes: { "ipv6.deny_all_igw_traffic": scheme === "internal" ? "true" : "false" },
  };
  loadBalancers(cloud).put(region, arn, record);
  await syncPlane(context);
  return { LoadBalancers: [describe(record, region, "provisioning")] };
});

export const describeLoadBalancers = operation("elbv2", "DescribeLoadBalancers", (input, { cloud, region }) => {
  const { LoadBalancerArns: arns, Names: names } = input;
  if (arns && arns.length > 0 && names && names.length > 0)
    throw validationError("Load balancer names and load balancer ARNs cannot be specified at the same time");
  const all = loadBalancers(cloud).list(region);
  const found =
    arns && arns.length > 0
      ? arns.map((arn) => all.find((each) => each.arn === arn) ?? missing(arn))
      : names && names.length > 0
        ? names.map((name) => all.find((each) => each.name === name) ?? missing())
        : all;
  const { items, marker } = page(found, input, "DescribeLoadBalancers", ({ arn }) => arn);
  return { LoadBalancers: items.map((record) => describe(record, region)), ...marker };
});

function missing(arn?: string): never {
  if (arn !== undefined && !/^arn:aws[\w-]*:elasticloadbalancing:/.test(arn))
    throw validationError(`'${arn}' is not a valid load balancer ARN`);
  throw loadBalancerNotFound();
}

/** Also of one that is not there: it is gone either way. */
export const deleteLoadBalancer = operation("elbv2", "DeleteLoadBalancer", async (input, context) => {
  const { cloud, region } = context;
  const arn = input.LoadBalancerArn;
  const record = loadBalancers(cloud).get(region, arn);
  if (!record) return {};
  if (attributeOf(loadBalancerAttributes, record.attributes, "deletion_protection.enabled") === "true")
    throw notPermitted(`Load balancer '${arn}' cannot be deleted because deletion protection is enabled`);
  const its = listenersOf(context, arn);
  cloud.store.transaction(() => {
    for (const listener of its) {
      for (const rule of rulesOf(context, listener.arn)) rules(cloud).delete(region, rule.arn);
      listeners(cloud).delete(region, listener.arn);
      releaseAddress(cloud, listenerPortOwner(listener.arn));
    }
    loadBalancers(cloud).delete(region, arn);
  });
  await syncPlane(context);
  releaseAddress(cloud, arn);
  placeFirewall(cloud, arn, undefined);
  return {};
});

export const describeLoadBalancerAttributes = operation("elbv2", "DescribeLoadBalancerAttributes", (input, context) => ({
  Attributes: listAttributes(loadBalancerAttributes, requireLoadBalancer(context, input.LoadBalancerArn).attributes),
}));

/** None was ever reserved: its change is refused by name. Tools ask for it with every load balancer that they read. */
export const describeCapacityReservation = operation("elbv2", "DescribeCapacityReservation", (input, context) => {
  requireLoadBalancer(context, input.LoadBalancerArn);
  return { DecreaseRequestsRemaining: 2, CapacityReservationState: [] };
});

export const modifyLoadBalancerAttributes = operation("elbv2", "ModifyLoadBalancerAttributes", async (input, context) => {
  const before = requireLoadBalancer(context, input.LoadBalancerArn);
  const attributes = withAttributes(loadBalancerAttributes, "Load balancer", before.attributes, input.Attributes);
  const get = (key: string) => attributeOf(loadBalancerAttributes, attributes, key);
  for (const kind of ["connection_logs", "health_check_logs"]) {
    if (get(`${kind}.s3.enabled`) === "true") throw refused(`${kind.replaceAll("_", " ")} of load balancers`);
  }
  const changed = input.Attributes.some(({ Key = "" }) => Key.startsWith("access_logs."));
  if (changed) await checkDestination(context, { attributes });
  loadBalancers(context.cloud).put(context.region, before.arn, { ...requireLoadBalancer(context, before.arn), attributes });
  await syncPlane(context);
  return { Attributes: listAttributes(loadBalancerAttributes, attributes) };
});

export const setSecurityGroups = operation("elbv2", "SetSecurityGroups", async (input, context) => {
  const record = requireLoadBalancer(context, input.LoadBalancerArn);
  if (input.SecurityGroups.length === 0) throw invalidConfiguration("At least one security group must be specified");
  record.securityGroups = await readGroups(context, record.vpcId, input.SecurityGroups);
  loadBalancers(context.cloud).put(context.region, record.arn, record);
  return { SecurityGroupIds: record.securityGroups };
});

export const setSubnets = operation("elbv2", "SetSubnets", async (input, context) => {
  const record = requireLoadBalancer(context, input.LoadBalancerArn);
  const { vpcId, subnets } = await readSubnets(context, input);
  if (vpcId !== record.vpcId) throw invalidConfiguration(`The subnets are not in VPC '${record.vpcId}'`);
  if (subnets.length < 2) throw invalidConfiguration("More than 1 availability zone must be specified");
  record.subnets = subnets;
  if (input.IpAddressType !== undefined) {
    checkIpAddressType(input.IpAddressType);
    record.ipAddressType = input.IpAddressType;
  }
  loadBalancers(context.cloud).put(context.region, record.arn, record);
  return { AvailabilityZones: describe(record, context.region).AvailabilityZones, IpAddressType: record.ipAddressType as "ipv4" };
});

export const setIpAddressType = operation("elbv2", "SetIpAddressType", (input, context) => {
  checkIpAddressType(input.IpAddressType);
  const record = requireLoadBalancer(context, input.LoadBalancerArn);
  record.ipAddressType = input.IpAddressType;
  loadBalancers(context.cloud).put(context.region, record.arn, record);
  return { IpAddressType: input.IpAddressType };
});
