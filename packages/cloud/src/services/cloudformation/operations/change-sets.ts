/** Change sets that exist: DescribeChangeSet, ListChangeSets, ExecuteChangeSet, DeleteChangeSet. */
import type { Output } from "../../../aws.ts";
import {
  adopt,
  type ChangeSet,
  dropChangeSet,
  findChangeSet,
  listChangeSets as stored,
  openChangeSets,
} from "../../../cloudformation/change-set.ts";
import type { ChangeDetail, ResourceChange } from "../../../cloudformation/changes.ts";
import { engineOf } from "../../../cloudformation/engine.ts";
import { findStack, getStack, type Stack } from "../../../cloudformation/stack.ts";
import { type OperationContext, operation } from "../../../service.ts";
import type { Store } from "../../../store.ts";
import { checkUpdatable, newOperation, stackToChange } from "../begin.ts";
import { check } from "../constraints.ts";
import { changeSetDoesNotExist, invalidChangeSetStatus, stackDoesNotExist, validationError } from "../errors.ts";
import { page } from "../page.ts";
import { principalFor } from "../role.ts";
import { at, parameterShapes } from "./describe-stacks.ts";

const pageSize = 100;

/** By ARN, or by name with the stack's name or id. @throws ValidationError, ChangeSetNotFoundException */
export function changeSetNamed(
  nameOrId: string | undefined,
  stackName: string | undefined,
  context: OperationContext,
): { changeSet: ChangeSet; stack: Stack } {
  const { store } = context.cloud;
  const name = nameOrId ?? "";
  check("changeSetName", name, { minLength: 1, maxLength: 1600, pattern: /[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/]*/ });
  const isArn = name.startsWith("arn:");
  if (!isArn && stackName === undefined) throw validationError("StackName must be specified if ChangeSetName is not specified as an ARN.");
  const named = stackName === undefined ? undefined : findStack(store, context.region, stackName);
  if (!isArn && !named) throw stackDoesNotExist(stackName ?? "");
  const changeSet = isArn ? findChangeSet(store, context.region, name) : (openOf(store, named!, name) ?? executedOf(store, named!, name));
  const stack = changeSet && getStack(store, context.region, changeSet.stackUuid);
  if (!changeSet || !stack) throw changeSetDoesNotExist(name);
  return { changeSet, stack };
}

const openOf = (store: Store, stack: Stack, name: string) => openChangeSets(store, stack).find((one) => one.name === name);

/** The last one: a name is free again once its change set is executed. */
const executedOf = (store: Store, stack: Stack, name: string) => stored(store, stack).findLast((one) => one.name === name);

export const describeChangeSet = operation("cloudformation", "DescribeChangeSet", (input, context) => {
  const { changeSet, stack } = changeSetNamed(input.ChangeSetName, input.StackName, context);
  const withValues = input.IncludePropertyValues ?? false;
  const { items, nextToken } = page(
    withValues ? changeSet.changes.flatMap(certainPart) : changeSet.changes,
    input.NextToken,
    pageSize,
    ({ logicalId }) => logicalId,
  );
  const { model } = changeSet;
  return {
    ChangeSetName: changeSet.name,
    ChangeSetId: changeSet.id,
    StackId: stack.id,
    StackName: stack.name,
    ...(changeSet.description === undefined ? {} : { Description: changeSet.description }),
    ...parameterShapes(model),
    CreationTime: at(changeSet.createdMs),
    ExecutionStatus: changeSet.execution,
    Status: changeSet.status,
    ...(changeSet.statusReason === undefined ? {} : { StatusReason: changeSet.statusReason }),
    NotificationARNs: model.notificationArns,
    RollbackConfiguration: model.rollback ?? {},
    Capabilities: model.capabilities as NonNullable<Output<"cloudformation", "DescribeChangeSet">["Capabilities"]>,
    ...(model.tags.length === 0 ? {} : { Tags: model.tags }),
    Changes: items.map((change) => ({ Type: "Resource" as const, ResourceChange: changeShape(change, withValues) })),
    NextToken: nextToken,
    ...(changeSet.drift === undefined
      ? {}
      : {
          DeploymentMode: "REVERT_DRIFT" as const,
          StackDriftStatus: Object.keys(changeSet.drift).length > 0 ? ("DRIFTED" as const) : ("IN_SYNC" as const),
        }),
    IncludeNestedStacks: changeSet.includeNestedStacks,
    ...(changeSet.onStackFailure === undefined ? {} : { OnStackFailure: changeSet.onStackFailure }),
  };
});

