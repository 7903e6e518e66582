/** Where a file system is, its ARNs, and the states that what is made goes through. */
import type { Cloud } from "../../cloud.ts";
import type { OperationContext } from "../../service.ts";

export type Place = Pick<OperationContext, "cloud" | "account" | "region">;
type Owner = Pick<Place, "account" | "region">;

export const fileSystemArn = ({ account, region }: Owner, id: string): string =>
  `arn:aws:elasticfilesystem:${region}:${account}:file-system/${id}`;
export const accessPointArn = ({ account, region }: Owner, id: string): string =>
  `arn:aws:elasticfilesystem:${region}:${account}:access-point/${id}`;

/** An id, also where its ARN is given. */
export const idOf = (given: string): string => given.slice(given.lastIndexOf("/") + 1);

/** What is new is `creating` for so long; longer on AWS. */
const creatingMs = 50;

/** The state of what stands since `createdMs`; a cloud for test suites does not let them wait. */
export function stateSince(cloud: Cloud, createdMs: number): "creating" | "available" {
  return cloud.patienceMs === 0 && cloud.world.clock.nowMs() < createdMs + creatingMs ? "creating" : "available";
}
