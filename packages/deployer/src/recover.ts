/**
 * Brings stacks out of UPDATE_ROLLBACK_FAILED: says which resource held the rollback up, and why, and continues it. What cannot be put back
 * is left out of it by name (`skip`): CloudFormation then takes it to be in order.
 */
import { isAwsError, type Aws } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import { step, type Deployment } from "./deployment.ts";
import { originOf } from "./origin.ts";
import { plainReason } from "./stacks/plain-reason.ts";
import { describeStage, isInProgress, type DeployedStack } from "./stacks/stack-state.ts";
import { followStack, newStackEvents } from "./stacks/stack-events.ts";
import { underLease } from "./under-lease.ts";

export interface Culprit {
  stack: string;
  logicalId: string;
  resourceType: string;
  /** The inventory key, where it comes from one. */
  key?: string;
  reason: string;
}

export interface Recovery {
  /** Stacks that are back on their last good version. */
  recovered: string[];
  /** What had held them up. */
  culprits: Culprit[];
  skipped: string[];
}

/** @throws DeployError `stack-failed` that names the resources to skip, when the rollback stops again. */
export async function recover(
  deployment: Deployment,
  { skip, commandOptions }: { skip: readonly string[]; commandOptions: string },
): Promise<Recovery> {
  return underLease(deployment, "recover", async (held) => {
    const stuck = [...(await describeStage(held.aws, held.assembly)).values()].filter(({ status }) => status === "UPDATE_ROLLBACK_FAILED");
    const culprits = (await Promise.all(stuck.map((stack) => culpritsOf(held, stack)))).flat();
    const strange = skip.filter((id) => !culprits.some(({ logicalId }) => logicalId === id));
    if (strange.length > 0) {
      throw new DeployError("not-found", `${strange.join(", ")} did not hold up a rollback.`, {
        remedy:
          culprits.length > 0
            ? `What did: ${culprits.map(({ logicalId }) => logicalId).join(", ")}.`
            : "No stack of this stage is UPDATE_ROLLBACK_FAILED: plinth deploy goes on.",
      });
    }
    for (const stack of stuck) {
      const own = skip.filter((id) => culprits.some((one) => one.stack === stack.name && one.logicalId === id));
      await step(held, "recover", stack.name, async () => {
        await continueRollback(held, stack, own, commandOptions);
        return { value: undefined, detail: own.length > 0 ? `without ${own.join(", ")}` : "back on its last good version" };
      });
    }
    return { recovered: stuck.map(({ name }) => name), culprits, skipped: [...skip] };
  });
}

async function continueRollback(deployment: Deployment, stack: DeployedStack, skip: readonly string[], options: string): Promise<void> {
  const aws = deployment.aws.in(stack.region);
  const seen = new Set<string>();
  await newStackEvents(aws, stack.id, seen);
  await aws
    .call("cloudformation", "ContinueUpdateRollback", {
      StackName: stack.id,
      ...(skip.length > 0 && { ResourcesToSkip: [...skip] }),
      ClientRequestToken: `plinth-${crypto.randomUUID()}`,
    })
    .catch((error: unknown) => {
      if (!isAwsError(error, "ValidationError")) throw error;
      throw new DeployError("stack-failed", `The rollback of ${stack.name} could not be continued: ${error.message}`, { cause: error });
    });
  const { stack: after } = await followStack(deployment, aws, stack.id, seen);
  if (after?.status === "UPDATE_ROLLBACK_COMPLETE") return;
  const again = after && !isInProgress(after.status) ? await culpritsOf(deployment, after) : [];
  const ids = [...new Set([...skip, ...again.map(({ logicalId }) => logicalId)])];
  throw new DeployError(
    "stack-failed",
    `The rollback of ${stack.name} has stopped again, at ${again.map(culpritText).join("; ") || (after?.status ?? "nothing")}.`,
    {
      remedy: `Remove the obstacle and run plinth recover${options} once more; or leave out what cannot be put back, as it is: plinth recover${options} --skip ${ids.join(",")}`,
      evidence: ["What is left out keeps the state that it is in now: compare it with its template before the next deploy."],
    },
  );
}

export const culpritText = ({ logicalId, resourceType, key, reason }: Culprit): string =>
  `${key === undefined ? logicalId : `${key} (${logicalId})`} ${resourceType}: ${reason}`;

/** The resources in UPDATE_FAILED, with why: those are what may be skipped. */
async function culpritsOf({ aws: home, assembly }: Deployment, stack: DeployedStack): Promise<Culprit[]> {
  const aws: Aws = home.in(stack.region);
  const { StackResources = [] } = await aws.call("cloudformation", "DescribeStackResources", { StackName: stack.id });
  return StackResources.filter(({ ResourceStatus }) => ResourceStatus === "UPDATE_FAILED").map(
    ({ LogicalResourceId: logicalId = "", ResourceType: resourceType = "", ResourceStatusReason = "" }) => {
      const key = originOf(assembly, stack.layer, logicalId)?.key;
      return { stack: stack.name, logicalId, resourceType, ...(key !== undefined && { key }), reason: plainReason(ResourceStatusReason) };
    },
  );
}
