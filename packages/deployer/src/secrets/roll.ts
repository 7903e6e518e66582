/**
 * Rolls the programs that use a secret, so that they run with its new value: the hash over the versions of its secrets labels a
 * program's task definition, and a stack that gets another hash makes a new revision. Nothing else of the stacks changes: their
 * templates and all other values stay as they are deployed.
 */
import type { Program, SecretSlot, Stack } from "@plinth/compiler";
import { DeployError } from "../deploy-error.ts";
import { step, type Deployment } from "../deployment.ts";
import { parameterValues } from "../parameters.ts";
import { deployStack } from "../stacks/deploy-stack.ts";
import { deployedTemplate, describeStage, isStanding, type DeployedStack } from "../stacks/stack-state.ts";
import { waitUntilSteady } from "../tasks/health.ts";
import { underLease } from "../under-lease.ts";
import { connectionVersions } from "./connections.ts";
import { secretStates } from "./slots.ts";

/** The names of the programs that run with it now; none where nothing is deployed that uses it. */
export async function rollPrograms(deployment: Deployment, slot: SecretSlot): Promise<string[]> {
  const { aws, assembly } = deployment;
  const users = assembly.programs.filter(({ secrets }) => secrets.includes(slot.name));
  if (stacksToRoll(deployment, await describeStage(aws, assembly), users, slot).length === 0) return [];
  return underLease(deployment, "secrets set", async (held) => rollUsers(held, await describeStage(aws, assembly), users, slot));
}

/**
 * The same for whoever holds the lease already.
 * @param slot where a secret of the app has changed: whether it is there is told as well.
 */
export async function rollUsers(
  deployment: Deployment,
  stacks: Map<string, DeployedStack>,
  users: readonly Program[],
  slot?: SecretSlot,
): Promise<string[]> {
  const { aws, assembly } = deployment;
  const concerned = stacksToRoll(deployment, stacks, users, slot);
  if (concerned.length === 0) return [];
  const { Account = "" } = await aws.call("sts", "GetCallerIdentity", {});
  const secrets = await secretStates(aws, assembly.secrets);
  for (const stack of concerned) {
    await step(deployment, "stack", stack.name, async () => {
      const deployed = stacks.get(stack.name)!;
      const template = await deployedTemplate(aws.in(stack.region), stack.name);
      if (!template) throw new DeployError("stack-failed", `${stack.name} has disappeared.`);
      const connections = await connectionVersions(aws, assembly, stack, stacks);
      const values = parameterValues(only(stack, ownParameters(stack, slot, users)), {
        assembly,
        stacks,
        images: new Map(),
        zones: [],
        secrets,
        connections,
      });
      const parameters = { ...countsLeftAlone(stack, deployed), ...values };
      const result = await deployStack(deployment, Account, {
        stack: { ...stack, tags: deployed.tags },
        template,
        parameters: Object.fromEntries(Object.entries(parameters).filter(([name]) => Object.hasOwn(deployed.parameters, name))),
        kept: Object.keys(deployed.parameters).filter((name) => !Object.hasOwn(parameters, name)),
      });
      stacks.set(stack.name, result.stack);
      return { value: undefined, detail: result.changes > 0 ? "rolled" : "unchanged", skipped: result.changes === 0 };
    });
  }
  await step(deployment, "health", "health", async () => {
    const states = await waitUntilSteady({ ...deployment, assembly: { ...assembly, programs: [...users] } }, stacks);
    return { value: undefined, detail: states.map(({ program, running }) => `${program.name} ${running}`).join(", ") || "no services" };
  });
  return users.map(({ name }) => name);
}

const stacksToRoll = (
  { assembly }: Deployment,
  stacks: ReadonlyMap<string, DeployedStack>,
  users: readonly Program[],
  slot: SecretSlot | undefined,
): Stack[] => assembly.stacks.filter((stack) => isStanding(stacks.get(stack.name)) && ownParameters(stack, slot, users).length > 0);

/** Those that say in which version, or whether, the secret is there. */
function ownParameters(stack: Stack, slot: SecretSlot | undefined, users: readonly { name: string }[]): string[] {
  return Object.entries(stack.parameters).flatMap(([name, source]) => {
    const ofUser = source.from === "secret-versions" && users.some((user) => user.name === source.program);
    return ofUser || (source.from === "secret-present" && source.secret === slot?.name) ? [name] : [];
  });
}

const only = (stack: Stack, names: readonly string[]): Stack => ({
  ...stack,
  parameters: Object.fromEntries(names.map((name) => [name, stack.parameters[name]!])),
});

/** A roll is no reason to set running numbers: what was set by hand stays. */
function countsLeftAlone(stack: Stack, deployed: DeployedStack): Record<string, string> {
  const counts = Object.entries(stack.parameters).filter(
    ([name, source]) => source.from === "sets-count" && Object.hasOwn(deployed.parameters, name),
  );
  return Object.fromEntries(counts.map(([name]) => [name, "false"]));
}
