/** AWS::ApplicationAutoScaling::ScalableTarget. Its Ref is `{resource}|{dimension}|{namespace}`. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";

type Properties = ResourceProperties["AWS::ApplicationAutoScaling::ScalableTarget"];
type Named = Pick<Input<"application-autoscaling", "PutScheduledAction">, "ServiceNamespace" | "ResourceId" | "ScalableDimension">;

const running = { DynamicScalingInSuspended: false, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false };

export const scalableTarget = resource("AWS::ApplicationAutoScaling::ScalableTarget", {
  coverage: {
    real: [
      "MaxCapacity",
      "MinCapacity",
      "ResourceId",
      "ScalableDimension",
      "ScheduledActions",
      "ServiceNamespace",
      "SuspendedState",
      "Tags",
    ],
    recorded: ["RoleARN"],
    note: "Services of ECS. As on AWS they are scaled by the service-linked role, whatever RoleARN says.",
  },
  /** Registered once or twice, it is the same target: so a create that was interrupted is simply repeated. */
  async create(request) {
    const { properties, call } = request;
    const { system } = splitTags(request.tags, properties.Tags);
    const before = await standing(request);
    await call("application-autoscaling", "RegisterScalableTarget", {
      ...withSystemTags(registration(properties), system),
      ...(!before && { Tags: tagsOf(properties) }),
    });
    await putScheduledActions(request);
    return made(properties);
  },
  async update(request) {
    const { properties, previous, call } = request;
    const { ScalableTargetARN: ResourceARN } = await call("application-autoscaling", "RegisterScalableTarget", registration(properties));
    const after = new Set((properties.ScheduledActions ?? []).map(({ ScheduledActionName }) => ScheduledActionName));
    for (const { ScheduledActionName } of previous.ScheduledActions ?? []) {
      if (after.has(ScheduledActionName)) continue;
      await gone(call("application-autoscaling", "DeleteScheduledAction", { ...nameOf(properties), ScheduledActionName }));
    }
    await putScheduledActions(request);
    const tags = tagsOf(properties);
    const TagKeys = Object.keys(tagsOf(previous)).filter((key) => !(key in tags));
    if (TagKeys.length > 0) await call("application-autoscaling", "UntagResource", { ResourceARN: ResourceARN!, TagKeys });
    if (Object.keys(tags).length > 0) await call("application-autoscaling", "TagResource", { ResourceARN: ResourceARN!, Tags: tags });
    return made(properties);
  },
  async delete({ physicalId, call }) {
    const [ResourceId, ScalableDimension, ServiceNamespace] = physicalId.split("|") as [string, string, string];
    await gone(call("application-autoscaling", "DeregisterScalableTarget", { ResourceId, ScalableDimension, ServiceNamespace } as Named));
  },
});

const nameOf = ({ ServiceNamespace, ResourceId, ScalableDimension }: Properties) =>
  ({ ServiceNamespace, ResourceId, ScalableDimension }) as Named;

function registration(properties: Properties): Input<"application-autoscaling", "RegisterScalableTarget"> {
  const { MinCapacity, MaxCapacity, SuspendedState } = properties;
  return { ...nameOf(properties), MinCapacity, MaxCapacity, SuspendedState: { ...running, ...SuspendedState } };
}

/** The template's and the stack's own; those of CloudFormation are given at the registration alone. */
function tagsOf({ Tags }: Properties): Record<string, string> {
  return Object.fromEntries(splitTags({}, Tags).own.map(({ Key, Value }) => [Key, Value]));
}

async function standing({ properties, call }: ResourceRequest<Properties>): Promise<boolean> {
  const { ScalableTargets = [] } = await call("application-autoscaling", "DescribeScalableTargets", {
    ServiceNamespace: properties.ServiceNamespace as Named["ServiceNamespace"],
    ResourceIds: [properties.ResourceId],
    ScalableDimension: properties.ScalableDimension as Named["ScalableDimension"],
  });
  return ScalableTargets.length > 0;
}

async function putScheduledActions({ properties, call }: ResourceRequest<Properties>): Promise<void> {
  for (const { StartTime, EndTime, ...action } of properties.ScheduledActions ?? []) {
    await call("application-autoscaling", "PutScheduledAction", {
      ...nameOf(properties),
      ...action,
      ...(StartTime !== undefined && { StartTime: new Date(StartTime) }),
      ...(EndTime !== undefined && { EndTime: new Date(EndTime) }),
    });
  }
}

function made({ ServiceNamespace, ResourceId, ScalableDimension }: Properties) {
  const physicalId = `${ResourceId}|${ScalableDimension}|${ServiceNamespace}`;
  return { physicalId, attributes: { Id: physicalId } };
}

/** Passes over what was gone already. */
async function gone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof AwsError && error.code === "ObjectNotFoundException")) throw error;
  }
}
