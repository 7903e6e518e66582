/** A real queue and real tasks: what waits in the queue brings tasks, and its end takes them away. */
import { expect, it } from "vitest";
import { startSimulatedCloud } from "../../cloud.ts";

const minuteMs = 60_000;
/** After the minute began, when alarms have looked and acted. */
const alarmsLookMs = 2_000;

it("follows the messages that wait for each running task", async () => {
  await using test = await startSimulatedCloud();
  const { call, world } = test;
  await call("ecs", "CreateCluster", { clusterName: "c", settings: [{ name: "containerInsights", value: "enabled" }] });
  const { Subnets } = await call("ec2", "DescribeSubnets", {});
  await call("ecs", "RegisterTaskDefinition", {
    family: "worker",
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    cpu: "256",
    memory: "512",
    containerDefinitions: [{ name: "app", image: "postgres:17", entryPoint: ["sh", "-c"], command: ["exec sleep 6000"], stopTimeout: 1 }],
  });
  await call("ecs", "CreateService", {
    cluster: "c",
    serviceName: "workers",
    taskDefinition: "worker",
    desiredCount: 1,
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { subnets: [Subnets![0]!.SubnetId!] } },
  });
  const QueueUrl = (await call("sqs", "CreateQueue", { QueueName: "runs" })).QueueUrl!;
  const service = { Name: "ServiceName", Value: "workers" };
  const target = { ServiceNamespace: "ecs", ResourceId: "service/c/workers", ScalableDimension: "ecs:service:DesiredCount" } as const;
  await call("application-autoscaling", "RegisterScalableTarget", { ...target, MinCapacity: 1, MaxCapacity: 4 });
  const metric = (Namespace: string, MetricName: string, Dimensions: { Name: string; Value: string }[]) => ({
    ReturnData: false,
    MetricStat: { Stat: "Average", Metric: { Namespace, MetricName, Dimensions } },
  });
  await call("application-autoscaling", "PutScalingPolicy", {
    ...target,
    PolicyName: "backlog",
    PolicyType: "TargetTrackingScaling",
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 10,
      ScaleOutCooldown: 60,
      ScaleInCooldown: 60,
      CustomizedMetricSpecification: {
        Metrics: [
          { Id: "visible", ...metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", [{ Name: "QueueName", Value: "runs" }]) },
          { Id: "running", ...metric("ECS/ContainerInsights", "RunningTaskCount", [{ Name: "ClusterName", Value: "c" }, service]) },
          { Id: "backlog", Expression: "visible / FILL(running, 1)" },
        ],
      },
    },
  });
  const state = async () => {
    const { services } = await call("ecs", "DescribeServices", { cluster: "c", services: ["workers"] });
    return [services![0]!.desiredCount, services![0]!.runningCount];
  };
  /** Minutes of the cloud's clock. Processes start in real time: no minute ends before those have that alarms ask for at its beginning. */
  const minutes = async (count: number) => {
    for (let minute = 0; minute < count; minute++) {
      for (const stepMs of [alarmsLookMs, minuteMs - alarmsLookMs]) {
        await world.clock.advance(stepMs);
        await expect.poll(async () => (await state())[0] === (await state())[1], { interval: 10 }).toBe(true);
      }
    }
  };
  await minutes(2);
  expect(await state()).toEqual([1, 1]);

  for (let batch = 0; batch < 3; batch++) {
    const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: String(index), MessageBody: "run" }));
    await call("sqs", "SendMessageBatch", { QueueUrl, Entries });
  }
  await minutes(6);
  // 30 messages, 10 for each task.
  expect(await state()).toEqual([3, 3]);
  await minutes(3);
  expect(await state()).toEqual([3, 3]);

  await call("sqs", "PurgeQueue", { QueueUrl });
  await minutes(20);
  expect(await state()).toEqual([1, 1]);
  const { ScalingActivities } = await call("application-autoscaling", "DescribeScalingActivities", { ServiceNamespace: "ecs" });
  expect(ScalingActivities!.map(({ Description, StatusCode }) => [Description, StatusCode])).toEqual([
    ["Setting desired count to 1.", "Successful"],
    ["Setting desired count to 3.", "Successful"],
  ]);
});
