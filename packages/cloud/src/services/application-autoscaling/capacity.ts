/** The capacity of a target, read and set through the service that has it: for a service of ECS, its desired count. */
import { AwsError } from "../../aws-error.ts";
import { roleByArn, sessionOf } from "../../identity/assume-role.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { Call } from "../../service.ts";
import type { At, TargetKey, TargetRecord } from "./targets.ts";

const linkedService = "ecs.application-autoscaling.amazonaws.com";

export interface Capacity {
  desired: number;
  running: number;
}

export const linkedRoleArn = (account: string) =>
  `arn:aws:iam::${account}:role/aws-service-role/${linkedService}/AWSServiceRoleForApplicationAutoScaling_ECSService`;

/** Makes the service-linked role at the first registration, as AWS does. */
export async function ensureLinkedRole({ cloud, account, region }: At): Promise<void> {
  if (roleByArn(cloud, linkedRoleArn(account))) return;
  await cloud.as(servicePrincipal(account, "application-autoscaling.amazonaws.com"), region)("iam", "CreateServiceLinkedRole", {
    AWSServiceName: linkedService,
  });
}

/** Calls as the service-linked role, with what AWS's policy of that role allows. */
export function asLinkedRole(
  { cloud, account, region }: At,
  sessionName: "AutoScaling-UpdateDesiredCapacity" | "AutoScaling-ManageAlarms",
): Call {
  const role = roleByArn(cloud, linkedRoleArn(account));
  if (!role) throw new AwsError("FailedResourceAccessException", `Unable to assume IAM role: ${linkedRoleArn(account)}`);
  return cloud.as(sessionOf(cloud, role, sessionName), region);
}

/** `undefined` when the resource is not there (any more). */
export async function capacityOf(at: At, target: TargetKey): Promise<Capacity | undefined> {
  if (target.namespace !== "ecs") return undefined;
  const { cluster, service } = placeOf(target);
  const call = at.cloud.as(servicePrincipal(at.account, linkedService), at.region);
  try {
    const { services } = await call("ecs", "DescribeServices", { cluster, services: [service] });
    const found = services?.find(({ status }) => status === "ACTIVE");
    return found && { desired: found.desiredCount!, running: found.runningCount! };
  } catch (error) {
    if (error instanceof AwsError && error.code === "ClusterNotFoundException") return undefined;
    throw error;
  }
}

export async function setCapacity(at: At, target: TargetRecord, desiredCount: number): Promise<void> {
  const { cluster, service } = placeOf(target);
  await asLinkedRole(at, "AutoScaling-UpdateDesiredCapacity")("ecs", "UpdateService", { cluster, service, desiredCount });
}

export function placeOf({ resourceId }: TargetKey): { cluster: string; service: string } {
  const [, cluster, service] = resourceId.split("/") as [string, string, string];
  return { cluster, service };
}
