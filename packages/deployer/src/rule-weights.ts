/**
 * The weights of listener rules that ECS moves. CloudFormation knows them as parameters, which keep their values as long as it leaves the
 * rule alone; before an update that may touch the rule it is told how they stand, for it would set them back, in that update or in its
 * rollback, and send the requests to the group that is empty.
 */
import { dependencies, sameValue, type Resource, type Template } from "@plinth/cloudformation";
import type { Stack } from "@plinth/compiler";
import { isAwsError, type Aws } from "./aws.ts";
import type { DeployRun } from "./runbook/deploy-run.ts";
import { deployStack } from "./stacks/deploy-stack.ts";
import { physicalId } from "./stacks/physical-ids.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

/** A rule whose weights are parameters: in the order of its target groups, the first being the one that is there without a rollout too. */
export interface WeightedRule {
  id: string;
  groups: { parameter: string; group: string }[];
}

/** Those of a template. */
export const weightedRules = ({ Resources }: Template): WeightedRule[] =>
  Object.entries(Resources).flatMap(([id, resource]) => {
    const groups = weightsIn(resource);
    return groups.length > 0 ? [{ id, groups }] : [];
  });

function weightsIn({ Type, Properties }: Resource): WeightedRule["groups"] {
  if (Type !== "AWS::ElasticLoadBalancingV2::ListenerRule") return [];
  const [action] = (Properties?.["Actions"] ?? []) as {
    ForwardConfig?: { TargetGroups?: { TargetGroupArn?: { Ref?: string }; Weight?: { Ref?: string } }[] };
  }[];
  return (action?.ForwardConfig?.TargetGroups ?? []).flatMap(({ TargetGroupArn, Weight }) =>
    Weight?.Ref === undefined ? [] : [{ parameter: Weight.Ref, group: TargetGroupArn?.Ref ?? "" }],
  );
}

/**
 * Tells CloudFormation the weights of the rules that the coming update may touch, in an update of its own, so that neither the one that
 * follows nor its rollback moves a request. @returns the values of the next template's parameters.
 */
export async function keepWeights(run: DeployRun, stack: Stack, deployed: Template): Promise<Record<string, string>> {
  const { deployment, account, progress } = run;
  const standing = progress.stacks.get(stack.name);
  if (!standing) return {};
  const weights: Record<string, string> = {};
  for (const rule of weightedRules(deployed)) {
    // Set back, they would be drift too.
    const touched = run.revertDrift || isTouched(rule.id, deployed, stack.template);
    if (touched) Object.assign(weights, await liveWeights(deployment.aws, standing, rule));
  }
  const moved = Object.entries(weights).filter(([name, weight]) => (standing.parameters[name] ?? weight) !== weight);
  if (moved.length > 0) {
    const parameters = { ...standing.parameters, ...Object.fromEntries(moved) };
    const told = await deployStack(deployment, account, {
      stack: { ...stack, tags: standing.tags },
      template: deployed,
      parameters,
      kept: [],
    });
    progress.stacks.set(stack.name, told.stack);
  }
  return Object.fromEntries(Object.entries(weights).filter(([name]) => Object.hasOwn(stack.parameters, name)));
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

/** By the names of the parameters; without those that the rule does not have, or all where the rule is gone. */
export async function liveWeights(aws: Aws, standing: DeployedStack, { id, groups }: WeightedRule): Promise<Record<string, string>> {
  const arn = await physicalId(aws, standing, id);
  const found = arn === undefined ? undefined : await weightsOf(aws, arn);
  const weights: Record<string, string> = {};
  for (const { parameter, group } of groups) {
    const weight = found?.get(standing.parameters[group] ?? (await physicalId(aws, standing, group)) ?? "");
    if (weight !== undefined) weights[parameter] = String(weight);
  }
  return weights;
}

async function weightsOf(aws: Aws, arn: string): Promise<Map<string, number> | undefined> {
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
