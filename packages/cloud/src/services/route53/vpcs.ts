/** VPCs in which a private hosted zone is answered. */
import type { VPC } from "@aws-sdk/client-route-53";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import type { ZoneRecord } from "./zones.ts";

/** @throws AwsError InvalidVPCId where there is none. */
export async function readVpc(
  { cloud, principal }: { cloud: Cloud; principal: Parameters<Cloud["as"]>[0] },
  { VPCId: id, VPCRegion: region }: VPC,
): Promise<{ region: string; id: string }> {
  if (!id || !region) throw new AwsError("InvalidVPCId", "The VPC ID that you specified is invalid.");
  try {
    await cloud.as(principal, region)("ec2", "DescribeVpcs", { VpcIds: [id] });
  } catch (error) {
    if (!(error instanceof AwsError && error.code.startsWith("InvalidVpc"))) throw error;
    throw new AwsError("InvalidVPCId", `The VPC: ${id} you provided is not valid.`);
  }
  return { region, id };
}

/** In one VPC there is one zone of a name. @throws AwsError ConflictingDomainExists */
export function checkConflict(all: readonly ZoneRecord[], name: string, vpc: { region: string; id: string }): void {
  const other = all.find((zone) => zone.name === name && zone.vpcs.some(({ id, region }) => id === vpc.id && region === vpc.region));
  if (other)
    throw new AwsError(
      "ConflictingDomainExists",
      `The VPC ${vpc.id} in region ${vpc.region} has already been associated with the hosted zone ${other.id} with the same domain name.`,
    );
}
