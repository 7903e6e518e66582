/** Brings one stack to a template: change set, execution, events; what blocks it from an earlier attempt is cleared first. */
import { sameValue, type Template } from "@plinth/cloudformation";
import type { Stack } from "@plinth/compiler";
import { isAwsError, type Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import { pollingDelaysMs, throwIfInterrupted, type Deployment } from "../deployment.ts";
import { originOf } from "../origin.ts";
import { plainReason } from "./plain-reason.ts";
import { rootCauses } from "./root-cause.ts";
import { deleteStack } from "./delete-stack.ts";
import { followStack, newStackEvents, type StackEvent } from "./stack-events.ts";
import { deployedTemplate, describeStack, isInProgress, isRemnant, type DeployedStack } from "./stack-state.ts";
import { templateSource } from "./template-bucket.ts";

export interface StackInput {
  stack: Stack;
  template: Template;
  /** Values of all of the template's parameters, except those that keep theirs. */
  parameters: Record<string, string>;
  /** Parameters of the deployed template that this one still names without giving a value. */
  kept: string[];
  /** Whether what was changed by hand is set back, by a drift-aware change set. @default false */
  revertDrift?: boolean;
}

export interface StackResult {
  stack: DeployedStack;
  /** How many resources were touched; 0 when nothing had to change. */
  changes: number;
}

/** @throws DeployError `stack-failed`, with the root cause. */
export async function deployStack(deployment: Deployment, account: string, input: StackInput): Promise<StackResult> {
  const aws = deployment.aws.in(input.stack.region);
  const deployed = await settledStack(deployment, aws, input.stack.name);
  if (deployed && !input.revertDrift && (await isUpToDate(aws, deployed, input))) return { stack: deployed, changes: 0 };
  throwIfInterrupted(deployment.signal);

  const changeSet = await createAtRest(deployment, aws, account, input, deployed);
  if (!changeSet) return { stack: deployed ?? (await standing(aws, input.stack.name)), changes: 0 };
  const seen = new Set<string>();
  await newStackEvents(aws, changeSet.stackId, seen);
  throwIfInterrupted(deployment.signal);
  await deployment.confirmLease?.();
  await execute(aws, input.stack.name, changeSet);
  const { stack, events } = await followStack(deployment, aws, changeSet.stackId, seen);
  if (stack?.status === "CREATE_COMPLETE" || stack?.status === "UPDATE_COMPLETE") return { stack, changes: changeSet.changes };
  throw stackFailed(deployment, input.stack, stack, events);
}

/** A change set of a stack that was changed since it was made cannot be executed: so what a lost lease has let through ends here. */
async function execute(aws: Aws, name: string, changeSet: { id: string; stackId: string }): Promise<void> {
  try {
    await aws.call("cloudformation", "ExecuteChangeSet", {
      ChangeSetName: changeSet.id,
      StackName: changeSet.stackId,
      ClientRequestToken: `plinth-${crypto.randomUUID()}`,
    });
  } catch (error) {
    if (
      !isAwsError(error, "InvalidChangeSetStatusException", "InvalidChangeSetStatus", "ChangeSetNotFoundException", "ChangeSetNotFound")
    ) {
      throw error;
    }
    throw new DeployError("stack-failed", `${name} was changed by somebody else while it was being deployed: ${error.message}`, {
      remedy: "Nothing of this stack was changed by this deploy. plinth status shows how it stands; deploy again.",
      cause: error,
    });
  }
}

/**
 * The stack at rest: an operation in progress, as after Ctrl-C, is waited for; a remnant of a failed creation is deleted.
 * @returns `undefined` when it is to be made.
 */
async function settledStack(deployment: Deployment, aws: Aws, name: string): Promise<DeployedStack | undefined> {
  let stack = await describeStack(aws, name);
  if (stack && isInProgress(stack.status)) {
    deployment.emit({ type: "note", message: `${name} is ${stack.status}: waiting for it to finish.` });
    const seen = new Set<string>();
    await newStackEvents(aws, stack.id, seen);
    stack = (await followStack(deployment, aws, stack.id, seen)).stack;
  }
  if (stack && isRemnant(stack.status)) {
    deployment.emit({ type: "note", message: `${name} is ${stack.status} after an earlier attempt: deleting what is left of it first.` });
    await deleteStack(deployment, aws, stack);
    return undefined;
  }
  if (stack?.status === "UPDATE_ROLLBACK_FAILED") {
    throw new DeployError("stack-failed", `${name} is UPDATE_ROLLBACK_FAILED: ${stack.statusReason ?? "its rollback did not finish"}`, {
      remedy: "plinth recover says what held it up, and continues it.",
    });
  }
  return stack;
}

/** Whether the stack has this very template, these values and tags; then no change set is asked for. */
async function isUpToDate(aws: Aws, deployed: DeployedStack, { stack, template, parameters }: StackInput): Promise<boolean> {
  if (deployed.status === "UPDATE_ROLLBACK_COMPLETE" || !sameValue(deployed.tags, stack.tags)) return false;
  const values = Object.entries(parameters);
  if (values.some(([name, value]) => deployed.parameters[name] !== value)) return false;
  return sameValue(await deployedTemplate(aws, deployed.name), template);
}

/** Somebody else (the console, another tool) may begin to change the stack just now: that is waited for, as at the beginning. */
async function createAtRest(...given: Parameters<typeof createChangeSet>): ReturnType<typeof createChangeSet> {
  const [deployment, aws, account, input, deployed] = given;
  try {
    return await createChangeSet(...given);
  } catch (error) {
    const busy = error instanceof DeployError && /is in \w+_IN_PROGRESS state/.test(error.message);
    if (!busy) throw error;
    const settled = await settledStack(deployment, aws, input.stack.name);
    if (settled?.id !== deployed?.id || !sameValue(settled?.parameters, deployed?.parameters)) {
      throw new DeployError("stack-failed", `${input.stack.name} was changed by somebody else while it was being deployed.`, {
        remedy: "Deploy again: it begins with what stands now.",
        cause: error,
      });
    }
    return createChangeSet(deployment, aws, account, input, settled);
  }
}

async function createChangeSet(
  deployment: Deployment,
  aws: Aws,
  account: string,
  { stack, template, parameters, kept, revertDrift = false }: StackInput,
  deployed: DeployedStack | undefined,
): Promise<{ id: string; stackId: string; changes: number } | undefined> {
  const created = await aws
    .call("cloudformation", "CreateChangeSet", {
      StackName: stack.name,
      ChangeSetName: `plinth-${deployment.time.now()}-${crypto.randomUUID().slice(0, 8)}`,
      ChangeSetType: deployed ? "UPDATE" : "CREATE",
      ...(deployed && revertDrift && { DeploymentMode: "REVERT_DRIFT" as const }),
      ...(await templateSource(aws, account, JSON.stringify(template))),
      Parameters: [
        ...Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
        ...kept.map((ParameterKey) => ({ ParameterKey, UsePreviousValue: true })),
      ],
      Tags: Object.entries(stack.tags).map(([Key, Value]) => ({ Key, Value })),
      Capabilities: ["CAPABILITY_IAM"],
    })
    .catch((error: unknown) => {
      if (!isAwsError(error, "ValidationError", "LimitExceededException", "InsufficientCapabilitiesException")) throw error;
      throw new DeployError("stack-failed", `${stack.name} was refused: ${error.message}`, { cause: error });
    });
  const id = created.Id ?? "";
  const stackId = created.StackId ?? stack.name;
  for (const delayMs of pollingDelaysMs(aws)) {
    const described = await aws.call("cloudformation", "DescribeChangeSet", { ChangeSetName: id, StackName: stackId });
    if (described.Status === "CREATE_COMPLETE") {
      let changes = described.Changes?.length ?? 0;
      for (let { NextToken } = described; NextToken;) {
        const page = await aws.call("cloudformation", "DescribeChangeSet", { ChangeSetName: id, StackName: stackId, NextToken });
        changes += page.Changes?.length ?? 0;
        NextToken = page.NextToken;
      }
      return { id, stackId, changes };
    }
    if (described.Status === "FAILED") {
      const reason = described.StatusReason ?? "";
      await aws.call("cloudformation", "DeleteChangeSet", { ChangeSetName: id, StackName: stackId });
      if (deployed && /didn't contain changes|No updates are to be performed/.test(reason)) return undefined;
      if (!deployed) {
        const review = await describeStack(aws, stackId);
        if (review?.status === "REVIEW_IN_PROGRESS") await deleteStack(deployment, aws, review);
      }
      throw new DeployError("stack-failed", `${stack.name}: ${reason || "its change set could not be made"}`);
    }
    await deployment.time.sleep(delayMs, deployment.signal);
  }
  throw new Error("unreachable");
}

async function standing(aws: Aws, name: string): Promise<DeployedStack> {
  const stack = await describeStack(aws, name);
  if (!stack) throw new DeployError("stack-failed", `${name} has disappeared while it was being deployed.`);
  return stack;
}

function stackFailed(deployment: Deployment, stack: Stack, state: DeployedStack | undefined, events: StackEvent[]): DeployError {
  const [cause, ...others] = rootCauses(events);
  const status = state?.status ?? "gone";
  if (!cause) return new DeployError("stack-failed", `${stack.name} is ${status}: ${state?.statusReason ?? "no reason given"}`);
  const nameOf = ({ logicalId }: StackEvent) => {
    const key = originOf(deployment.assembly, stack.layer, logicalId)?.key;
    return key ? `${key} (${logicalId})` : logicalId;
  };
  return new DeployError("stack-failed", `${nameOf(cause)} in ${stack.name}: ${plainReason(cause.reason ?? cause.status)}`, {
    remedy: status.startsWith("UPDATE_ROLLBACK")
      ? "The stack is back on its last good version, which keeps serving. Correct the cause and deploy again."
      : "Correct the cause and deploy again: what is left of the attempt is cleared by itself.",
    evidence: others.map((event) => `${nameOf(event)}: ${plainReason(event.reason ?? event.status)}`),
    cause: { stack: stack.name, logicalId: cause.logicalId, physicalId: cause.physicalId, resourceType: cause.resourceType },
  });
}

/** Which resource a failure came from, where it came from one. */
export function failedResource(error: unknown): { stack: string; logicalId: string; physicalId: string; resourceType: string } | undefined {
  if (!(error instanceof DeployError) || error.code !== "stack-failed") return undefined;
  const { cause } = error;
  return typeof cause === "object" && cause !== null && "logicalId" in cause ? (cause as ReturnType<typeof failedResource>) : undefined;
}