/** With values AWS tells only what is known to change. */
function certainPart(change: ResourceChange): ResourceChange[] {
  const details = change.details.filter(({ possible }) => !possible);
  if (details.length === change.details.length) return [change];
  const certain = details.some(({ recreation }) => recreation !== "Never") ? change.replacement : "False";
  return details.length === 0 ? [] : [{ ...change, details, ...(certain === undefined ? {} : { replacement: certain }) }];
}

function changeShape(change: ResourceChange, withValues: boolean) {
  return {
    ...(change.policyAction === undefined ? {} : { PolicyAction: change.policyAction }),
    Action: change.action,
    LogicalResourceId: change.logicalId,
    ...(change.physicalId === undefined || change.physicalId === "" ? {} : { PhysicalResourceId: change.physicalId }),
    ResourceType: change.type,
    ...(change.replacement === undefined ? {} : { Replacement: change.replacement }),
    ...(change.driftStatus === undefined ? {} : { ResourceDriftStatus: change.driftStatus }),
    Scope: change.scope,
    Details: (withValues ? directFirst(change.details) : change.details).map((detail) => detailShape(detail, withValues)).filter(isFirst),
    ...(withValues && change.before !== undefined ? { BeforeContext: change.before } : {}),
    ...(withValues && change.after !== undefined ? { AfterContext: change.after } : {}),
  };
}

/** With values AWS names, of each place, the change of the value itself first, also where only a resource that it refers to brings it about. */
function directFirst(details: readonly ChangeDetail[]): ChangeDetail[] {
  const byPlace = Map.groupBy(details, ({ attribute, name, path }) => JSON.stringify([attribute, name, path]));
  return [...byPlace.values()].flatMap((ofPlace) => {
    const others = ofPlace.filter(({ source }) => source !== "DirectModification");
    const direct = ofPlace.filter(({ source }) => source === "DirectModification");
    if (direct.length > 0 || !others[0]) return [...direct, ...others];
    const { cause: _, ...own } = others[0];
    return [{ ...own, source: "DirectModification", evaluation: "Dynamic" }, ...others];
  });
}

function detailShape(detail: ChangeDetail, withValues: boolean) {
  return {
    Target: {
      Attribute: detail.attribute,
      ...(detail.name === undefined ? {} : { Name: detail.name }),
      RequiresRecreation: detail.recreation,
      ...(withValues && detail.path !== undefined ? { Path: detail.path } : {}),
      ...(withValues && detail.before !== undefined ? { BeforeValue: detail.before } : {}),
      ...(withValues && detail.after !== undefined ? { AfterValue: detail.after } : {}),
      ...(withValues && detail.change !== undefined ? { AttributeChangeType: detail.change } : {}),
      ...(detail.drift === undefined ? {} : driftOf(detail.drift)),
    },
    Evaluation: detail.evaluation,
    ChangeSource: detail.source,
    ...(detail.cause === undefined ? {} : { CausingEntity: detail.cause }),
  };
}

const driftOf = ({ previous, actual, checkedMs }: NonNullable<ChangeDetail["drift"]>) => ({
  BeforeValueFrom: "ACTUAL_STATE" as const,
  AfterValueFrom: "TEMPLATE" as const,
  Drift: {
    ...(previous === undefined ? {} : { PreviousValue: previous }),
    ...(actual === undefined ? {} : { ActualValue: actual }),
    DriftDetectionTimestamp: at(checkedMs),
  },
});

/** Without values several places of one property say the same. */
function isFirst(detail: object, index: number, all: readonly object[]): boolean {
  const text = JSON.stringify(detail);
  return all.findIndex((other) => JSON.stringify(other) === text) === index;
}

