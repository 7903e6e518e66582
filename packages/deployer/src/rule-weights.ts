/**
 * The weights of listener rules that ECS moves. CloudFormation knows them as parameters, which keep their values as long as it leaves the
 * rule alone; before an update that may touch the rule it is told how they stand, for it would set them back, in that update or in its
 * rollback, and send the requests to the group that is empty.
 */
import { dependencies, sameValue, type Template } from "@plinth/cloudformation";
import type { Stack } from "@plinth/compiler";
import { isAwsError, type Aws } from "./aws.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

/** The parameters whose rule an update from `deployed` to `next` may touch, with the weights that the rule has. */
export async function liveWeights(
  aws: Aws,
  stack: Stack,
  { deployed, next, standing }: { deployed: Template; next: Template; standing: DeployedStack },
): Promise<Record<string, string>> {
  const weights: Record<string, string> = {};
  for (const [name, source] of Object.entries(stack.parameters)) {
    if (source.from !== "rule-weight" || !deployed.Resources[source.rule] || !isTouched(source.rule, deployed, next)) continue;
    const weight = (await weightsOf(aws, standing, source.rule))?.get(await groupArn(aws, standing, next, source));
    if (weight !== undefined) weights[name] = String(weight);
  }
  return weights;
}

/** Whether the rule, or anything that it is made of, is otherwise. */
function isTouched(rule: string, deployed: Template, next: Template): boolean {
  const needs = dependencies(next);
  const parts = new Set<string>();
  const add = (id: string): void => {
    if (parts.has(id)) return;
    parts.add(id);
    for (const need of needs.get(id) ?? []) add(need);
  };
  add(rule);
  return [...parts].some((id) => !sameValue(deployed.Resources[id], next.Resources[id]));
}

async function weightsOf(aws: Aws, standing: DeployedStack, rule: string): Promise<Map<string, number> | undefined> {
  const arn = await physicalId(aws, standing, rule);
  if (arn === undefined) return undefined;
  try {
    const { Rules = [] } = await aws.call("elbv2", "DescribeRules", { RuleArns: [arn] });
    const groups = Rules[0]?.Actions?.find(({ Type }) => Type === "forward")?.ForwardConfig?.TargetGroups ?? [];
    return new Map(groups.map(({ TargetGroupArn = "", Weight = 1 }) => [TargetGroupArn, Weight]));
  } catch (error) {
    // Somebody has deleted it by hand: the update makes it anew.
    if (isAwsError(error, "RuleNotFoundException", "RuleNotFound")) return undefined;
    throw error;
  }
}

/** The target group whose weight it is: a resource of the same stack, or handed on to it. */
async function groupArn(
  aws: Aws,
  standing: DeployedStack,
  next: Template,
  { rule, index }: { rule: string; index: number },
): Promise<string> {
  const [action] = (next.Resources[rule]?.Properties?.["Actions"] ?? []) as {
    ForwardConfig?: { TargetGroups?: { TargetGroupArn?: { Ref?: string } }[] };
  }[];
  const name = action?.ForwardConfig?.TargetGroups?.[index]?.TargetGroupArn?.Ref ?? "";
  return standing.parameters[name] ?? (await physicalId(aws, standing, name)) ?? "";
}

async function physicalId(aws: Aws, { name: StackName }: DeployedStack, LogicalResourceId: string): Promise<string | undefined> {
  try {
    const { StackResources = [] } = await aws.call("cloudformation", "DescribeStackResources", { StackName, LogicalResourceId });
    return StackResources[0]?.PhysicalResourceId;
  } catch (error) {
    if (isAwsError(error, "ValidationError")) return undefined;
    throw error;
  }
}
