/** AWS::Events::Rule, with its targets. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import type { Input } from "../../../aws.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";
import { busName } from "../bus.ts";

type Properties = ResourceProperties["AWS::Events::Rule"];
type Target = NonNullable<Properties["Targets"]>[number];
type ApiTarget = Input<"events", "PutTargets">["Targets"][number];

const nameOf = (request: ResourceRequest<Properties>) => request.properties.Name ?? request.physicalName(64);

/** As CloudFormation has it: the name, behind the bus's where that is not the default one. */
const idOf = (bus: string, name: string) => (bus === "default" ? name : `${bus}|${name}`);

export const ruleOfId = (id: string): { Name: string; EventBusName: string } => {
  const [first = "", name] = id.split("|");
  return name === undefined ? { Name: first, EventBusName: "default" } : { Name: name, EventBusName: first };
};

export const patternText = (pattern: Properties["EventPattern"]): string | undefined =>
  pattern === undefined || typeof pattern === "string" ? pattern : JSON.stringify(pattern);

/** The same members as the API's, but for some of a task's that have other names there. */
export function targetOf({ EcsParameters: ecs, ...target }: Target): ApiTarget {
  if (!ecs) return target as ApiTarget;
  const { NetworkConfiguration: network, CapacityProviderStrategy, PlacementConstraints, PlacementStrategies, TagList, ...rest } = ecs;
  return {
    ...target,
    EcsParameters: {
      ...rest,
      ...(network && { NetworkConfiguration: { awsvpcConfiguration: network.AwsVpcConfiguration } }),
      ...(CapacityProviderStrategy && {
        CapacityProviderStrategy: CapacityProviderStrategy.map(({ CapacityProvider, Base, Weight }) => ({
          capacityProvider: CapacityProvider,
          ...(Base !== undefined && { base: Base }),
          ...(Weight !== undefined && { weight: Weight }),
        })),
      }),
      ...(PlacementConstraints && {
        PlacementConstraints: PlacementConstraints.map(({ Type, Expression }) => ({ type: Type, expression: Expression })),
      }),
      ...(PlacementStrategies && { PlacementStrategy: PlacementStrategies.map(({ Type, Field }) => ({ type: Type, field: Field })) }),
      ...(TagList && { Tags: TagList }),
    },
  } as ApiTarget;
}

async function put(request: ResourceRequest<Properties>, name: string, gone: readonly string[]): Promise<Made> {
  const { call, properties, tags } = request;
  const { EventBusName, EventPattern, Targets = [], ScheduleExpression, State, Description, RoleArn } = properties;
  const { own, system } = splitTags(tags, properties.Tags as { Key: string; Value: string }[] | undefined);
  const pattern = patternText(EventPattern);
  const at = EventBusName === undefined ? {} : { EventBusName };
  const input: Input<"events", "PutRule"> = {
    Name: name,
    ...at,
    ...(pattern !== undefined && { EventPattern: pattern }),
    ...(ScheduleExpression !== undefined && { ScheduleExpression }),
    ...(State !== undefined && { State: State as "ENABLED" }),
    ...(Description !== undefined && { Description }),
    ...(RoleArn !== undefined && { RoleArn }),
    Tags: own,
  };
  const { RuleArn: Arn = "" } = await call("events", "PutRule", withSystemTags(input, system));
  if (gone.length > 0) await call("events", "RemoveTargets", { Rule: name, ...at, Ids: [...gone] });
  if (Targets.length > 0) await call("events", "PutTargets", { Rule: name, ...at, Targets: Targets.map(targetOf) });
  return { physicalId: idOf(busName(EventBusName), name), attributes: { Arn } };
}

const notCalled = "such targets are not called in the embedded cloud";

export const rule = resource("AWS::Events::Rule", {
  coverage: {
    real: ["Description", "EventBusName", "EventPattern", "Name", "RoleArn", "ScheduleExpression", "State", "Tags", "Targets"],
    refused: {
      "Targets.AppSyncParameters": notCalled,
      "Targets.BatchParameters": notCalled,
      "Targets.KinesisParameters": notCalled,
      "Targets.RedshiftDataParameters": notCalled,
      "Targets.RunCommandParameters": notCalled,
      "Targets.SageMakerPipelineParameters": notCalled,
    },
    note: "Targets: SQS queues, SNS topics, functions, ECS tasks, log groups, event buses, API destinations on this machine; others are refused by name.",
  },
  /** Safe to repeat: what is there already is put again. */
  create: (request) => put(request, nameOf(request), []),
  async update(request) {
    const { physicalId, properties, previous, call, tags } = request;
    const { Name } = ruleOfId(physicalId);
    const kept = new Set((properties.Targets ?? []).map(({ Id }) => Id));
    const gone = (previous.Targets ?? []).map(({ Id }) => Id).filter((id) => !kept.has(id));
    const made = await put(request, Name, gone);
    const { own } = splitTags(tags, properties.Tags as { Key: string; Value: string }[] | undefined);
    const ResourceARN = String(made.attributes["Arn"]);
    const lost = (previous.Tags ?? []).flatMap(({ Key }) => (Key === undefined || own.some((tag) => tag.Key === Key) ? [] : [Key]));
    if (lost.length > 0) await call("events", "UntagResource", { ResourceARN, TagKeys: lost });
    if (own.length > 0) await call("events", "TagResource", { ResourceARN, Tags: own });
    return made;
  },
  delete: ({ call, physicalId }) => remove(call, ruleOfId(physicalId)),
});

/** With whatever targets it has by now. */
async function remove(call: Call, { Name, EventBusName }: { Name: string; EventBusName: string }): Promise<void> {
  try {
    const { Targets = [] } = await call("events", "ListTargetsByRule", { Rule: Name, EventBusName });
    if (Targets.length > 0) await call("events", "RemoveTargets", { Rule: Name, EventBusName, Ids: Targets.map(({ Id }) => Id!) });
    await call("events", "DeleteRule", { Name, EventBusName });
  } catch (error) {
    if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
  }
}
