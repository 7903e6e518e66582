/** Scalable targets through AWS's client: registered, bounded, suspended, tagged, and refused in AWS's words. */
import { describe, expect, it } from "vitest";
import { startPlace, target } from "./place.ts";

it("registers, describes in the order of registration, updates in part and deregisters", async () => {
  await using place = await startPlace();
  const { ScalableTargetARN } = await place.scaling.registerScalableTarget({
    ...target,
    MinCapacity: 1,
    MaxCapacity: 4,
    Tags: { team: "a" },
  });
  expect(ScalableTargetARN).toMatch(/^arn:aws:application-autoscaling:eu-central-1:123456789012:scalable-target\/[0-9a-f]{36}$/);
  const described = async () => (await place.scaling.describeScalableTargets({ ServiceNamespace: "ecs" })).ScalableTargets;
  const open = { DynamicScalingInSuspended: false, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false };
  expect(await described()).toEqual([
    {
      ...target,
      MinCapacity: 1,
      MaxCapacity: 4,
      RoleARN:
        "arn:aws:iam::123456789012:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService",
      CreationTime: expect.any(Date),
      SuspendedState: open,
      ScalableTargetARN,
    },
  ]);
  await place.scaling.registerScalableTarget({ ...target, MaxCapacity: 8, SuspendedState: { ScheduledScalingSuspended: true } });
  expect(await described()).toMatchObject([
    { MinCapacity: 1, MaxCapacity: 8, ScalableTargetARN, SuspendedState: { ...open, ScheduledScalingSuspended: true } },
  ]);
  await place.scaling.deregisterScalableTarget(target);
  expect(await described()).toEqual([]);
  await expect(place.scaling.deregisterScalableTarget(target)).rejects.toMatchObject({
    name: "ObjectNotFoundException",
    message:
      "No scalable target found for service namespace: ecs, resource ID: service/test/web, scalable dimension: ecs:service:DesiredCount",
  });
});

it("brings the service between its bounds when they are set, and at no other time", async () => {
  await using place = await startPlace(2);
  await place.scaling.registerScalableTarget({ ...target, MinCapacity: 3, MaxCapacity: 5 });
  expect(await place.desired()).toBe(3);
  await place.scaling.registerScalableTarget({ ...target, MinCapacity: 0, MaxCapacity: 1 });
  expect(await place.desired()).toBe(1);
  expect(await place.activities()).toEqual([
    ["Setting desired count to 1.", "maximum capacity was set to 1", "InProgress"],
    ["Setting desired count to 3.", "minimum capacity was set to 3", "Overridden"],
  ]);
  await place.setDesired(7);
  await place.scaling.registerScalableTarget({ ...target, SuspendedState: { DynamicScalingInSuspended: true } });
  await place.server.world.clock.advance(600_000);
  expect(await place.desired()).toBe(7);
});

it("gives pages of fifty", async () => {
  await using place = await startPlace();
  for (let index = 0; index < 60; index++) {
    const serviceName = `s${index}`;
    await place.server.call("ecs", "CreateService", {
      cluster: "test",
      serviceName,
      taskDefinition: "web",
      desiredCount: 0,
      launchType: "EC2",
    });
    await place.scaling.registerScalableTarget({ ...target, ResourceId: `service/test/${serviceName}`, MinCapacity: 0, MaxCapacity: 1 });
  }
  const first = await place.scaling.describeScalableTargets({ ServiceNamespace: "ecs" });
  const second = await place.scaling.describeScalableTargets({ ServiceNamespace: "ecs", NextToken: first.NextToken! });
  const ids = [...first.ScalableTargets!, ...second.ScalableTargets!].map(({ ResourceId }) => ResourceId);
  expect(first.ScalableTargets).toHaveLength(50);
  expect(second.NextToken).toBeUndefined();
  expect(ids).toEqual(Array.from({ length: 60 }, (_, index) => `service/test/s${index}`));
  await expect(place.scaling.describeScalableTargets({ ServiceNamespace: "ecs", NextToken: "x" })).rejects.toMatchObject({
    name: "InvalidNextTokenException",
  });
});

it("keeps tags", async () => {
  await using place = await startPlace();
  const { ScalableTargetARN } = await place.scaling.registerScalableTarget({
    ...target,
    MinCapacity: 1,
    MaxCapacity: 4,
    Tags: { team: "a" },
  });
  const ResourceARN = ScalableTargetARN!;
  await place.scaling.tagResource({ ResourceARN, Tags: { cost: "1", team: "b" } });
  await place.scaling.untagResource({ ResourceARN, TagKeys: ["cost"] });
  expect((await place.scaling.listTagsForResource({ ResourceARN })).Tags).toEqual({ team: "b" });
  await expect(place.scaling.listTagsForResource({ ResourceARN: `${ResourceARN}0` })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});

describe("refuses", () => {
  const both = { MinCapacity: 1, MaxCapacity: 2 };
  it.each([
    ["a service that is not there", { ...target, ...both, ResourceId: "service/test/foo" }, "ECS service doesn't exist: service/test/foo"],
    ["a cluster that is not there", { ...target, ...both, ResourceId: "service/no/web" }, "ECS service doesn't exist: service/no/web"],
    [
      "what the embedded cloud does not have",
      { ServiceNamespace: "dynamodb", ResourceId: "table/t", ScalableDimension: "dynamodb:table:ReadCapacityUnits", ...both },
      "DynamoDB table doesn't exist: table/t",
    ],
    [
      "a resource of another form",
      { ...target, ...both, ResourceId: "banana/test/web" },
      "Unsupported service namespace, resource type or scalable dimension",
    ],
    [
      "a dimension of another service",
      { ...target, ...both, ServiceNamespace: "rds" },
      "Unsupported service namespace, resource type or scalable dimension",
    ],
    ["a minimum above the maximum", { ...target, MinCapacity: 3, MaxCapacity: 2 }, "Maximum capacity cannot be less than minimum capacity"],
    ["no bounds", target, "Both minimum capacity and maximum capacity must be specified to register a new scalable target"],
  ])("%s", async (_, input, message) => {
    await using place = await startPlace();
    await expect(place.scaling.registerScalableTarget(input as never)).rejects.toMatchObject({ name: "ValidationException", message });
  });

  it("a namespace and a dimension that AWS does not know", async () => {
    await using place = await startPlace();
    await expect(
      place.scaling.describeScalableTargets({ ServiceNamespace: "foo" as "ecs", ScalableDimension: "bar" as "ecs:service:DesiredCount" }),
    ).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(/^2 validation errors detected: Value 'foo' at 'serviceNamespace'/),
    });
  });
});
