/** What happened to a stack: DescribeStackEvents, DescribeEvents. */
import type { Output } from "../../../aws.ts";
import { listEvents, type StackEvent } from "../../../cloudformation/stack-event.ts";
import { findStack, type Stack } from "../../../cloudformation/stack.ts";
import { operation } from "../../../service.ts";
import { check, stackNameOrId } from "../constraints.ts";
import { stackDoesNotExist, validationError } from "../errors.ts";
import { page } from "../page.ts";
import { at } from "./describe-stacks.ts";

const pageSize = 100;

export const describeStackEvents = operation("cloudformation", "DescribeStackEvents", (input, context) => {
  const name = input.StackName ?? "";
  check("stackName", name, stackNameOrId);
  const stack = findStack(context.cloud.store, context.region, name);
  if (!stack) throw stackDoesNotExist(name);
  const { items, nextToken } = page(listEvents(context.cloud.store, stack), input.NextToken, pageSize, ({ timeMs }) => String(timeMs));
  return { StackEvents: items.map((event) => shape(stack, event)), NextToken: nextToken };
});

type Shape = NonNullable<Output<"cloudformation", "DescribeStackEvents">["StackEvents"]>[number];

function shape(stack: Stack, event: StackEvent): Shape {
  return {
    StackId: stack.id,
    EventId: event.id,
    StackName: stack.name,
    ...(event.operationId === undefined ? {} : { OperationId: event.operationId }),
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: at(event.timeMs),
    ResourceStatus: event.status as Shape["ResourceStatus"] & {},
    ...(event.reason === undefined ? {} : { ResourceStatusReason: event.reason }),
    ...(event.properties === undefined ? {} : { ResourceProperties: event.properties }),
    ...(event.clientRequestToken === undefined ? {} : { ClientRequestToken: event.clientRequestToken }),
  };
}

export const describeEvents = operation("cloudformation", "DescribeEvents", (input, context) => {
  if (input.ChangeSetName !== undefined)
    throw validationError("Events of change sets are not kept: a change set says itself why it failed.");
  const { store } = context.cloud;
  const name = input.StackName;
  const stack = name === undefined ? undefined : findStack(store, context.region, name);
  if (!stack) throw name === undefined ? validationError("StackName must be specified.") : stackDoesNotExist(name);
  const failedOnly = input.Filters?.FailedEvents ?? false;
  const events = listEvents(store, stack).filter(
    ({ operationId, status }) =>
      (input.OperationId === undefined || operationId === input.OperationId) && (!failedOnly || status.endsWith("_FAILED")),
  );
  const { items, nextToken } = page(events, input.NextToken, pageSize, ({ timeMs }) => String(timeMs));
  const types = new Map(stack.lastOperations.map(({ id, type }) => [id, type]));
  return {
    OperationEvents: items.map((event) => {
      const { StackName: _, ...common } = shape(stack, event);
      const type = event.operationId === undefined ? undefined : types.get(event.operationId);
      return {
        ...common,
        ...(type === undefined ? {} : { OperationType: type }),
        EventType: event.physicalId === stack.id ? ("STACK_EVENT" as const) : ("PROGRESS_EVENT" as const),
      };
    }),
    NextToken: nextToken,
  };
});
