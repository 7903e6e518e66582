/** AWS::Scheduler::Schedule. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import type { Input } from "../../../aws.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";

type Properties = ResourceProperties["AWS::Scheduler::Schedule"];

const nameOf = (request: ResourceRequest<Properties>) => request.properties.Name ?? request.physicalName(64);

const universal = "only ECS tasks, SQS queues, SNS topics, functions and event buses are called by schedules in the embedded cloud";

/** The same members as the API's, but for dates, and for two names that begin with small letters there. */
function inputOf({ properties }: ResourceRequest<Properties>, name: string): Input<"scheduler", "CreateSchedule"> {
  const { StartDate, EndDate, Target: target, Name: _, ...rest } = properties;
  const { EcsParameters: ecs } = target;
  return {
    ...rest,
    Name: name,
    ...(StartDate !== undefined && { StartDate: date("StartDate", StartDate) }),
    ...(EndDate !== undefined && { EndDate: date("EndDate", EndDate) }),
    Target: {
      ...target,
      ...(ecs && {
        EcsParameters: {
          ...ecs,
          ...(ecs.NetworkConfiguration && {
            NetworkConfiguration: { awsvpcConfiguration: ecs.NetworkConfiguration.AwsvpcConfiguration },
          }),
          ...(ecs.CapacityProviderStrategy && {
            CapacityProviderStrategy: ecs.CapacityProviderStrategy.map(({ CapacityProvider, Base, Weight }) => ({
              capacityProvider: CapacityProvider,
              ...(Base !== undefined && { base: Base }),
              ...(Weight !== undefined && { weight: Weight }),
            })),
          }),
          ...(ecs.PlacementConstraints && {
            PlacementConstraints: ecs.PlacementConstraints.map(({ Type, Expression }) => ({ type: Type, expression: Expression })),
          }),
          ...(ecs.PlacementStrategy && {
            PlacementStrategy: ecs.PlacementStrategy.map(({ Type, Field }) => ({ type: Type, field: Field })),
          }),
        },
      }),
    },
  } as Input<"scheduler", "CreateSchedule">;
}

function date(name: string, text: string): Date {
  const value = new Date(text);
  if (Number.isNaN(value.getTime())) throw new AwsError("ValidationException", `${name} is no date: ${text}`);
  return value;
}

const made = (arn: string): Made => ({ physicalId: arn.slice(arn.lastIndexOf("/") + 1), attributes: { Arn: arn } });

export const schedule = resource("AWS::Scheduler::Schedule", {
  coverage: {
    real: [
      "Description",
      "EndDate",
      "FlexibleTimeWindow",
      "GroupName",
      "Name",
      "ScheduleExpression",
      "ScheduleExpressionTimezone",
      "StartDate",
      "State",
      "Target",
    ],
    recorded: ["KmsKeyArn"],
    refused: {
      "Target.KinesisParameters": universal,
      "Target.SageMakerPipelineParameters": universal,
    },
    note: "Targets: ECS tasks, SQS queues, SNS topics, functions, event buses; others are refused by name. The role is really assumed.",
  },
  /** Safe to repeat: the token is that of the act. */
  async create(request) {
    const input = inputOf(request, nameOf(request));
    const { ScheduleArn = "" } = await request.call("scheduler", "CreateSchedule", { ...input, ClientToken: request.token });
    return made(ScheduleArn);
  },
  async update(request) {
    const { call, physicalId, properties, previous, token } = request;
    const input = inputOf(request, physicalId);
    if (properties.GroupName === previous.GroupName) {
      return made((await call("scheduler", "UpdateSchedule", input)).ScheduleArn ?? "");
    }
    const { ScheduleArn = "" } = await call("scheduler", "CreateSchedule", { ...input, ClientToken: token });
    await remove(call, physicalId, previous.GroupName);
    return made(ScheduleArn);
  },
  delete: ({ call, physicalId, properties }) => remove(call, physicalId, properties.GroupName),
});

async function remove(call: ResourceRequest<Properties>["call"], name: string, group: string | undefined): Promise<void> {
  try {
    await call("scheduler", "DeleteSchedule", { Name: name, ...(group !== undefined && { GroupName: group }) });
  } catch (error) {
    if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
  }
}