export const listChangeSets = operation("cloudformation", "ListChangeSets", (input, context) => {
  const stack = stackToChange(input.StackName, context);
  const { items, nextToken } = page(openChangeSets(context.cloud.store, stack), input.NextToken, pageSize, ({ id }) => id);
  return {
    Summaries: items.map((changeSet) => ({
      StackId: stack.id,
      StackName: stack.name,
      ChangeSetId: changeSet.id,
      ChangeSetName: changeSet.name,
      ExecutionStatus: changeSet.execution,
      Status: changeSet.status,
      ...(changeSet.statusReason === undefined ? {} : { StatusReason: changeSet.statusReason }),
      CreationTime: at(changeSet.createdMs),
      ...(changeSet.description === undefined ? {} : { Description: changeSet.description }),
      IncludeNestedStacks: changeSet.includeNestedStacks,
    })),
    NextToken: nextToken,
  };
});

export const deleteChangeSet = operation("cloudformation", "DeleteChangeSet", (input, context) => {
  const { store } = context.cloud;
  let found: ReturnType<typeof changeSetNamed>;
  try {
    found = changeSetNamed(input.ChangeSetName, input.StackName, context);
  } catch (error) {
    // As AWS: what is not there is deleted already.
    if (error instanceof Error && error.name === "ChangeSetNotFound") return {};
    throw error;
  }
  if (found.changeSet.execution === "EXECUTE_IN_PROGRESS") {
    throw invalidChangeSetStatus(
      `ChangeSet [${found.changeSet.id}] cannot be deleted in its current execution status of [EXECUTE_IN_PROGRESS]`,
    );
  }
  dropChangeSet(store, context.region, found.changeSet);
  return {};
});

export const executeChangeSet = operation("cloudformation", "ExecuteChangeSet", async (input, context) => {
  const { DisableRollback, ClientRequestToken } = input;
  const { store, world } = context.cloud;
  const first = changeSetNamed(input.ChangeSetName, input.StackName, context);
  if (ClientRequestToken !== undefined && first.stack.lastOperations.some(({ clientRequestToken: token }) => token === ClientRequestToken))
    return {};
  checkExecutable(first.changeSet);
  const principal = await principalFor(first.changeSet.roleArn ?? first.stack.roleArn, context);
  const { changeSet, stack } = changeSetNamed(input.ChangeSetName, input.StackName, context);
  checkExecutable(changeSet);
  const isCreate = stack.status === "REVIEW_IN_PROGRESS";
  if (!isCreate) checkUpdatable(stack);
  if (DisableRollback !== undefined && changeSet.onStackFailure !== undefined) {
    throw validationError("DisableRollback cannot be specified for a change set that was created with OnStackFailure.");
  }
  const onFailure = DisableRollback ? "DO_NOTHING" : (changeSet.onStackFailure ?? "ROLLBACK");
  Object.assign(stack, {
    updatedMs: world.clock.nowMs(),
    disableRollback: onFailure === "DO_NOTHING",
    ...(changeSet.roleArn === undefined ? {} : { roleArn: changeSet.roleArn }),
  });
  const begun = newOperation(context, {
    type: isCreate ? "CREATE_STACK" : "UPDATE_STACK",
    phase: "make",
    principal,
    clientRequestToken: ClientRequestToken,
    onFailure,
    retainExceptOnCreate: input.RetainExceptOnCreate ?? false,
  });
  engineOf(context.cloud).begin(stack, begun, isCreate ? "CREATE_IN_PROGRESS" : "UPDATE_IN_PROGRESS", "User Initiated", () =>
    adopt(store, stack, changeSet),
  );
  return {};
});

function checkExecutable({ id, status, execution }: ChangeSet): void {
  if (status !== "CREATE_COMPLETE")
    throw invalidChangeSetStatus(`ChangeSet [${id}] cannot be executed in its current status of [${status}]`);
  if (execution !== "AVAILABLE")
    throw invalidChangeSetStatus(`ChangeSet [${id}] cannot be executed in its current execution status of [${execution}]`);
}
