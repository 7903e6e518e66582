/** CPU and memory of a service, measured and written once a minute; and an account that is reset under it. */
import { expect, test } from "vitest";
import { startSimulatedCloud } from "../../cloud.ts";

test("each running task of a service gives a value a minute; a reset ends all", async () => {
  await using test = await startSimulatedCloud();
  const { call, world, cloud } = test;
  await call("ecs", "CreateCluster", { clusterName: "c" });
  const { Subnets } = await call("ec2", "DescribeSubnets", {});
  await call("ecs", "RegisterTaskDefinition", {
    family: "sleeper",
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    cpu: "256",
    memory: "512",
    containerDefinitions: [{ name: "app", image: "postgres:17", entryPoint: ["sh", "-c"], command: ["exec sleep 600"], stopTimeout: 1 }],
  });
  await call("ecs", "CreateService", {
    cluster: "c",
    serviceName: "s",
    taskDefinition: "sleeper",
    desiredCount: 2,
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { subnets: [Subnets![0]!.SubnetId!] } },
  });
  const describe = async () => (await call("ecs", "DescribeServices", { cluster: "c", services: ["s"] })).services![0]!;
  await expect.poll(async () => (await describe()).runningCount).toBe(2);
  expect((await describe()).deployments![0]!.rolloutState).toBe("IN_PROGRESS");
  await world.clock.advance(3_000);
  await expect.poll(async () => (await describe()).deployments![0]!.rolloutState).toBe("COMPLETED");

  const startMs = world.clock.nowMs();
  await world.clock.advance(60_000);
  const statistics = async () =>
    (
      await call("cloudwatch", "GetMetricStatistics", {
        Namespace: "AWS/ECS",
        MetricName: "MemoryUtilization",
        Dimensions: [
          { Name: "ClusterName", Value: "c" },
          { Name: "ServiceName", Value: "s" },
        ],
        StartTime: new Date(startMs - 60_000),
        EndTime: new Date(startMs + 120_000),
        Period: 60,
        Statistics: ["SampleCount", "Maximum"],
      })
    ).Datapoints!;
  await expect.poll(statistics).toHaveLength(1);
  const [point] = await statistics();
  expect(point!.SampleCount).toBe(2);
  expect(point!.Maximum).toBeGreaterThan(0);
  expect(point!.Maximum).toBeLessThan(20);

  await cloud.reset();
  await call("ecs", "CreateCluster", { clusterName: "c" });
  expect((await call("ecs", "ListTasks", { cluster: "c" })).taskArns).toEqual([]);
  expect(cloud.store.collection("addresses").list("global", "ecs-task/")).toEqual([]);
});

test("the first task of a service is counted at once, so that no alarm on it goes off before the first minute is over", async () => {
  await using place = await startSimulatedCloud();
  const { call, world } = place;
  await call("ecs", "CreateCluster", { clusterName: "c", settings: [{ name: "containerInsights", value: "enabled" }] });
  const { Subnets } = await call("ec2", "DescribeSubnets", {});
  await call("ecs", "RegisterTaskDefinition", {
    family: "sleeper",
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    cpu: "256",
    memory: "512",
    containerDefinitions: [{ name: "app", image: "postgres:17", entryPoint: ["sh", "-c"], command: ["exec sleep 600"], stopTimeout: 1 }],
  });
  await world.clock.advance(50_000);
  await call("ecs", "CreateService", {
    cluster: "c",
    serviceName: "s",
    taskDefinition: "sleeper",
    desiredCount: 1,
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { subnets: [Subnets![0]!.SubnetId!] } },
  });
  const metric = { Namespace: "ECS/ContainerInsights", MetricName: "RunningTaskCount" };
  const Dimensions = [
    { Name: "ClusterName", Value: "c" },
    { Name: "ServiceName", Value: "s" },
  ];
  const nowMs = world.clock.nowMs();
  const range = { StartTime: new Date(nowMs - 60_000), EndTime: new Date(nowMs + 60_000) };
  const counted = async () =>
    (
      await call("cloudwatch", "GetMetricStatistics", {
        ...metric,
        ...range,
        Dimensions,
        Period: 60,
        Statistics: ["Maximum", "SampleCount"],
      })
    ).Datapoints!.map(({ Maximum, SampleCount }) => [Maximum, SampleCount]);
  await expect.poll(counted).toEqual([[1, 1]]);
  await call("cloudwatch", "PutMetricAlarm", {
    ...metric,
    Dimensions,
    AlarmName: "nobody-works",
    Period: 60,
    EvaluationPeriods: 5,
    Threshold: 1,
    ComparisonOperator: "LessThanThreshold",
    Statistic: "Average",
    TreatMissingData: "breaching",
  });
  await world.clock.advance(12_000);
  expect((await call("cloudwatch", "DescribeAlarms", {})).MetricAlarms![0]!.StateValue).toBe("OK");
});
