/**
 * What a task reaches when connections are forwarded through it: itself, and what else stands in this cloud as far as security groups
 * let it; outside, what its own groups let out to. Nothing else on this machine.
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { SecurityGroupRule } from "@aws-sdk/client-ec2";
import { AwsError } from "../../aws-error.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { hostAt } from "../../runtime/private-addresses.ts";
import { type Peer, wayBetween } from "../../runtime/security-group-rules.ts";
import type { Call } from "../../service.ts";
import type { TaskRun } from "./task-run.ts";

interface Place {
  address: string;
  port: number;
}

/** Something that listens, at the name or address by which programs know it. */
interface Endpoint {
  host: string;
  port: number;
  groups: readonly string[];
  /** The subnets in which its private addresses lie. */
  subnets: readonly string[];
}

const itself = ["", "localhost", "127.0.0.1", "::1"];

/** @throws Error in the words of a dial that fails. */
export async function reachFrom(run: TaskRun, host: string | undefined, port: number): Promise<Place> {
  const { scope, network } = run;
  if (host === undefined || itself.includes(host)) {
    if (!network) throw new Error("the task has no network");
    return { address: network.address, port: network.ports.get(port) ?? port };
  }
  const call = scope.cloud.as(servicePrincipal(scope.account, "ssm.amazonaws.com"), scope.region);
  const from = await taskPeer(call, run);
  const target = `${host}:${port}`;
  const found = (await databaseOrCache(call, host, port)) ?? (await interfaceAt(call, run, host, port));
  if (found) {
    await mustBeOpen(call, from, found.peer, port, target);
    return found.place;
  }
  const addresses = isIP(host) ? [host] : (await lookup(host, { all: true })).map(({ address }) => address);
  if (addresses.every(isInside)) throw new Error(`dial tcp ${target}: connect: connection refused`);
  await mustBeOpen(call, from, { groups: [], addresses }, port, target);
  return { address: addresses[0]!, port };
}

