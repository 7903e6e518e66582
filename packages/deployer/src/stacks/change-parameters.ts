/** An update of a deployed stack that gives parameters other values: the template stays, and so do all other values. */
import type { Stack } from "@plinth/compiler";
import { DeployError } from "../deploy-error.ts";
import type { Deployment } from "../deployment.ts";
import { deployStack } from "./deploy-stack.ts";
import { deployedTemplate, type DeployedStack } from "./stack-state.ts";

/** Answers how many resources changed. */
export async function changeParameters(
  deployment: Deployment,
  stack: Stack,
  parameters: Record<string, string>,
  stacks: Map<string, DeployedStack>,
): Promise<number> {
  const { aws } = deployment;
  const deployed = stacks.get(stack.name)!;
  const template = await deployedTemplate(aws.in(stack.region), stack.name);
  if (!template) throw new DeployError("stack-failed", `${stack.name} has disappeared.`);
  const { Account = "" } = await aws.call("sts", "GetCallerIdentity", {});
  const result = await deployStack(deployment, Account, {
    stack: { ...stack, tags: deployed.tags },
    template,
    parameters,
    kept: Object.keys(deployed.parameters).filter((name) => !Object.hasOwn(parameters, name)),
  });
  stacks.set(stack.name, result.stack);
  return result.changes;
}
