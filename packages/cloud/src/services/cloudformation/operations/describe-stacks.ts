/** What stacks are: DescribeStacks, ListStacks. */
import type { Output } from "../../../aws.ts";
import { engineOf } from "../../../cloudformation/engine.ts";
import { listStacks as storedStacks, type Model, shownModel, type Stack } from "../../../cloudformation/stack.ts";
import { diskFull, isWaitingForRoom } from "../../../disk-full.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { stackToDescribe } from "../begin.ts";
import { check } from "../constraints.ts";
import { page } from "../page.ts";

type StackShape = NonNullable<Output<"cloudformation", "DescribeStacks">["Stacks"]>[number];
type SummaryShape = NonNullable<Output<"cloudformation", "ListStacks">["StackSummaries"]>[number];

const pageSize = 100;
/** Whole stacks are longer than their summaries. */
const wholePageSize = 50;
export const at = (timeMs: number) => new Date(timeMs);

export const describeStacks = operation("cloudformation", "DescribeStacks", (input, context) => {
  const { store } = context.cloud;
  if (input.StackName !== undefined && input.StackName !== "") {
    const stack = stackToDescribe(input.StackName, context);
    // Its status says IN_PROGRESS, and would for ever: whoever waits for it is told why.
    const waits = engineOf(context.cloud).stalled(stack.uuid) || (stack.operation !== undefined && isWaitingForRoom(context.cloud));
    if (waits) throw diskFull(context.cloud.world.disk.root);
    return { Stacks: [stackShape(stack, context)] };
  }
  const living = storedStacks(store, context.region).filter(({ status }) => status !== "DELETE_COMPLETE");
  const { items, nextToken } = page(living, input.NextToken, wholePageSize, ({ uuid }) => uuid);
  return { Stacks: items.map((stack) => stackShape(stack, context)), NextToken: nextToken };
});

export const listStacks = operation("cloudformation", "ListStacks", (input, context) => {
  const filter = input.StackStatusFilter ?? [];
  for (const [index, status] of filter.entries()) check(`stackStatusFilter.${index + 1}.member`, status, { values: stackStatuses });
  const found = storedStacks(context.cloud.store, context.region).filter(({ status }) => filter.length === 0 || filter.includes(status));
  const { items, nextToken } = page(found, input.NextToken, pageSize, ({ uuid }) => uuid);
  return { StackSummaries: items.map((stack) => summary(stack, context)), NextToken: nextToken };
});

const actions = ["CREATE", "ROLLBACK", "DELETE", "UPDATE", "UPDATE_ROLLBACK", "IMPORT", "IMPORT_ROLLBACK"];
const stackStatuses = [
  ...actions
    .flatMap((action) => [`${action}_IN_PROGRESS`, `${action}_FAILED`, `${action}_COMPLETE`])
    .filter((status) => status !== "IMPORT_FAILED"),
  "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
  "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
  "REVIEW_IN_PROGRESS",
];

function stackShape(stack: Stack, { cloud }: OperationContext): StackShape {
  const model = shownModel(cloud.store, stack);
  const description = model?.description;
  return {
    StackId: stack.id,
    StackName: stack.name,
    ...(stack.changeSetId === undefined || stack.status === "DELETE_COMPLETE" ? {} : { ChangeSetId: stack.changeSetId }),
    ...(description === undefined ? {} : { Description: description }),
    ...parameterShapes(model),
    CreationTime: at(stack.createdMs),
    ...(stack.deletedMs === undefined ? {} : { DeletionTime: at(stack.deletedMs) }),
    ...(stack.updatedMs === undefined ? {} : { LastUpdatedTime: at(stack.updatedMs) }),
    RollbackConfiguration: model?.rollback ?? {},
    StackStatus: stack.status,
    ...(stack.statusReason === undefined ? {} : { StackStatusReason: stack.statusReason }),
    DisableRollback: stack.disableRollback,
    NotificationARNs: model?.notificationArns ?? [],
    ...(stack.timeoutMinutes === undefined ? {} : { TimeoutInMinutes: stack.timeoutMinutes }),
    ...(model && model.capabilities.length > 0 ? { Capabilities: model.capabilities as StackShape["Capabilities"] & {} } : {}),
    ...(stack.outputs.length === 0
      ? {}
      : {
          Outputs: stack.outputs.map(({ key, value, description: text, exportName }) => ({
            OutputKey: key,
            OutputValue: value,
            ...(text === undefined ? {} : { Description: text }),
            ...(exportName === undefined ? {} : { ExportName: exportName }),
          })),
        }),
    ...(stack.roleArn === undefined ? {} : { RoleARN: stack.roleArn }),
    Tags: model?.tags ?? [],
    ...(stack.status === "DELETE_COMPLETE" ? {} : { EnableTerminationProtection: stack.terminationProtection }),
    ...(stack.parentId === undefined ? {} : { ParentId: stack.parentId, RootId: stack.rootId }),
    DriftInformation: driftShape(stack),
    LastOperations: stack.lastOperations.map(({ type, id }) => ({ OperationType: type, OperationId: id })),
  };
}

function summary(stack: Stack, { cloud }: OperationContext): SummaryShape {
  const model = shownModel(cloud.store, stack);
  const description = model?.description;
  return {
    StackId: stack.id,
    StackName: stack.name,
    ...(description === undefined ? {} : { TemplateDescription: description }),
    CreationTime: at(stack.createdMs),
    ...(stack.updatedMs === undefined ? {} : { LastUpdatedTime: at(stack.updatedMs) }),
    ...(stack.deletedMs === undefined ? {} : { DeletionTime: at(stack.deletedMs) }),
    StackStatus: stack.status,
    ...(stack.statusReason === undefined ? {} : { StackStatusReason: stack.statusReason }),
    ...(stack.parentId === undefined ? {} : { ParentId: stack.parentId, RootId: stack.rootId }),
    DriftInformation: driftShape(stack),
    LastOperations: stack.lastOperations.map(({ type, id }) => ({ OperationType: type, OperationId: id })),
  };
}

const driftShape = ({ drift }: Stack) =>
  drift ? { StackDriftStatus: drift.status, LastCheckTimestamp: at(drift.checkedMs) } : { StackDriftStatus: "NOT_CHECKED" as const };

/** NoEcho values are never shown. */
export function parameterShapes(model: Model | undefined) {
  const parameters = Object.entries(model?.parameters ?? {}).map(([ParameterKey, { given, noEcho, resolved }]) => ({
    ParameterKey,
    ParameterValue: noEcho ? "****" : given,
    ...(resolved === undefined ? {} : { ResolvedValue: noEcho ? "****" : resolved }),
  }));
  return parameters.length === 0 ? {} : { Parameters: parameters };
}
