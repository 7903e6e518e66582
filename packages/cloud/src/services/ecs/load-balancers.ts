/** The load balancers of a service: what requests may say of them, in AWS's words. */
import type { AdvancedConfiguration, DeploymentConfiguration, LoadBalancer } from "@aws-sdk/client-ecs";
import { AwsError } from "../../aws-error.ts";
import { mayAssume, roleByArn, sessionOf } from "../../identity/assume-role.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { Call } from "../../service.ts";
import { invalidParameter, notHere } from "./errors.ts";
import type { Scope } from "./names.ts";
import type { TaskDefinitionRecord } from "./task-definition.ts";
import { movesRequests } from "./traffic-shift.ts";

/** One target group that each task of a deployment is registered in, or, with the advanced configuration, one of two. */
export interface ServiceTarget {
  targetGroupArn: string;
  containerName: string;
  containerPort: number;
  advancedConfiguration?: {
    alternateTargetGroupArn: string;
    productionListenerRule: string;
    testListenerRule?: string;
    /** With whose rights ECS changes the rules, and registers targets. */
    roleArn: string;
  };
}

const maxTargetGroups = 5;

export const asEcs = ({ cloud, account, region }: Scope) => cloud.as(servicePrincipal(account, "ecs.amazonaws.com"), region);

/** Calls as the role that the service was given for this load balancer, or else by ECS's service-linked role. Throws AccessDenied when the role does not trust ECS. */
export function asBalancerRole(
  scope: Scope,
  { advancedConfiguration }: Pick<ServiceTarget, "advancedConfiguration">,
  session: string,
): Call {
  if (!advancedConfiguration) return asEcs(scope);
  const { cloud, account, region } = scope;
  const { roleArn } = advancedConfiguration;
  const role = roleByArn(cloud, roleArn);
  if (!role || !mayAssume(cloud, role, servicePrincipal(account, "ecs.amazonaws.com"), region))
    throw new AwsError("AccessDenied", `ECS was unable to assume the role '${roleArn}'.`, 403);
  return cloud.as(sessionOf(cloud, role, session), region);
}

/** The target groups that the tasks of a deployment are in. */
export function registeredTargets({
  loadBalancers = [],
  usesAlternate = false,
}: {
  loadBalancers?: ServiceTarget[];
  usesAlternate?: boolean;
}): ServiceTarget[] {
  return loadBalancers.map((target) =>
    usesAlternate && target.advancedConfiguration
      ? { ...target, targetGroupArn: target.advancedConfiguration.alternateTargetGroupArn }
      : target,
  );
}

export async function readLoadBalancers(
  scope: Scope,
  given: readonly LoadBalancer[],
  { definition }: Pick<TaskDefinitionRecord, "definition">,
  configuration: DeploymentConfiguration,
): Promise<ServiceTarget[]> {
  if (given.length > maxTargetGroups) throw invalidParameter(`loadBalancers can have at most ${maxTargetGroups} items.`);
  const advanced = given.filter(({ advancedConfiguration }) => advancedConfiguration !== undefined).length;
  if (advanced > 0 && advanced < given.length)
    throw invalidParameter("Either all or none of the provided loadBalancers must have advancedConfiguration defined");
  const read: ServiceTarget[] = [];
  for (const { targetGroupArn, loadBalancerName, containerName, containerPort, advancedConfiguration } of given) {
    if (loadBalancerName !== undefined && loadBalancerName !== "") {
      if (advancedConfiguration) throw invalidParameter("advancedConfiguration field is not allowed with ELBv1 loadBalancers");
      throw notHere("Classic Load Balancers");
    }
    if (targetGroupArn === undefined || targetGroupArn === "") throw invalidParameter("targetGroupArn cannot be blank.");
    if (containerName === undefined || containerName === "") throw invalidParameter("containerName cannot be blank.");
    if (containerPort === undefined) throw invalidParameter("containerPort cannot be blank.");
    const container = definition.containerDefinitions.find(({ name }) => name === containerName);
    if (!container) throw invalidParameter(`The container ${containerName} does not exist in the task definition.`);
    if (!container.portMappings?.some((mapping) => mapping.containerPort === containerPort))
      throw invalidParameter(`The container ${containerName} did not have a container port ${containerPort} defined.`);
    const moved = advancedConfiguration && readAdvanced(advancedConfiguration, targetGroupArn);
    for (const arn of [targetGroupArn, ...(moved ? [moved.alternateTargetGroupArn] : [])]) {
      if (moved && read.some((each) => groupsOf(each).includes(arn))) throw invalidParameter(`Duplicate targetGroupArn found: ${arn}`);
      await checkGroup(scope, arn);
    }
    read.push({ targetGroupArn, containerName, containerPort, ...(moved && { advancedConfiguration: moved }) });
  }
  if (movesRequests(configuration)) checkMoves(configuration, read);
  return read;
}

const groupsOf = ({ targetGroupArn, advancedConfiguration }: ServiceTarget): string[] =>
  advancedConfiguration ? [targetGroupArn, advancedConfiguration.alternateTargetGroupArn] : [targetGroupArn];

/** Without load balancers a blue-green deployment moves no requests itself; the other strategies are nothing else than that. */
function checkMoves({ strategy }: DeploymentConfiguration, read: readonly ServiceTarget[]): void {
  if (read.length === 0 && strategy !== "BLUE_GREEN")
    throw invalidParameter(`The deployment strategy ${strategy} requires a load balancer or Service Connect.`);
  if (read.some(({ advancedConfiguration }) => !advancedConfiguration))
    throw invalidParameter("advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment strategy");
  const tests = new Set(read.flatMap(({ advancedConfiguration }) => advancedConfiguration?.testListenerRule ?? []));
  const both = read.flatMap(({ advancedConfiguration }) => {
    const rule = advancedConfiguration!.productionListenerRule;
    return tests.has(rule) ? [rule] : [];
  });
  if (both.length > 0)
    throw invalidParameter(`The following rules cannot be used as both production and test listener rules: ${both.join(", ")}`);
}

function readAdvanced(given: AdvancedConfiguration, targetGroupArn: string): NonNullable<ServiceTarget["advancedConfiguration"]> {
  const { alternateTargetGroupArn, productionListenerRule, testListenerRule, roleArn } = given;
  const blank = (name: string) => invalidParameter(`advancedConfiguration.${name} cannot be blank.`);
  if (!alternateTargetGroupArn) throw blank("alternateTargetGroupArn");
  if (!productionListenerRule) throw blank("productionListenerRule");
  if (!roleArn) throw blank("roleArn");
  if (alternateTargetGroupArn === targetGroupArn) throw invalidParameter(`Duplicate targetGroupArn found: ${targetGroupArn}`);
  checkRule("productionListenerRule", productionListenerRule);
  if (testListenerRule) checkRule("testListenerRule", testListenerRule);
  return { alternateTargetGroupArn, productionListenerRule, ...(testListenerRule && { testListenerRule }), roleArn };
}

function checkRule(name: string, arn: string): void {
  if (arn.includes(":listener-rule/app/")) return;
  throw invalidParameter(`${name} has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for NLB. Got: ${arn}`);
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
