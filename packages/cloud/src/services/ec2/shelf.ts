/** What EC2 keeps, by kind and region: one document for each thing, under its id. */
import type {
  DhcpConfiguration,
  NetworkAclAssociation,
  NetworkAclEntry,
  NetworkInterfaceAssociation,
  Route,
  SecurityGroupRule,
  VpcCidrBlockAssociation,
  VpcIpv6CidrBlockAssociation,
} from "@aws-sdk/client-ec2";
import type { Cloud } from "../../cloud.ts";
import { type IdPrefix, notFound } from "./errors.ts";

export interface VpcRecord {
  id: string;
  cidr: string;
  cidrAssociations: VpcCidrBlockAssociation[];
  ipv6Associations: VpcIpv6CidrBlockAssociation[];
  dhcpOptionsId: string;
  tenancy: "default" | "dedicated";
  isDefault: boolean;
  dnsSupport: boolean;
  dnsHostnames: boolean;
  addressUsageMetrics: boolean;
}

export interface SubnetRecord {
  id: string;
  vpcId: string;
  cidr: string;
  ipv6?: { associationId: string; cidr: string };
  zone: string;
  zoneId: string;
  defaultForAz: boolean;
  mapPublicIp: boolean;
  assignIpv6: boolean;
  dns64: boolean;
  hostnameType: "ip-name" | "resource-name";
  aRecord: boolean;
  aaaaRecord: boolean;
}

export interface RouteTableRecord {
  id: string;
  vpcId: string;
  /** Beside the local ones, which follow from the VPC's blocks. `State` is found out at each describe. */
  routes: Route[];
  /** The VPN gateways whose routes it takes on. */
  propagatingGatewayIds?: string[];
  associations: { id: string; main: boolean; subnetId?: string; gatewayId?: string }[];
  clientToken?: string;
}

export interface InternetGatewayRecord {
  id: string;
  vpcId?: string;
}

export interface NatGatewayRecord {
  id: string;
  vpcId: string;
  subnetId: string;
  connectivity: "public" | "private";
  createdMs: number;
  deletedMs?: number;
  /** Why it never came to be; `deletedMs` is then the moment it failed. */
  failure?: { code: string; message: string };
  addresses: {
    allocationId?: string;
    associationId?: string;
    networkInterfaceId?: string;
    privateIp?: string;
    publicIp?: string;
    primary: boolean;
  }[];
  clientToken?: string;
}

export interface AddressRecord {
  id: string;
  publicIp: string;
  /** What it is bound to; the network interface is the truth of a VPC's address. */
  associationId?: string;
  networkInterfaceId?: string;
  privateIp?: string;
  /** A NAT gateway holds it: neither released nor moved while that lives. */
  natGatewayId?: string;
}

export interface EndpointRecord {
  id: string;
  vpcId: string;
  serviceName: string;
  type: "Gateway" | "Interface";
  /** JSON text. */
  policy: string;
  routeTableIds: string[];
  subnetIds: string[];
  groupIds: string[];
  networkInterfaceIds: string[];
  privateDns: boolean;
  createdMs: number;
  clientToken?: string;
}

export interface SecurityGroupRecord {
  id: string;
  name: string;
  description: string;
  vpcId: string;
  rules: SecurityGroupRule[];
}

export interface NetworkInterfaceRecord {
  id: string;
  vpcId: string;
  subnetId: string;
  zone: string;
  description: string;
  groupIds: string[];
  macAddress: string;
  interfaceType: "interface" | "nat_gateway" | "vpc_endpoint";
  privateIps: { address: string; primary: boolean; association?: NetworkInterfaceAssociation }[];
  sourceDestCheck: boolean;
  /** Who made it on the account's behalf, as `ecs.amazonaws.com`: then only that service deletes it. */
  requester?: string;
  attachment?: { id: string; ownerId: string; instanceId?: string; deviceIndex: number; deleteOnTermination: boolean; attachedMs: number };
  clientToken?: string;
}

export interface NetworkAclRecord {
  id: string;
  vpcId: string;
  isDefault: boolean;
  entries: NetworkAclEntry[];
  associations: (NetworkAclAssociation & { NetworkAclAssociationId: string; SubnetId: string })[];
}

export interface DhcpOptionsRecord {
  id: string;
  configurations: (DhcpConfiguration & { Key: string })[];
}

