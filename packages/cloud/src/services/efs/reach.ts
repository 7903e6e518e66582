/** Whether a client's packets come through to a mount target: the rules of both sides' security groups, looked at when it mounts. */
import type { IpPermission } from "@aws-sdk/client-ec2";
import { BlockList } from "node:net";
import { AwsError } from "../../aws-error.ts";
import type { MountRequest } from "../../runtime/file-mounts.ts";
import type { Call } from "../../service.ts";
import type { MountTargetRecord } from "./mount-target.ts";

const nfsPort = 2049;

interface Side {
  address: string;
  groups: readonly string[];
}

export async function mayReach(
  call: Call,
  client: Pick<MountRequest, "privateIp" | "securityGroups">,
  target: MountTargetRecord,
): Promise<boolean> {
  const from: Side = { address: client.privateIp, groups: client.securityGroups };
  const to: Side = { address: target.address, groups: target.securityGroups };
  const out = await rulesOf(call, from.groups, "IpPermissionsEgress");
  const into = await rulesOf(call, to.groups, "IpPermissions");
  return out.some((rule) => opens(rule, to)) && into.some((rule) => opens(rule, from));
}

async function rulesOf(call: Call, groups: readonly string[], side: "IpPermissions" | "IpPermissionsEgress"): Promise<IpPermission[]> {
  if (groups.length === 0) return [];
  try {
    const { SecurityGroups: found = [] } = await call("ec2", "DescribeSecurityGroups", { GroupIds: [...groups] });
    return found.flatMap((group) => group[side] ?? []);
  } catch (error) {
    // A group that is gone lets nothing through.
    if (error instanceof AwsError && error.code.startsWith("InvalidGroup")) return [];
    throw error;
  }
}

/** Whether a rule opens the port to (or from) the other side. Prefix lists never hold addresses of a VPC of one's own. */
function opens({ IpProtocol, FromPort, ToPort, IpRanges = [], UserIdGroupPairs = [] }: IpPermission, other: Side): boolean {
  const ports = IpProtocol === "-1" || (IpProtocol === "tcp" && FromPort! <= nfsPort && ToPort! >= nfsPort);
  if (!ports) return false;
  return (
    UserIdGroupPairs.some(({ GroupId }) => other.groups.includes(GroupId!)) || IpRanges.some(({ CidrIp }) => holds(CidrIp!, other.address))
  );
}

function holds(cidr: string, address: string): boolean {
  const [network, bits] = cidr.split("/") as [string, string];
  const list = new BlockList();
  list.addSubnet(network, Number(bits), "ipv4");
  return list.check(address, "ipv4");
}
