/**
 * How a service comes from one way of taking over to another without a request lost. AWS leaves the listener rule as the last deployment has
 * set it: where the alternate group serves, a template that knows only the first one would send all requests to an empty group. So they are
 * moved back first, by one more deployment of the version that runs. The other way round ECS asks for a rolling deployment with both groups
 * before the strategy changes. Source: ECS Developer Guide, "Update the deployment strategy from blue/green to rolling update" and its sibling.
 */
import type { Resource, Template } from "@plinth/cloudformation";
import type { Program, Stack } from "@plinth/compiler";
import { DeployError } from "./deploy-error.ts";
import { liveWeights, weightedRules, type WeightedRule } from "./rule-weights.ts";
import type { DeployRun } from "./runbook/deploy-run.ts";
import { physicalId } from "./stacks/physical-ids.ts";
import { serviceStates } from "./tasks/service-state.ts";
import { settle } from "./tasks/settle.ts";
import { watchingShifts } from "./tasks/watch-shifts.ts";

/** Before an update after which a rule knows one group only: gives the first group its requests back, where the other one has them. */
export async function leaveRollouts(run: DeployRun, stack: Stack, deployed: Template): Promise<void> {
  const { deployment, progress } = run;
  const standing = progress.stacks.get(stack.name);
  if (!standing) return;
  const stay = new Set(weightedRules(stack.template).map(({ id }) => id));
  for (const rule of weightedRules(deployed)) {
    if (stay.has(rule.id)) continue;
    const servesElsewhere = async () => Number((await liveWeights(deployment.aws, standing, rule))[rule.groups[1]!.parameter] ?? 0) > 0;
    if (!(await servesElsewhere())) continue;
    const program = await programOf(run, stack, rule);
    if (!program) continue;
    await moveBack(run, program, servesElsewhere);
  }
}

/** The app's program whose service moves this rule; none where the app has given it up. */
async function programOf({ deployment, progress }: DeployRun, { name }: Stack, { id }: WeightedRule): Promise<Program | undefined> {
  const { aws, assembly } = deployment;
  const arn = await physicalId(aws, progress.stacks.get(name)!, id);
  for (const { program, cluster, service } of await serviceStates(aws, assembly.programs, progress.stacks)) {
    const { services = [] } = await aws.call("ecs", "DescribeServices", { cluster, services: [service] });
    if (services[0]?.loadBalancers?.some(({ advancedConfiguration }) => advancedConfiguration?.productionListenerRule === arn))
      return program;
  }
  return undefined;
}

async function moveBack({ deployment, progress }: DeployRun, program: Program, servesElsewhere: () => Promise<boolean>): Promise<void> {
  const { aws, emit } = deployment;
  const { stacks } = progress;
  const steady = () => watchingShifts(deployment, stacks, () => settle(deployment, stacks, [program.name]));
  // One that is under way may move them back by itself.
  const [state] = await steady();
  if (!state || !(await servesElsewhere())) return;
  emit({
    type: "note",
    message: `${program.name}: its strategy changes, so the version that runs is brought out once more in the old way: its requests go back to the group of targets that stays.`,
  });
  await aws.call("ecs", "UpdateService", { cluster: state.cluster, service: state.service, forceNewDeployment: true });
  await steady();
  if (!(await servesElsewhere())) return;
  throw new DeployError("task-failed", `${program.name}: its requests could not be moved back to the group of targets that stays.`, {
    remedy:
      "Nothing was changed: the version that runs serves on, with the old strategy. plinth doctor looks for the cause; then deploy again.",
  });
}

/** What is deployed before `template`, where services begin to take over by moving requests: all of it, with copies replaced one by one. */
export function enteringRollouts(deployed: Template | undefined, template: Template): Template[] {
  const entering = Object.entries(template.Resources).filter(([id, resource]) => {
    const before = deployed?.Resources[id];
    return before !== undefined && movesRule(resource) && !movesRule(before);
  });
  if (entering.length === 0) return [];
  const rolling = entering.map(([id, resource]): [string, Resource] => [
    id,
    {
      ...resource,
      Properties: {
        ...resource.Properties,
        DeploymentConfiguration: {
          ...(deployed!.Resources[id]!.Properties?.["DeploymentConfiguration"] as object | undefined),
          Strategy: "ROLLING",
        },
      },
    },
  ]);
  return [{ ...template, Resources: { ...template.Resources, ...Object.fromEntries(rolling) } }];
}

function movesRule({ Type, Properties }: Resource): boolean {
  const balancers = (Properties?.["LoadBalancers"] ?? []) as { AdvancedConfiguration?: unknown }[];
  return Type === "AWS::ECS::Service" && balancers.some(({ AdvancedConfiguration }) => AdvancedConfiguration !== undefined);
}

/** One sentence for each service whose way of taking over changes in a manner that takes a deployment of its own. */
export function strategyNotes(deployed: Template | undefined, next: Template, keyOf: (logicalId: string) => string | undefined): string[] {
  return Object.entries(next.Resources).flatMap(([id, resource]) => {
    const before = deployed?.Resources[id];
    if (!before || movesRule(before) === movesRule(resource)) return [];
    const name = keyOf(id) ?? id;
    return movesRule(before)
      ? [
          `${name}: new versions will no longer take over by moving requests. If its second group of targets serves now, the version that runs is first brought out once more in the old way.`,
        ]
      : [`${name}: this deploy still replaces its copies one by one; from the next on new versions take over by moving requests.`];
  });
}