export interface FlowLogRecord {
  id: string;
  resourceId: string;
  trafficType: "ACCEPT" | "REJECT" | "ALL";
  destinationType: "cloud-watch-logs" | "s3" | "kinesis-data-firehose";
  destination?: string;
  logGroupName?: string;
  permissionArn?: string;
  crossAccountRole?: string;
  format: string;
  aggregationSeconds: number;
  fileOptions?: { FileFormat?: "plain-text" | "parquet"; HiveCompatiblePartitions?: boolean; PerHourPartition?: boolean };
  createdMs: number;
  clientToken?: string;
}

export interface PrefixListRecord {
  id: string;
  name: string;
  family: "IPv4" | "IPv6";
  maxEntries: number;
  version: number;
  versions: { version: number; entries: { Cidr: string; Description?: string }[] }[];
}

export interface KeyPairRecord {
  id: string;
  name: string;
  type: "rsa" | "ed25519";
  fingerprint: string;
  /** In OpenSSH's form. The private key is given out once and not kept. */
  publicKey: string;
  createdMs: number;
}

/** One side of a peering connection. */
export interface PeeringSide {
  region: string;
  vpcId: string;
  cidr: string;
  cidrBlocks: string[];
  ipv6Blocks: string[];
  dnsResolution: boolean;
  /** Of EC2-Classic, which is gone; they are kept as they are set. */
  classicLinkOut: boolean;
  vpcToClassicLink: boolean;
}

/** Kept alike in the regions of both sides. */
export interface PeeringRecord {
  id: string;
  requester: PeeringSide;
  accepter: PeeringSide;
  status: "pending-acceptance" | "active" | "rejected" | "deleted" | "failed";
  createdMs: number;
  /** When it came to its end; it is described for some time more. */
  endedMs?: number;
}

export interface EgressOnlyGatewayRecord {
  id: string;
  vpcId: string;
  clientToken?: string;
}

export interface VpnGatewayRecord {
  id: string;
  asn: number;
  zone?: string;
  vpcId?: string;
  detachedVpcId?: string;
  deletedMs?: number;
}

export interface CustomerGatewayRecord {
  id: string;
  ipAddress?: string;
  certificateArn?: string;
  deviceName?: string;
  asn: number;
  deletedMs?: number;
}

/** Where a thing is kept. */
interface Place {
  readonly cloud: Cloud;
  readonly region: string;
}

export interface Shelf<T> {
  get(id: string): T | undefined;
  /** Throws EC2's own error when there is none. */
  must(id: string): T;
  put(value: T): void;
  delete(id: string): void;
  list(): T[];
}

function shelf<T extends { id: string }>(kind: string, prefix: IdPrefix) {
  return ({ cloud, region }: Place): Shelf<T> => {
    const kept = cloud.store.collection<T>(`ec2:${kind}`);
    return {
      get: (id) => kept.get(region, id),
      must(id) {
        const found = kept.get(region, id);
        if (!found) throw notFound(prefix, id);
        return found;
      },
      put: (value) => kept.put(region, value.id, value),
      delete: (id) => void kept.delete(region, id),
      list: () => kept.list(region),
    };
  };
}

export const vpcs = shelf<VpcRecord>("vpc", "vpc");
export const subnets = shelf<SubnetRecord>("subnet", "subnet");
export const routeTables = shelf<RouteTableRecord>("route-table", "rtb");
export const internetGateways = shelf<InternetGatewayRecord>("internet-gateway", "igw");
export const natGateways = shelf<NatGatewayRecord>("nat-gateway", "nat");
export const addresses = shelf<AddressRecord>("address", "eipalloc");
export const endpoints = shelf<EndpointRecord>("vpc-endpoint", "vpce");
export const securityGroups = shelf<SecurityGroupRecord>("security-group", "sg");
export const networkInterfaces = shelf<NetworkInterfaceRecord>("network-interface", "eni");
export const networkAcls = shelf<NetworkAclRecord>("network-acl", "acl");
export const dhcpOptions = shelf<DhcpOptionsRecord>("dhcp-options", "dopt");
export const flowLogs = shelf<FlowLogRecord>("flow-log", "fl");
export const keyPairs = shelf<KeyPairRecord>("key-pair", "key");
export const peeringConnections = shelf<PeeringRecord>("vpc-peering-connection", "pcx");
export const egressOnlyGateways = shelf<EgressOnlyGatewayRecord>("egress-only-internet-gateway", "eigw");
export const vpnGateways = shelf<VpnGatewayRecord>("vpn-gateway", "vgw");
export const customerGateways = shelf<CustomerGatewayRecord>("customer-gateway", "cgw");
export const prefixLists = shelf<PrefixListRecord>("prefix-list", "pl");
