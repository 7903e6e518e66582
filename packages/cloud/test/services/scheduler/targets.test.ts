/** What schedules call, as whom, with what input; and what becomes of a call that fails. */
import { describe, expect, it } from "vitest";
import { allow, hourMs, minuteMs, queueArn, startPlace, trust } from "./place.ts";

const scheduleArn = (name: string) => `arn:aws:scheduler:eu-central-1:123456789012:schedule/default/${name}`;

describe("input", () => {
  it("context attributes are filled in", async () => {
    await using place = await startPlace();
    const Input =
      '{"of":"<aws.scheduler.schedule-arn>","try":<aws.scheduler.attempt-number>,"id":"<aws.scheduler.execution-id>","x":"<aws.other>"}';
    await place.create("filled", "rate(1 day)", { Target: { Arn: queueArn("jobs"), RoleArn: place.roleArn, Input } });
    const [body] = await place.bodies();
    expect(JSON.parse(body!)).toEqual({ of: scheduleArn("filled"), try: 1, id: expect.stringMatching(/^[0-9a-f]{16}$/), x: "<aws.other>" });
  });

  it("without one the target gets a notification", async () => {
    await using place = await startPlace();
    await place.create("plain", "rate(1 day)", { Target: { Arn: queueArn("jobs"), RoleArn: place.roleArn } });
    expect(JSON.parse((await place.bodies())[0]!)).toMatchObject({
      version: "0",
      "detail-type": "Scheduled Event",
      source: "aws.scheduler",
      account: "123456789012",
      region: "eu-central-1",
      time: "2026-01-01T00:00:00Z",
      resources: [scheduleArn("plain")],
      detail: "{}",
    });
  });
});

it("a FIFO queue gets its group, a topic a message", async () => {
  await using place = await startPlace();
  const { call } = place.server;
  await call("sqs", "CreateQueue", { QueueName: "turn.fifo", Attributes: { FifoQueue: "true", ContentBasedDeduplication: "true" } });
  const Arn = queueArn("turn.fifo");
  await place.create("turn", "rate(1 day)", {
    Target: { Arn, RoleArn: place.roleArn, Input: "next", SqsParameters: { MessageGroupId: "g" } },
  });
  expect(await place.bodies("turn.fifo")).toEqual(["next"]);
  await expect(place.create("without", "rate(1 day)", { Target: { Arn, RoleArn: place.roleArn, Input: "next" } })).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringContaining("MessageGroupId"),
  });

  const { TopicArn } = await call("sns", "CreateTopic", { Name: "news" });
  await call("sqs", "SetQueueAttributes", {
    QueueUrl: `${place.server.endpoint}/123456789012/jobs`,
    Attributes: {
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { Service: "sns.amazonaws.com" }, Action: "sqs:SendMessage", Resource: queueArn("jobs") },
        ],
      }),
    },
  });
  await call("sns", "Subscribe", {
    TopicArn: TopicArn!,
    Protocol: "sqs",
    Endpoint: queueArn("jobs"),
    Attributes: { RawMessageDelivery: "true" },
  });
  await call("iam", "PutRolePolicy", { RoleName: "sends", PolicyName: "publish", PolicyDocument: allow("sns:Publish", TopicArn!) });
  await place.create("news", "rate(1 day)", { Target: { Arn: TopicArn!, RoleArn: place.roleArn, Input: "extra, extra" } });
  expect(await place.bodies()).toEqual(["extra, extra"]);
});

