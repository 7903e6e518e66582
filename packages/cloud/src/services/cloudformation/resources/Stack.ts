/** AWS::CloudFormation::Stack: a stack that is a resource of another. */
import { TemplateError } from "@plinth/cloudformation";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { engineOf } from "../../../cloudformation/engine.ts";
import { findStack, shownModel, type Stack, type StackTag } from "../../../cloudformation/stack.ts";
import { type Made, MadeInPart, type ResourceRequest, resource } from "../../../resource.ts";

type Request = ResourceRequest<ResourceProperties["AWS::CloudFormation::Stack"]>;

export const stackResource = resource("AWS::CloudFormation::Stack", {
  coverage: {
    real: ["TemplateURL", "Parameters", "Tags", "TimeoutInMinutes"],
    recorded: ["NotificationARNs"],
    note: "Its outputs are attributes (`Outputs.X`). A parent's update reaches it when its properties change, not when only the object behind an unchanged TemplateURL does.",
  },

  async create(request) {
    const { call, token, properties, signal } = request;
    const { StackId: id } = await call("cloudformation", "CreateStack", {
      StackName: nameOf(request),
      ...inputs(request),
      ...(properties.TimeoutInMinutes === undefined ? {} : { TimeoutInMinutes: properties.TimeoutInMinutes }),
      // The parent undoes what failed.
      OnFailure: "DO_NOTHING",
      ClientRequestToken: token,
    });
    adopt(request, id!);
    await request.started?.(id!);
    return ended(request, id!, signal);
  },

  async find(request) {
    const found = findStack(request.cloud.store, request.region, nameOf(request));
    if (!found) return undefined;
    adopt(request, found.id);
    return ended(request, found.id, request.signal);
  },

  async update(request) {
    const { call, physicalId, cloud, region, signal } = request;
    try {
      await call("cloudformation", "UpdateStack", { StackName: physicalId, ...inputs(request) });
    } catch (error) {
      if (!(error instanceof AwsError) || error.message !== "No updates are to be performed.") throw error;
      return made(findStack(cloud.store, region, physicalId)!);
    }
    await settled(request, physicalId, signal, () => {
      const stack = findStack(cloud.store, region, physicalId);
      if (stack?.status === "UPDATE_IN_PROGRESS") engineOf(cloud).cancel(stack);
    });
    const stack = findStack(cloud.store, region, physicalId)!;
    if (stack.status !== "UPDATE_COMPLETE") {
      throw new TemplateError(`Embedded stack ${stack.id} was not successfully updated: ${stack.statusReason ?? stack.status}`);
    }
    return made(stack);
  },

  async delete(request) {
    const { call, cloud, region, physicalId, signal } = request;
    const stack = findStack(cloud.store, region, physicalId);
    if (!stack || stack.status === "DELETE_COMPLETE") return;
    await call("cloudformation", "DeleteStack", { StackName: physicalId });
    await settled(request, physicalId, signal, () => undefined);
    const left = findStack(cloud.store, region, physicalId);
    if (left && left.status !== "DELETE_COMPLETE") {
      throw new TemplateError(`Embedded stack ${left.id} was not successfully deleted: ${left.statusReason ?? left.status}`);
    }
  },
});

const nameOf = (request: Request) => request.physicalName(128);

function inputs({ properties, cloud, region, stackId }: Request) {
  const parent = findStack(cloud.store, region, stackId);
  const capabilities = parent && shownModel(cloud.store, parent)?.capabilities;
  return {
    ...(properties.TemplateURL === undefined ? {} : { TemplateURL: properties.TemplateURL }),
    Parameters: Object.entries(properties.Parameters ?? {}).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
    Tags: ((properties.Tags ?? []) as StackTag[]).filter(({ Key }) => !Key.startsWith("aws:")),
    ...(properties.NotificationARNs === undefined ? {} : { NotificationARNs: properties.NotificationARNs }),
    // What the parent's caller acknowledged holds for the stacks in it.
    Capabilities: (capabilities ?? []) as "CAPABILITY_IAM"[],
  };
}

/** Notes whose child it is. */
function adopt({ cloud, region, stackId }: Request, id: string): void {
  const child = findStack(cloud.store, region, id);
  const parent = findStack(cloud.store, region, stackId);
  if (child && parent)
    engineOf(cloud).change(child, (live) => void Object.assign(live, { parentId: parent.id, rootId: parent.rootId ?? parent.id }));
}

/** Waits for the end of the stack's operation; where `signal` is aborted first, `stop` is called and it is waited for all the same. */
async function settled(
  { cloud, region }: Pick<Request, "cloud" | "region">,
  id: string,
  signal: AbortSignal,
  stop: () => void,
): Promise<void> {
  const stack = findStack(cloud.store, region, id);
  if (!stack) return;
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  try {
    await engineOf(cloud).settled(stack.uuid);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function ended(request: Request, id: string, signal: AbortSignal): Promise<Made> {
  const { cloud, region, call } = request;
  // An aborted creation of the parent ends this one: the parent's rollback then deletes what is there.
  await settled(request, id, signal, () => void call("cloudformation", "DeleteStack", { StackName: id }).catch(() => undefined));
  const stack = findStack(cloud.store, region, id)!;
  if (signal.aborted) throw new MadeInPart(id, signal.reason);
  if (stack.status !== "CREATE_COMPLETE") {
    throw new MadeInPart(id, new TemplateError(`Embedded stack ${id} was not successfully created: ${stack.statusReason ?? stack.status}`));
  }
  return made(stack);
}

function made(stack: Stack): Made {
  return {
    physicalId: stack.id,
    attributes: {
      StackId: stack.id,
      StackStatus: stack.status,
      ...Object.fromEntries(stack.outputs.map(({ key, value }) => [`Outputs.${key}`, value])),
    },
  };
}
