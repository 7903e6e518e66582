/** Scaling by CloudFormation: made, changed and removed as a stack, and each published property in its place. */
import { resourceTypeSchema } from "@plinth/cloudformation/resource-types";
import { expect, it } from "vitest";
import type { Coverage } from "../../../src/resource.ts";
import { applicationAutoscaling } from "../../../src/services/application-autoscaling/index.ts";
import { type Place, startPlace, target } from "./place.ts";

it.each(Object.entries(applicationAutoscaling.resources ?? {}))("%s places each property", (type, handler) => {
  const coverage = handler.coverage as Coverage<unknown>;
  const placed = [...coverage.real, ...(coverage.recorded ?? []), ...Object.keys(coverage.refused ?? {})] as string[];
  expect(placed.toSorted()).toEqual(Object.keys(resourceTypeSchema(type)!.properties).toSorted());
});

const template = (max: number, more: object = {}) =>
  JSON.stringify({
    Resources: {
      Target: {
        Type: "AWS::ApplicationAutoScaling::ScalableTarget",
        Properties: {
          ServiceNamespace: "ecs",
          ScalableDimension: "ecs:service:DesiredCount",
          ResourceId: "service/test/web",
          MinCapacity: 3,
          MaxCapacity: max,
          Tags: [{ Key: "max", Value: String(max) }],
          ScheduledActions: [
            {
              ScheduledActionName: `night-${max}`,
              Schedule: "cron(0 22 * * ? *)",
              Timezone: "Europe/Berlin",
              ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 1 },
            },
          ],
        },
      },
      Policy: {
        Type: "AWS::ApplicationAutoScaling::ScalingPolicy",
        Properties: {
          PolicyName: "cpu",
          PolicyType: "TargetTrackingScaling",
          ScalingTargetId: { Ref: "Target" },
          TargetTrackingScalingPolicyConfiguration: {
            PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
            TargetValue: max * 10,
          },
        },
      },
      ...more,
    },
    Outputs: { Target: { Value: { Ref: "Target" } }, Policy: { Value: { Ref: "Policy" } } },
  });

async function settled({ server: { call, world } }: Place): Promise<Record<string, string>> {
  const stack = async () => (await call("cloudformation", "DescribeStacks", { StackName: "s" })).Stacks![0]!;
  await expect
    .poll(async () => {
      await world.clock.advance(1000);
      return (await stack()).StackStatus;
    })
    .toMatch(/_COMPLETE$/);
  const { Outputs = [], StackStatus } = await stack();
  return { ...Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!])), status: StackStatus! };
}

it("makes, changes and removes a target with its schedule, its policy and that policy's alarms", async () => {
  await using place = await startPlace();
  const { call } = place.server;
  await call("cloudformation", "CreateStack", { StackName: "s", TemplateBody: template(5) });
  const made = await settled(place);
  expect(made).toMatchObject({
    status: "CREATE_COMPLETE",
    Target: "service/test/web|ecs:service:DesiredCount|ecs",
    Policy: expect.stringMatching(/:policyName\/cpu$/),
  });
  expect(await place.desired()).toBe(3);
  const thresholds = async () => (await place.cloudwatch.describeAlarms({})).MetricAlarms!.map(({ Threshold }) => Threshold);
  expect(await thresholds()).toEqual([50, 45]);

  await call("cloudformation", "UpdateStack", { StackName: "s", TemplateBody: template(9) });
  expect(await settled(place)).toMatchObject({ status: "UPDATE_COMPLETE", Policy: made["Policy"] });
  const { ScalableTargets } = await place.scaling.describeScalableTargets({ ServiceNamespace: "ecs" });
  expect(ScalableTargets).toMatchObject([{ MinCapacity: 3, MaxCapacity: 9 }]);
  const { Tags } = await place.scaling.listTagsForResource({ ResourceARN: ScalableTargets![0]!.ScalableTargetARN! });
  expect(Tags).toMatchObject({ max: "9", "aws:cloudformation:stack-name": "s" });
  const { ScheduledActions } = await place.scaling.describeScheduledActions({ ServiceNamespace: "ecs" });
  expect(ScheduledActions!.map(({ ScheduledActionName }) => ScheduledActionName)).toEqual(["night-9"]);
  expect(await thresholds()).toEqual([90, 81]);

  await call("cloudformation", "DeleteStack", { StackName: "s" });
  await expect
    .poll(async () => {
      await place.server.world.clock.advance(1000);
      return (await place.scaling.describeScalableTargets(target)).ScalableTargets;
    })
    .toEqual([]);
  expect(await thresholds()).toEqual([]);
});
