/** Whether security groups let a connection through: out of the groups of one end, into those of the other. Source: VPC User Guide, "Security groups". */
import { BlockList, isIPv4, isIPv6 } from "node:net";
import type { SecurityGroupRule } from "@aws-sdk/client-ec2";

export interface Peer {
  /** The ids of its groups. */
  groups: readonly string[];
  /** Its addresses, or blocks in which they lie. */
  addresses: readonly string[];
}

export type Way = "open" | "closed at the source" | "closed at the destination";

/** @param to without groups it stands outside, where no group of ours says anything. */
export function wayBetween(rules: readonly SecurityGroupRule[], from: Peer, to: Peer, port: number): Way {
  const lets = (one: Peer, other: Peer, isEgress: boolean) =>
    rules.some(
      (rule) => rule.IsEgress === isEgress && one.groups.includes(rule.GroupId ?? "") && coversPort(rule, port) && coversPeer(rule, other),
    );
  if (!lets(from, to, true)) return "closed at the source";
  return to.groups.length === 0 || lets(to, from, false) ? "open" : "closed at the destination";
}

function coversPort({ IpProtocol, FromPort = -1, ToPort = -1 }: SecurityGroupRule, port: number): boolean {
  if (IpProtocol === "-1") return true;
  return IpProtocol === "tcp" && FromPort <= port && port <= ToPort;
}

function coversPeer({ CidrIpv4, CidrIpv6, ReferencedGroupInfo }: SecurityGroupRule, peer: Peer): boolean {
  if (ReferencedGroupInfo?.GroupId !== undefined) return peer.groups.includes(ReferencedGroupInfo.GroupId);
  const block = CidrIpv4 ?? CidrIpv6;
  return block !== undefined && peer.addresses.some((address) => holds(block, address));
}

/** Whether the block holds the address, or all of a block of addresses: whose first and last it then holds. */
function holds(block: string, address: string): boolean {
  const [network = "", prefix = ""] = block.split("/");
  const [host = "", hostPrefix] = address.split("/");
  if (isIPv4(network) !== isIPv4(host) || (!isIPv4(host) && !isIPv6(host))) return false;
  if (hostPrefix !== undefined && Number(hostPrefix) < Number(prefix)) return false;
  const type = isIPv4(network) ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), type);
  return list.check(host, type);
}
