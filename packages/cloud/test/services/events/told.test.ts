/** What the cloud's own services tell the default bus. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { noteCluster } from "../../../src/services/rds/event.ts";
import { type Place, startPlace } from "./place.ts";

let place: Place;
interface Told {
  source: string;
  "detail-type": string;
  resources: string[];
  detail: Record<string, unknown>;
}

beforeAll(async () => {
  place = await startPlace();
  const Arn = await place.queue("told");
  await place.events.putRule({ Name: "told", EventPattern: '{"source": [{"prefix": "aws."}]}' });
  await place.events.putTargets({ Rule: "told", Targets: [{ Id: "t", Arn }] });
});
afterAll(() => place[Symbol.asyncDispose]());

const told = async (): Promise<Told[]> => {
  await place.pass(0);
  return (await place.bodies("told")).map((body) => JSON.parse(body) as Told);
};

it("S3, of a bucket that is asked to", async () => {
  const { call } = place.server;
  await call("s3", "CreateBucket", { Bucket: "told", CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } });
  await call("s3", "PutObject", { Bucket: "told", Key: "before", Body: "x" } as never);
  await call("s3", "PutBucketNotificationConfiguration", { Bucket: "told", NotificationConfiguration: { EventBridgeConfiguration: {} } });
  await call("s3", "PutObject", { Bucket: "told", Key: "a b", Body: "text" } as never);
  await call("s3", "DeleteObject", { Bucket: "told", Key: "a b" });
  const [created, deleted, ...more] = await told();
  expect(created).toMatchObject({
    source: "aws.s3",
    "detail-type": "Object Created",
    resources: ["arn:aws:s3:::told"],
    detail: {
      version: "0",
      bucket: { name: "told" },
      object: { key: "a b", size: 4, etag: "1cb251ec0d568de6a929b520c4aed8d1", sequencer: expect.any(String) },
      requester: "123456789012",
      "source-ip-address": "127.0.0.1",
      reason: "PutObject",
    },
  });
  expect(deleted).toMatchObject({
    "detail-type": "Object Deleted",
    detail: { reason: "DeleteObject", "deletion-type": "Permanently Deleted" },
  });
  expect(more).toEqual([]);
});

it("CloudWatch, of an alarm that changes its state", async () => {
  const { call } = place.server;
  await call("cloudwatch", "PutMetricAlarm", {
    AlarmName: "high",
    Namespace: "App",
    MetricName: "Load",
    Statistic: "Average",
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 5,
    ComparisonOperator: "GreaterThanThreshold",
  });
  await call("cloudwatch", "SetAlarmState", { AlarmName: "high", StateValue: "ALARM", StateReason: "because" });
  expect(await told()).toMatchObject([
    {
      source: "aws.cloudwatch",
      "detail-type": "CloudWatch Alarm State Change",
      resources: ["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:high"],
      detail: {
        alarmName: "high",
        state: { value: "ALARM", reason: "because" },
        previousState: { value: "INSUFFICIENT_DATA" },
        configuration: {
          metrics: [{ metricStat: { metric: { namespace: "App", name: "Load" }, period: 60, stat: "Average" }, returnData: true }],
        },
      },
    },
  ]);
});

it("ECS, of a task from its first state to its last, once for each", async () => {
  const { call } = place.server;
  await call("ecs", "CreateCluster", { clusterName: "main", capacityProviders: ["FARGATE"] });
  await call("ecs", "RegisterTaskDefinition", {
    family: "job",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "512",
    containerDefinitions: [{ name: "job", image: "none" }],
  });
  const { Subnets } = await call("ec2", "DescribeSubnets", {});
  const { tasks } = await call("ecs", "RunTask", {
    cluster: "main",
    taskDefinition: "job",
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { subnets: [Subnets![0]!.SubnetId!] } },
  });
  const { taskArn = "" } = tasks![0]!;
  const found: Told[] = [];
  await expect
    .poll(async () => {
      found.push(...(await told()));
      return found.at(-1)?.detail["lastStatus"];
    })
    .toBe("STOPPED");
  expect(found.every((one) => one["detail-type"] === "ECS Task State Change" && one.resources[0] === taskArn)).toBe(true);
  expect(found[0]!.detail).toMatchObject({
    lastStatus: "PROVISIONING",
    desiredStatus: "RUNNING",
    group: "family:job",
    launchType: "FARGATE",
  });
  const states = found.map(({ detail }) => detail["lastStatus"]);
  expect(states.filter((state, index) => state !== states[index - 1])).toEqual([...new Set(states)]);
  const last = found.at(-1)!.detail;
  expect(last).toMatchObject({
    stopCode: "TaskFailedToStart",
    stoppedReason: expect.any(String),
    taskDefinitionArn: expect.stringContaining("job:1"),
  });
  expect(last["stoppedAt"]).toMatch(/^2026-01-01T/u);
});

it("ECS, of a service's deployment and of its rest", async () => {
  const { call } = place.server;
  const { Subnets } = await call("ec2", "DescribeSubnets", {});
  const { service } = await call("ecs", "CreateService", {
    cluster: "main",
    serviceName: "web",
    taskDefinition: "job",
    desiredCount: 0,
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { subnets: [Subnets![0]!.SubnetId!] } },
  });
  const id = service!.deployments![0]!.id;
  const found: Told[] = [];
  await expect
    .poll(async () => {
      await place.pass(1_000);
      found.push(...(await told()).filter(({ detail }) => detail["eventName"] !== undefined));
      return found.map(({ detail }) => detail["eventName"]);
    })
    .toEqual(["SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_STEADY_STATE"]);
  expect(found[1]).toMatchObject({
    "detail-type": "ECS Deployment State Change",
    resources: [service!.serviceArn],
    detail: { eventType: "INFO", deploymentId: id, reason: `ECS deployment ${id} completed.` },
  });
  expect(found[2]).toMatchObject({ "detail-type": "ECS Service Action", detail: { eventType: "INFO", clusterArn: service!.clusterArn } });
});

it("RDS, of what DescribeEvents answers", async () => {
  // A cluster of its own would take seconds; all that RDS does notes what it did so.
  noteCluster(place.server.cloud, "eu-central-1", "c", "DB cluster deleted", "deletion");
  expect(await told()).toMatchObject([
    {
      source: "aws.rds",
      "detail-type": "RDS DB Cluster Event",
      resources: ["arn:aws:rds:eu-central-1:123456789012:cluster:c"],
      detail: { SourceIdentifier: "c", SourceType: "CLUSTER", EventCategories: ["deletion"], EventID: "RDS-EVENT-0171" },
    },
  ]);
  const { Events } = await place.server.call("rds", "DescribeEvents", {});
  expect(Events!.map(({ Message }) => Message)).toEqual(["DB cluster deleted"]);
});