describe("a call that fails", () => {
  it("is made again as often as the policy says, and then lies in the dead-letter queue", async () => {
    await using place = await startPlace();
    const Target = {
      Arn: queueArn("gone"),
      RoleArn: place.roleArn,
      Input: "try <aws.scheduler.attempt-number>",
      RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3600 },
      DeadLetterConfig: { Arn: queueArn("dead") },
    };
    await place.create("failing", "at(2026-01-01T01:00:00)", { Target, ActionAfterCompletion: "DELETE" });
    await place.pass(hourMs + 6_000);
    expect(await place.messages("dead")).toEqual([]);
    await place.pass(2_000);
    expect(await place.messages("dead")).toEqual([
      {
        body: "try 4",
        attributes: {
          ERROR_CODE: expect.stringMatching(/NonExistentQueue|QueueDoesNotExist/),
          ERROR_MESSAGE: expect.stringContaining("does not exist"),
          EXECUTION_ID: expect.stringMatching(/^[0-9a-f]{16}$/),
          EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts",
          IS_PAYLOAD_TRUNCATED: "false",
          RETRY_ATTEMPTS: "3",
          SCHEDULED_TIME: "2026-01-01T01:00:00Z",
          SCHEDULE_ARN: scheduleArn("failing"),
          TARGET_ARN: queueArn("gone"),
        },
      },
    ]);
    await expect(place.scheduler.getSchedule({ Name: "failing" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("or until the event is too old", async () => {
    await using place = await startPlace();
    const Target = {
      Arn: queueArn("gone"),
      RoleArn: place.roleArn,
      Input: "x",
      RetryPolicy: { MaximumEventAgeInSeconds: 60 },
      DeadLetterConfig: { Arn: queueArn("dead") },
    };
    await place.create("old", "at(2026-01-01T01:00:00)", { Target });
    await place.pass(hourMs + 2 * minuteMs);
    const { attributes } = (await place.messages("dead"))[0]!;
    expect([attributes["EXHAUSTED_RETRY_CONDITION"], attributes["RETRY_ATTEMPTS"]]).toEqual(["MaximumEventAgeInSeconds", "5"]);
  });

  it("a schedule that is deleted takes what was to be tried again with it", async () => {
    await using place = await startPlace();
    await place.create("off", "rate(1 day)", { Target: { Arn: queueArn("later"), RoleArn: place.roleArn, Input: "x" } });
    await place.pass(10_000);
    await place.scheduler.deleteSchedule({ Name: "off" });
    await place.server.call("sqs", "CreateQueue", { QueueName: "later" });
    await place.pass(hourMs);
    expect(await place.bodies("later")).toEqual([]);
  });
});

describe("the role", () => {
  it("must trust Scheduler when the schedule is made", async () => {
    await using place = await startPlace();
    const { call } = place.server;
    await call("iam", "CreateRole", { RoleName: "tasks", AssumeRolePolicyDocument: trust("ecs-tasks.amazonaws.com") });
    for (const RoleArn of ["arn:aws:iam::123456789012:role/tasks", "arn:aws:iam::123456789012:role/none"]) {
      await expect(place.create("refused", "rate(1 day)", { Target: { Arn: queueArn("jobs"), RoleArn } })).rejects.toMatchObject({
        name: "ValidationException",
        message: "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
      });
    }
  });

  it("may say of which group it takes calls", async () => {
    await using place = await startPlace();
    const { call } = place.server;
    await place.scheduler.createScheduleGroup({ Name: "mine" });
    await call("iam", "CreateRole", {
      RoleName: "choosy",
      AssumeRolePolicyDocument: trust("scheduler.amazonaws.com", {
        StringEquals: { "aws:SourceArn": "arn:aws:scheduler:eu-central-1:123456789012:schedule-group/mine" },
      }),
    });
    const Target = { Arn: queueArn("jobs"), RoleArn: "arn:aws:iam::123456789012:role/choosy" };
    await place.create("mine", "rate(1 day)", { GroupName: "mine", Target });
    await expect(place.create("other", "rate(1 day)", { Target })).rejects.toMatchObject({ name: "ValidationException" });
  });

  it("decides with its policies at each call", async () => {
    await using place = await startPlace();
    const { call } = place.server;
    await call("iam", "PutRolePolicy", {
      RoleName: "sends",
      PolicyName: "send",
      PolicyDocument: allow("sqs:SendMessage", queueArn("dead")),
    });
    const RetryPolicy = { MaximumRetryAttempts: 0 };
    const Target = { Arn: queueArn("jobs"), RoleArn: place.roleArn, Input: "x", RetryPolicy, DeadLetterConfig: { Arn: queueArn("dead") } };
    await place.create("denied", "rate(1 hour)", { Target });
    const { attributes } = (await place.messages("dead"))[0]!;
    expect(attributes["ERROR_CODE"]).toMatch(/AccessDenied/);
    expect(attributes["ERROR_MESSAGE"]).toContain("assumed-role/sends/");
    await call("iam", "PutRolePolicy", { RoleName: "sends", PolicyName: "send", PolicyDocument: allow("sqs:SendMessage", queueArn("*")) });
    await place.pass(hourMs);
    expect(await place.bodies()).toEqual(["x"]);
  });

  it("is passed only by who may", async () => {
    await using place = await startPlace();
    const { call, cloud, region } = place.server;
    await call("iam", "CreateUser", { UserName: "ops" });
    await call("iam", "PutUserPolicy", { UserName: "ops", PolicyName: "p", PolicyDocument: allow("scheduler:*", "*") });
    const { User } = await call("iam", "GetUser", { UserName: "ops" });
    const asOps = cloud.as({ kind: "user", account: cloud.account, arn: User!.Arn!, userId: User!.UserId!, userName: "ops" }, region);
    const create = () =>
      asOps("scheduler", "CreateSchedule", {
        Name: "passed",
        ScheduleExpression: "rate(1 day)",
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: { Arn: queueArn("jobs"), RoleArn: place.roleArn },
      });
    await expect(create()).rejects.toMatchObject({ code: "AccessDeniedException", message: expect.stringContaining("iam:PassRole") });
    await call("iam", "PutUserPolicy", { UserName: "ops", PolicyName: "pass", PolicyDocument: allow("iam:PassRole", place.roleArn) });
    await create();
  });
});

it("a task runs with the overrides of the input, started by the schedule", async () => {
  await using place = await startPlace();
  const { call } = place.server;
  await call("ecs", "CreateCluster", { clusterName: "main", capacityProviders: ["FARGATE"] });
  const { taskDefinition } = await call("ecs", "RegisterTaskDefinition", {
    family: "nightly",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "512",
    containerDefinitions: [{ name: "nightly", image: "none" }],
  });
  const { Subnets } = await call("ec2", "DescribeSubnets", {});
  await call("iam", "PutRolePolicy", { RoleName: "sends", PolicyName: "run", PolicyDocument: allow("ecs:RunTask", "*") });
  await place.create("nightly", "rate(1 day)", {
    Target: {
      Arn: "arn:aws:ecs:eu-central-1:123456789012:cluster/main",
      RoleArn: place.roleArn,
      Input: '{"containerOverrides":[{"name":"nightly","command":["node","--version"]}]}',
      EcsParameters: {
        TaskDefinitionArn: taskDefinition!.taskDefinitionArn!,
        TaskCount: 2,
        CapacityProviderStrategy: [{ capacityProvider: "FARGATE", weight: 1 }],
        NetworkConfiguration: { awsvpcConfiguration: { Subnets: [Subnets![0]!.SubnetId!], AssignPublicIp: "ENABLED" } },
      },
    },
  });
  const running = await call("ecs", "ListTasks", { cluster: "main", desiredStatus: "RUNNING" });
  const stopped = await call("ecs", "ListTasks", { cluster: "main", desiredStatus: "STOPPED" });
  const { tasks } = await call("ecs", "DescribeTasks", { cluster: "main", tasks: [...running.taskArns!, ...stopped.taskArns!] });
  expect(tasks).toHaveLength(2);
  for (const task of tasks!) {
    expect(task).toMatchObject({
      startedBy: "chronos-schedule/nightly",
      taskDefinitionArn: taskDefinition!.taskDefinitionArn,
      overrides: { containerOverrides: [{ name: "nightly", command: ["node", "--version"] }] },
    });
  }
});

it.each([
  ["arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "universal targets"],
  ["arn:aws:kinesis:eu-central-1:123456789012:stream/s", "other than ECS tasks, SQS queues, SNS topics, functions and event buses"],
])("%s is refused by name", async (Arn, why) => {
  await using place = await startPlace();
  await expect(place.create("refused", "rate(1 day)", { Target: { Arn, RoleArn: place.roleArn } })).rejects.toMatchObject({
    name: "NotImplemented",
    message: expect.stringContaining(why),
  });
});
