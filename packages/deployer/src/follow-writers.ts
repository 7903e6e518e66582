/** The connection secrets of databases over several regions name where the writer answers: what RDS says of it is told to the stack that writes them. */
import type { Stack } from "@plinth/compiler";
import type { Deployment } from "./deployment.ts";
import { lookUpGlobalEndpoints } from "./global-endpoints.ts";
import { changeParameters } from "./stacks/change-parameters.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

/** Answers how many resources changed: none where the stack knows it already, or has no such database. */
export async function followWriters(deployment: Deployment, stack: Stack, stacks: Map<string, DeployedStack>): Promise<number> {
  const endpoints = await lookUpGlobalEndpoints(deployment.aws, stack);
  const deployed = stacks.get(stack.name)?.parameters ?? {};
  const other = [...endpoints].filter(([name, value]) => deployed[name] !== undefined && deployed[name] !== value);
  return other.length === 0 ? 0 : changeParameters(deployment, stack, Object.fromEntries(other), stacks);
}
