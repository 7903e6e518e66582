/** Whether resources are still what their stack made them: the drift operations, read by their services. */
import { driftDifferences, readDrift } from "../../../cloudformation/drift.ts";
import { engineOf } from "../../../cloudformation/engine.ts";
import { listResources, putResource, type Stack, type StackResource } from "../../../cloudformation/stack.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { stackToChange, stackToDescribe } from "../begin.ts";
import { check } from "../constraints.ts";
import { validationError } from "../errors.ts";
import { page } from "../page.ts";
import { at } from "./describe-stacks.ts";

interface Detection {
  id: string;
  stackId: string;
  status: "DRIFTED" | "IN_SYNC";
  drifted: number;
  checkedMs: number;
}

const detections = ({ cloud }: OperationContext) => cloud.store.collection<Detection>("cloudformation.drift-detection");
const checkable = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"];

/** Detection is done before the call returns: the id then tells the result. */
export const detectStackDrift = operation("cloudformation", "DetectStackDrift", async (input, context) => {
  const stack = stackToChange(input.StackName, context);
  checkState(stack);
  const resources = listResources(context.cloud.store, stack).filter(
    ({ logicalId }) => input.LogicalResourceIds?.includes(logicalId) ?? true,
  );
  const strange = (input.LogicalResourceIds ?? []).filter((logicalId) => !resources.some((one) => one.logicalId === logicalId));
  if (strange.length > 0) throw validationError(`Resources ${strange.join(", ")} do not exist for stack ${stack.name}`);
  await detect(context, stack, resources);
  const drifted = resources.filter(({ drift }) => drift?.status === "MODIFIED" || drift?.status === "DELETED").length;
  const checkedMs = context.cloud.world.clock.nowMs();
  const detection: Detection = {
    id: context.cloud.world.random.uuid(),
    stackId: stack.id,
    status: drifted > 0 ? "DRIFTED" : "IN_SYNC",
    drifted,
    checkedMs,
  };
  engineOf(context.cloud).change(stack, (live) => {
    live.drift = { status: detection.status, checkedMs };
    detections(context).put(context.region, detection.id, detection);
  });
  return { StackDriftDetectionId: detection.id };
});

export const detectStackResourceDrift = operation("cloudformation", "DetectStackResourceDrift", async (input, context) => {
  const stack = stackToChange(input.StackName, context);
  checkState(stack);
  const resource = listResources(context.cloud.store, stack).find(({ logicalId }) => logicalId === input.LogicalResourceId);
  if (!resource) throw validationError(`Resource ${input.LogicalResourceId ?? ""} does not exist for stack ${stack.name}`);
  await detect(context, stack, [resource]);
  return { StackResourceDrift: shape(stack, resource) };
});

export const describeStackDriftDetectionStatus = operation("cloudformation", "DescribeStackDriftDetectionStatus", (input, context) => {
  const id = input.StackDriftDetectionId ?? "";
  const detection = detections(context).get(context.region, id);
  if (!detection) throw validationError(`Drift detection with id ${id} does not exist`);
  return {
    StackId: detection.stackId,
    StackDriftDetectionId: id,
    StackDriftStatus: detection.status,
    DetectionStatus: "DETECTION_COMPLETE" as const,
    DriftedStackResourceCount: detection.drifted,
    Timestamp: at(detection.checkedMs),
  };
});

export const describeStackResourceDrifts = operation("cloudformation", "DescribeStackResourceDrifts", (input, context) => {
  const stack = stackToDescribe(input.StackName, context);
  const filters = input.StackResourceDriftStatusFilters;
  for (const [index, status] of (filters ?? []).entries()) {
    check(`stackResourceDriftStatusFilters.${index + 1}.member`, status, {
      values: ["IN_SYNC", "MODIFIED", "DELETED", "NOT_CHECKED", "UNKNOWN", "UNSUPPORTED"],
    });
  }
  const found = listResources(context.cloud.store, stack).filter(({ drift }) => drift && (filters?.includes(drift.status) ?? true));
  const { items, nextToken } = page(found, input.NextToken, input.MaxResults ?? 100, ({ logicalId }) => logicalId);
  return { StackResourceDrifts: items.map((resource) => shape(stack, resource)), NextToken: nextToken };
});

function checkState(stack: Stack): void {
  if (!checkable.includes(stack.status))
    throw validationError(`Drift detection cannot be performed on stack [${stack.name}] in state ${stack.status}`);
}

async function detect(context: OperationContext, stack: Stack, resources: readonly StackResource[]): Promise<void> {
  const found = await readDrift(context, stack, resources);
  for (const resource of resources) {
    resource.drift = found.get(resource.logicalId)!;
    putResource(context.cloud.store, stack, resource);
  }
}

function shape(stack: Stack, { logicalId, type, physicalId, drift }: StackResource) {
  const differences = drift ? driftDifferences(type, drift) : [];
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value ?? null));
  return {
    StackId: stack.id,
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    ...(drift?.expected === undefined ? {} : { ExpectedProperties: drift.expected }),
    ...(drift?.actual === undefined ? {} : { ActualProperties: drift.actual }),
    ...(drift?.status === "NOT_CHECKED"
      ? {}
      : {
          PropertyDifferences: differences.map(({ path, before, after, change }) => ({
            PropertyPath: path.replace(/^\/Properties/, ""),
            ExpectedValue: text(before),
            ActualValue: text(after),
            DifferenceType: ({ Add: "ADD", Remove: "REMOVE", Modify: "NOT_EQUAL" } as const)[change],
          })),
        }),
    StackResourceDriftStatus: drift?.status ?? ("NOT_CHECKED" as const),
    Timestamp: at(drift?.checkedMs ?? stack.createdMs),
  };
}
