/** Whether resources are still what their stack made them: the drift operations, by reading through the types' handlers. */
import { diffProperties } from "@plinth/cloudformation";
import { resourceTypeSchema } from "@plinth/cloudformation/resource-types";
import { deploymentOf, knownProperties } from "../../../cloudformation/deployment.ts";
import { engineOf } from "../../../cloudformation/engine.ts";
import { referenced } from "../../../cloudformation/run.ts";
import { getModel, listResources, putResource, type Stack, type StackResource } from "../../../cloudformation/stack.ts";
import { resourceTags, withoutStackTags } from "../../../cloudformation/tags.ts";
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
  for (const resource of resources) await detect(context, stack, resource);
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
  await detect(context, stack, resource);
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

/** Types that cannot be read stay NOT_CHECKED, as AWS leaves types without drift detection. */
async function detect(context: OperationContext, stack: Stack, resource: StackResource): Promise<void> {
  const { cloud, account, region, call } = context;
  const checkedMs = cloud.world.clock.nowMs();
  const { current, logicalId, type } = resource;
  const handler = engineOf(cloud).handler(type);
  if (!handler?.read || current?.physicalId === undefined || stack.model === undefined) {
    resource.drift = { status: "NOT_CHECKED", checkedMs };
  } else {
    const read = await handler.read({ cloud, account, region, call, physicalId: current.physicalId });
    const resources = new Map(listResources(cloud.store, stack).map((one) => [one.logicalId, one]));
    const deployment = deploymentOf(cloud, stack, getModel(cloud.store, stack, stack.model), (name) => referenced({ resources }, name));
    const tags = resourceTags(stack, deployment.model.tags, logicalId);
    // What would show a secret is not compared.
    const expected = Object.fromEntries(
      Object.entries(knownProperties(deployment, deployment.shown, logicalId)).filter(
        ([, value]) => !/\*\*\*\*|\{\{resolve:/.test(JSON.stringify(value)),
      ),
    );
    const present = read && withoutStackTags(read.properties, tags);
    const actual =
      present && Object.fromEntries(Object.keys(expected).flatMap((name) => (present[name] === undefined ? [] : [[name, present[name]]])));
    const differs = actual !== undefined && diffProperties(resourceTypeSchema(type), expected, actual).length > 0;
    resource.drift = {
      status: actual === undefined ? "DELETED" : differs ? "MODIFIED" : "IN_SYNC",
      checkedMs,
      expected: JSON.stringify(expected),
      ...(actual === undefined ? {} : { actual: JSON.stringify(actual) }),
    };
  }
  putResource(cloud.store, stack, resource);
}

function shape(stack: Stack, { logicalId, type, physicalId, drift }: StackResource) {
  const differences =
    drift?.expected !== undefined && drift.actual !== undefined
      ? diffProperties(
          resourceTypeSchema(type),
          JSON.parse(drift.expected) as Record<string, unknown>,
          JSON.parse(drift.actual) as Record<string, unknown>,
        )
      : [];
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