async function mustBeOpen(call: Call, from: Peer, to: Peer, port: number, target: string): Promise<void> {
  const rules: SecurityGroupRule[] = [];
  const Values = [...new Set([...from.groups, ...to.groups])];
  let NextToken: string | undefined;
  do {
    const page = await call("ec2", "DescribeSecurityGroupRules", { Filters: [{ Name: "group-id", Values }], NextToken });
    rules.push(...(page.SecurityGroupRules ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  const way = wayBetween(rules, from, to, port);
  // On AWS the packets are dropped and the dial times out; here nobody waits for that.
  if (way !== "open") throw new Error(`dial tcp ${target}: i/o timeout (security groups: ${way})`);
}

async function taskPeer(call: Call, { task }: TaskRun): Promise<Peer> {
  const { networkInterfaceId, privateIp } = task.attachment;
  if (networkInterfaceId === undefined) return { groups: [], addresses: [] };
  const { NetworkInterfaces: [one] = [] } = await call("ec2", "DescribeNetworkInterfaces", { NetworkInterfaceIds: [networkInterfaceId] });
  return { groups: (one?.Groups ?? []).map(({ GroupId }) => GroupId!), addresses: privateIp === undefined ? [] : [privateIp] };
}

async function databaseOrCache(call: Call, host: string, port: number): Promise<{ place: Place; peer: Peer } | undefined> {
  const all = (await Promise.all([instances(call), clusters(call), caches(call)])).flat();
  const found = all.find((one) => one.host.toLowerCase() === host.toLowerCase() && one.port === port);
  if (!found) return undefined;
  const { Subnets = [] } = found.subnets.length > 0 ? await call("ec2", "DescribeSubnets", { SubnetIds: [...found.subnets] }) : {};
  const address = isIP(host) ? host : (await lookup(host)).address;
  return { place: { address, port }, peer: { groups: found.groups, addresses: Subnets.map(({ CidrBlock }) => CidrBlock!) } };
}

const groupIds = (groups: readonly { VpcSecurityGroupId?: string | undefined }[] = []) =>
  groups.flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? []);

async function instances(call: Call): Promise<Endpoint[]> {
  const found: Endpoint[] = [];
  let Marker: string | undefined;
  do {
    const page = await call("rds", "DescribeDBInstances", { Marker });
    for (const { Endpoint, VpcSecurityGroups, DBSubnetGroup } of page.DBInstances ?? []) {
      if (Endpoint?.Address === undefined || Endpoint.Port === undefined) continue;
      const subnets = (DBSubnetGroup?.Subnets ?? []).map(({ SubnetIdentifier }) => SubnetIdentifier!);
      found.push({ host: Endpoint.Address, port: Endpoint.Port, groups: groupIds(VpcSecurityGroups), subnets });
    }
    Marker = page.Marker;
  } while (Marker);
  return found;
}

async function clusters(call: Call): Promise<Endpoint[]> {
  const { DBClusters = [] } = await call("rds", "DescribeDBClusters", {});
  return Promise.all(
    DBClusters.map(async ({ Endpoint, ReaderEndpoint, Port = 5432, VpcSecurityGroups, DBSubnetGroup }) => {
      const { DBSubnetGroups: [group] = [] } =
        DBSubnetGroup === undefined ? {} : await call("rds", "DescribeDBSubnetGroups", { DBSubnetGroupName: DBSubnetGroup });
      const subnets = (group?.Subnets ?? []).map(({ SubnetIdentifier }) => SubnetIdentifier!);
      const hosts = [Endpoint, ReaderEndpoint].flatMap((one) => one ?? []);
      return hosts.map((host) => ({ host, port: Port, groups: groupIds(VpcSecurityGroups), subnets }));
    }),
  ).then((all) => all.flat());
}

async function caches(call: Call): Promise<Endpoint[]> {
  const [{ ReplicationGroups = [] }, { CacheClusters = [] }] = await Promise.all([
    call("elasticache", "DescribeReplicationGroups", {}),
    call("elasticache", "DescribeCacheClusters", {}),
  ]);
  const subnetsOf = async (name: string | undefined) => {
    if (name === undefined) return [];
    const { CacheSubnetGroups: [group] = [] } = await call("elasticache", "DescribeCacheSubnetGroups", { CacheSubnetGroupName: name });
    return (group?.Subnets ?? []).map(({ SubnetIdentifier }) => SubnetIdentifier!);
  };
  const found = await Promise.all(
    ReplicationGroups.map(async ({ ReplicationGroupId, NodeGroups = [], ConfigurationEndpoint }) => {
      const member = CacheClusters.find((one) => one.ReplicationGroupId === ReplicationGroupId);
      const groups = (member?.SecurityGroups ?? []).flatMap(({ SecurityGroupId }) => SecurityGroupId ?? []);
      const subnets = await subnetsOf(member?.CacheSubnetGroupName);
      const endpoints = [ConfigurationEndpoint, ...NodeGroups.flatMap((one) => [one.PrimaryEndpoint, one.ReaderEndpoint])];
      return endpoints.flatMap((one) =>
        one?.Address === undefined || one.Port === undefined ? [] : [{ host: one.Address, port: one.Port, groups, subnets }],
      );
    }),
  );
  return found.flat();
}

/** Another task, by its private address or its public one. */
async function interfaceAt(
  call: Call,
  { scope, task }: TaskRun,
  host: string,
  port: number,
): Promise<{ place: Place; peer: Peer } | undefined> {
  const by = host.startsWith("127.") ? "association.public-ip" : "addresses.private-ip-address";
  const Filters = [
    { Name: by, Values: [host] },
    { Name: "vpc-id", Values: [task.attachment.vpcId ?? ""] },
  ];
  try {
    const { NetworkInterfaces: [one] = [] } = await call("ec2", "DescribeNetworkInterfaces", { Filters });
    const at = one?.PrivateIpAddress === undefined ? undefined : hostAt(scope.cloud, task.attachment.vpcId ?? "", one.PrivateIpAddress);
    if (!one || !at) return undefined;
    const peer = { groups: (one.Groups ?? []).map(({ GroupId }) => GroupId!), addresses: [one.PrivateIpAddress!] };
    return { place: { address: at.address, port: at.portOf(port) }, peer };
  } catch (error) {
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}

/** Addresses of this machine and of VPCs: what stands there would have been found. */
const isInside = (address: string) =>
  /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|0\.|169\.254\.)/.test(address) || /^(?:::1?$|f[cde])/i.test(address);
