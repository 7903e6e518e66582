/** The load balancers of a service: what requests may say of them, in AWS's words. */
import type { LoadBalancer } from "@aws-sdk/client-ecs";
import { AwsError } from "../../aws-error.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { invalidParameter, notHere } from "./errors.ts";
import type { Scope } from "./names.ts";
import type { TaskDefinitionRecord } from "./task-definition.ts";

/** One target group that each task of a deployment is registered in. */
export interface ServiceTarget {
  targetGroupArn: string;
  containerName: string;
  containerPort: number;
}

const maxTargetGroups = 5;

export const asEcs = ({ cloud, account, region }: Scope) => cloud.as(servicePrincipal(account, "ecs.amazonaws.com"), region);

export async function readLoadBalancers(
  scope: Scope,
  given: readonly LoadBalancer[],
  { definition }: Pick<TaskDefinitionRecord, "definition">,
): Promise<ServiceTarget[]> {
  if (given.length > maxTargetGroups) throw invalidParameter(`loadBalancers can have at most ${maxTargetGroups} items.`);
  const read: ServiceTarget[] = [];
  for (const { targetGroupArn, loadBalancerName, containerName, containerPort, advancedConfiguration } of given) {
    if (loadBalancerName !== undefined && loadBalancerName !== "") throw notHere("Classic Load Balancers");
    if (advancedConfiguration) throw notHere("the advanced configuration of load balancers (blue-green deployments)");
    if (targetGroupArn === undefined || targetGroupArn === "") throw invalidParameter("targetGroupArn cannot be blank.");
    if (containerName === undefined || containerName === "") throw invalidParameter("containerName cannot be blank.");
    if (containerPort === undefined) throw invalidParameter("containerPort cannot be blank.");
    const container = definition.containerDefinitions.find(({ name }) => name === containerName);
    if (!container) throw invalidParameter(`The container ${containerName} does not exist in the task definition.`);
    if (!container.portMappings?.some((mapping) => mapping.containerPort === containerPort))
      throw invalidParameter(`The container ${containerName} did not have a container port ${containerPort} defined.`);
    await checkGroup(scope, targetGroupArn);
    read.push({ targetGroupArn, containerName, containerPort });
  }
  return read;
}

async function checkGroup(scope: Scope, arn: string): Promise<void> {
  let found;
  try {
    [found] = (await asEcs(scope)("elbv2", "DescribeTargetGroups", { TargetGroupArns: [arn] })).TargetGroups ?? [];
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw invalidParameter(`The target group ${arn} does not exist.`);
  }
  if (found?.TargetType !== "ip") {
    throw invalidParameter(
      `The provided target group ${arn} has target type ${found?.TargetType}, which is incompatible with the awsvpc network mode specified in the task definition.`,
    );
  }
  if ((found.LoadBalancerArns ?? []).length === 0)
    throw invalidParameter(`The target group with targetGroupArn ${arn} does not have an associated load balancer.`);
}
