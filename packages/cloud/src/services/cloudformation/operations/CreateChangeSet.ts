/** Computes what an update, or a creation, would change, and keeps it to be executed. */
import { parseTemplate } from "@plinth/cloudformation";
import { type ChangeSet, openChangeSets, putChangeSet } from "../../../cloudformation/change-set.ts";
import { readDrift, type ResourceDrift } from "../../../cloudformation/drift.ts";
import { markStack } from "../../../cloudformation/run.ts";
import { findStack, getStack, listResources, processedTemplate, type Stack } from "../../../cloudformation/stack.ts";
import { type OperationContext, operation } from "../../../service.ts";
import type { Input } from "../../../aws.ts";
import { checkUpdatable, newStack } from "../begin.ts";
import { changesFor } from "../change-computation.ts";
import { changeSetName, check, description as descriptionConstraint, onFailure, stackNameOrId } from "../constraints.ts";
import { changeSetAlreadyExists, refused, stackDoesNotExist, validationError } from "../errors.ts";
import { principalFor } from "../role.ts";
import { differsBeyondResources, modelOf } from "../submission.ts";

const noChanges = "The submitted information didn't contain changes. Submit different information to create a change set.";

export const createChangeSet = operation("cloudformation", "CreateChangeSet", async (input, context) => {
  const { ChangeSetName: name = "", Description, RoleARN, OnStackFailure, ClientToken } = input;
  check("changeSetName", name, changeSetName);
  check("stackName", input.StackName, stackNameOrId);
  check("changeSetType", input.ChangeSetType, { values: ["CREATE", "UPDATE", "IMPORT"] });
  check("onStackFailure", OnStackFailure, onFailure);
  check("description", Description, descriptionConstraint);
  check("clientToken", ClientToken, { minLength: 1, maxLength: 128 });
  checkServed(input);
  const type = input.ChangeSetType === "CREATE" ? "CREATE" : "UPDATE";
  const { store, world } = context.cloud;
  const { stack, isNew } = stackFor(input.StackName ?? "", type, name, context);
  const same = openChangeSets(store, stack).find((one) => one.name === name);
  if (same && ClientToken !== undefined && same.clientToken === ClientToken) return { Id: same.id, StackId: stack.id };
  if (same) throw changeSetAlreadyExists(name, stack.name);
  await principalFor(RoleARN, context);
  const { model, failure } = await modelOf(input, stack, context, { reviewed: true });
  if (input.IncludeNestedStacks) checkNotNested(processedTemplate(model));
  // What another call did in the meantime counts.
  const now = isNew ? findStack(store, context.region, stack.name) : getStack(store, context.region, stack.uuid);
  if (isNew && now && now.status !== "REVIEW_IN_PROGRESS") throw alreadyExists(stack.name, name);
  if (type === "UPDATE") checkUpdatable(now!);

  const target = now ?? stack;
  const drift = input.DeploymentMode === undefined ? undefined : await driftedOf(context, target);
  const changes = failure === undefined ? changesFor(context, target, model, drift) : [];
  const fault =
    failure?.trimEnd().replace(/\.$/u, "") ??
    (changes.length === 0 && !differsBeyondResources(context, target, model) ? noChanges : undefined);
  const changeSet: ChangeSet = {
    id: `arn:aws:cloudformation:${context.region}:${context.account}:changeSet/${name}/${world.random.uuid()}`,
    name,
    stackId: target.id,
    stackUuid: target.uuid,
    type,
    status: fault === undefined ? "CREATE_COMPLETE" : "FAILED",
    ...(fault === undefined ? {} : { statusReason: fault }),
    execution: fault === undefined ? "AVAILABLE" : "UNAVAILABLE",
    createdMs: world.clock.nowMs(),
    ...(Description === undefined ? {} : { description: Description }),
    model,
    ...(RoleARN === undefined ? {} : { roleArn: RoleARN }),
    ...(OnStackFailure === undefined ? {} : { onStackFailure: OnStackFailure }),
    changes,
    includeNestedStacks: input.IncludeNestedStacks ?? false,
    ...(ClientToken === undefined ? {} : { clientToken: ClientToken }),
    ...(drift === undefined ? {} : { drift }),
  };
  store.transaction(() => {
    putChangeSet(store, context.region, changeSet);
    if (now) return;
    markStack(context.cloud, target, "REVIEW_IN_PROGRESS", "User Initiated");
  });
  return { Id: changeSet.id, StackId: target.id };
});

function checkServed(input: Input<"cloudformation", "CreateChangeSet">): void {
  if (input.ChangeSetType === "IMPORT" || input.ResourcesToImport !== undefined)
    throw refused("IMPORT change sets", "resources cannot be taken into a stack yet");
  // ImportExistingResources (the CDK's bootstrap asks for it) takes in what is there already under a name of its own. Nothing is taken in
  // here: where there is such a resource its creation fails, as it does without.
  check("deploymentMode", input.DeploymentMode, { values: ["REVERT_DRIFT"] });
  if (input.DeploymentMode !== undefined && input.ChangeSetType === "CREATE")
    throw validationError("DeploymentMode can only be specified for change sets of type UPDATE.");
}

/** What of a stack is no longer as it was made, by logical id. */
async function driftedOf(context: OperationContext, stack: Stack): Promise<Record<string, ResourceDrift>> {
  const found = await readDrift(context, stack, listResources(context.cloud.store, stack));
  return Object.fromEntries([...found].filter(([, { status }]) => status === "MODIFIED" || status === "DELETED"));
}

/** Where no stack is nested, the change set shows all that IncludeNestedStacks asks for; the CDK always asks. */
function checkNotNested(template: string): void {
  const nested = Object.entries(parseTemplate(template).Resources).find(([, { Type }]) => Type === "AWS::CloudFormation::Stack");
  if (nested)
    throw refused("IncludeNestedStacks", `a change set shows the changes of its own stack only, and ${nested[0]} is a nested stack`);
}

const alreadyExists = (name: string, changeSet: string) =>
  validationError(`Stack [${name}] already exists and cannot be created again with the changeSet [${changeSet}].`);

function stackFor(
  nameOrId: string,
  type: "CREATE" | "UPDATE",
  changeSet: string,
  context: OperationContext,
): { stack: Stack; isNew: boolean } {
  const found = findStack(context.cloud.store, context.region, nameOrId);
  if (type === "CREATE") {
    if (nameOrId.startsWith("arn:") && found?.status !== "REVIEW_IN_PROGRESS") {
      throw found ? alreadyExists(nameOrId, changeSet) : stackDoesNotExist(nameOrId);
    }
    if (found && found.status !== "REVIEW_IN_PROGRESS") throw alreadyExists(found.name, changeSet);
    return found ? { stack: found, isNew: false } : { stack: newStack(nameOrId, context), isNew: true };
  }
  if (!found || found.status === "DELETE_COMPLETE") throw stackDoesNotExist(nameOrId);
  checkUpdatable(found);
  return { stack: found, isNew: false };
}
