/** What a stack consists of: DescribeStackResource, DescribeStackResources, ListStackResources. */
import { parseTemplate } from "@plinth/cloudformation";
import type { OperationContext } from "../../../service.ts";
import {
  findStack,
  listResources,
  processedTemplate,
  resourcesByPhysicalId,
  shownModel,
  type Stack,
  type StackResource,
} from "../../../cloudformation/stack.ts";
import { operation } from "../../../service.ts";
import { stackToDescribe } from "../begin.ts";
import { check } from "../constraints.ts";
import { stackDoesNotExist, validationError } from "../errors.ts";
import { page } from "../page.ts";
import { at } from "./describe-stacks.ts";

const pageSize = 100;

export const describeStackResource = operation("cloudformation", "DescribeStackResource", (input, context) => {
  const { StackName, LogicalResourceId: logicalId } = input;
  check("stackName", StackName, { minLength: 1 });
  const stack = findStack(context.cloud.store, context.region, StackName ?? "");
  // This operation has words of its own for it.
  if (!stack) throw validationError(`Stack '${StackName ?? ""}' does not exist`);
  const resource = listResources(context.cloud.store, stack).find((one) => one.logicalId === logicalId);
  if (!resource) throw validationError(`Resource ${logicalId} does not exist for stack ${StackName ?? stack.name}`);
  const model = shownModel(context.cloud.store, stack);
  const metadata = model && parseTemplate(processedTemplate(model)).Resources[resource.logicalId]?.Metadata;
  return {
    StackResourceDetail: {
      StackName: stack.name,
      StackId: stack.id,
      ...summaryShape(resource),
      Metadata: JSON.stringify(metadata ?? {}),
      DriftInformation: driftShape(resource),
    },
  };
});

export const describeStackResources = operation("cloudformation", "DescribeStackResources", (input, context) => {
  const { StackName, PhysicalResourceId: physicalId, LogicalResourceId: logicalId } = input;
  const { store } = context.cloud;
  if (StackName !== undefined && physicalId !== undefined)
    throw validationError("Only one of StackName and PhysicalResourceId may be specified.");
  if (StackName === undefined && physicalId === undefined)
    throw validationError("Either StackName or PhysicalResourceId must be specified.");
  let stack: Stack;
  if (physicalId === undefined) stack = described(StackName, context);
  else {
    const [found] = resourcesByPhysicalId(store, context.region, physicalId);
    if (!found) throw validationError(`Stack for ${physicalId} does not exist`);
    stack = found.stack;
  }
  const resources = listResources(store, stack).filter((one) => logicalId === undefined || one.logicalId === logicalId);
  if (logicalId !== undefined && resources.length === 0)
    throw validationError(`Resource ${logicalId} does not exist for stack ${StackName ?? stack.name}`);
  return {
    StackResources: resources.slice(0, pageSize).map((resource) => {
      const { LastUpdatedTimestamp: Timestamp, ...rest } = summaryShape(resource);
      return { StackName: stack.name, StackId: stack.id, ...rest, Timestamp, DriftInformation: driftShape(resource) };
    }),
  };
});

export const listStackResources = operation("cloudformation", "ListStackResources", (input, context) => {
  const stack = described(input.StackName, context);
  const { items, nextToken } = page(listResources(context.cloud.store, stack), input.NextToken, pageSize, ({ logicalId }) => logicalId);
  return {
    StackResourceSummaries: items.map((resource) => ({ ...summaryShape(resource), DriftInformation: driftShape(resource) })),
    NextToken: nextToken,
  };
});

function described(nameOrId: string | undefined, context: OperationContext): Stack {
  if (nameOrId === undefined) throw stackDoesNotExist("");
  return stackToDescribe(nameOrId, context);
}

function summaryShape({ logicalId, type, physicalId, status, statusReason, updatedMs }: StackResource) {
  return {
    LogicalResourceId: logicalId,
    ...(physicalId === "" ? {} : { PhysicalResourceId: physicalId }),
    ResourceType: type,
    LastUpdatedTimestamp: at(updatedMs),
    ResourceStatus: status,
    ...(statusReason === undefined ? {} : { ResourceStatusReason: statusReason }),
  };
}

const driftShape = ({ drift }: StackResource) =>
  drift && drift.status !== "NOT_CHECKED"
    ? { StackResourceDriftStatus: drift.status, LastCheckTimestamp: at(drift.checkedMs) }
    : { StackResourceDriftStatus: "NOT_CHECKED" as const };
