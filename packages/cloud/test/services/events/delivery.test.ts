/** What comes to targets: as whom, with what input, in what order, and what becomes of what they do not take. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { zipOf } from "../../../src/services/lambda/zip.ts";
import { allow, trust } from "../scheduler/place.ts";
import { busArn, type Place, queueArn, ruleArn, startPlace } from "./place.ts";

let place: Place;
beforeAll(async () => void (place = await startPlace()));
afterAll(() => place[Symbol.asyncDispose]());

describe("the input", () => {
  it("is the event, a part of it, a constant, or a text made of it", async () => {
    const Arn = await place.queue("inputs");
    const InputPathsMap = { id: "$.detail.id", all: "$.detail", first: "$.detail.list[0]", none: "$.detail.none" };
    const transform = (InputTemplate: string) => ({ InputTransformer: { InputPathsMap, InputTemplate } });
    const targets = [
      {},
      { InputPath: "$.detail.id" },
      { Input: '{"fixed":true}' },
      transform(
        '{"id": <id>, "text": "no <id> of <first>", "all": <all>, "rule": "<aws.events.rule-name>", "none": <none>, "event": <aws.events.event>}',
      ),
      transform('"<id> is <all><none>"'),
    ];
    await place.rule(
      "inputs",
      "inputs",
      targets.map((target) => ({ Arn, ...target })),
    );
    const detail = { id: 7, list: ['a "b"'] };
    const id = await place.send({
      Source: "inputs",
      Detail: JSON.stringify(detail),
      Resources: ["r"],
      Time: new Date("2026-05-05T05:05:05.678Z"),
    });
    const [event, ...others] = (await place.bodies("inputs")).toSorted((a, b) =>
      a.startsWith('{"version"') ? -1 : b.startsWith('{"version"') ? 1 : 0,
    );
    expect(event).toBe(
      JSON.stringify({
        version: "0",
        id,
        "detail-type": "Test",
        source: "inputs",
        account: "123456789012",
        time: "2026-05-05T05:05:05Z",
        region: "eu-central-1",
        resources: ["r"],
        detail,
      }),
    );
    const told = `{"id":"${id}","account":"123456789012","detailType":"Test","time":"2026-05-05T05:05:05Z","source":"inputs","region":"eu-central-1","resources":["r"],"version":"0"}`;
    expect(others.toSorted()).toEqual(
      [
        "7",
        '{"fixed":true}',
        `{"id": 7, "text": "no 7 of a \\"b\\"", "all": ${JSON.stringify(detail)}, "rule": "inputs", "none": "", "event": ${told}}`,
        '"7 is {id:7,list:[a \\b\\]}"',
      ].toSorted(),
    );
  });
});

it("what comes to one target comes in order, in the group of a FIFO queue too", async () => {
  const plain = await place.queue("ordered");
  const fifo = await place.queue("ordered.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" });
  await place.rule("ordered", "ordered", [
    { Arn: plain, InputPath: "$.detail.n" },
    { Arn: fifo, InputPath: "$.detail.n", SqsParameters: { MessageGroupId: "g" } },
  ]);
  for (let call = 0; call < 3; call++) {
    const Entries = Array.from({ length: 10 }, (_, n) => ({
      Source: "ordered",
      DetailType: "t",
      Detail: JSON.stringify({ n: call * 10 + n }),
    }));
    await place.events.putEvents({ Entries });
  }
  await place.pass(0);
  const wanted = Array.from({ length: 30 }, (_, n) => String(n));
  expect((await place.bodies("ordered")).toSorted((a, b) => Number(a) - Number(b))).toEqual(wanted);
  expect(await place.bodies("ordered.fifo")).toEqual(wanted);
});

it("a topic, a log group and another bus get it where their policies let EventBridge in", async () => {
  const { call } = place.server;
  const Arn = await place.queue("beyond");
  const { TopicArn = "" } = await call("sns", "CreateTopic", { Name: "news" });
  const statement = (service: string, Action: string, Resource: string) => ({
    Effect: "Allow",
    Principal: { Service: service },
    Action,
    Resource,
  });
  const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
  await call("sqs", "SetQueueAttributes", {
    QueueUrl: `${place.server.endpoint}/123456789012/beyond`,
    Attributes: {
      Policy: policy(statement("sns.amazonaws.com", "sqs:SendMessage", Arn), statement("events.amazonaws.com", "sqs:SendMessage", Arn)),
    },
  });
  await call("sns", "Subscribe", { TopicArn, Protocol: "sqs", Endpoint: Arn, Attributes: { RawMessageDelivery: "true" } });
  await call("logs", "CreateLogGroup", { logGroupName: "/aws/events/all" });
  await place.events.createEventBus({ Name: "further" });
  const group = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/events/all";
  const dead = await place.queue("beyond-dead");
  const DeadLetterConfig = { Arn: dead };
  await place.rule("beyond", "beyond", [
    { Arn: TopicArn, Input: '"topic"', DeadLetterConfig },
    { Arn: group, DeadLetterConfig },
    { Arn: busArn("further"), DeadLetterConfig },
  ]);
  await place.rule("further", "beyond", [{ Arn, Input: '"bus"' }], "further");
  // Back to where it came from: no rule takes an event twice.
  await place.events.putTargets({ Rule: "further", EventBusName: "further", Targets: [{ Id: "back", Arn: busArn("default") }] });
  await place.send({ Source: "beyond" });
  expect(await place.bodies("beyond")).toEqual(['"bus"']);
  expect(
    (await place.messages("beyond-dead")).map(({ attributes }) => [attributes["TARGET_ARN"], attributes["ERROR_CODE"]]).toSorted(),
  ).toEqual(
    [
      [TopicArn, "NO_PERMISSIONS"],
      [group, "NO_PERMISSIONS"],
    ].toSorted(),
  );
  await call("sns", "SetTopicAttributes", {
    TopicArn,
    AttributeName: "Policy",
    AttributeValue: policy(statement("events.amazonaws.com", "sns:Publish", TopicArn)),
  });
  const writing = {
    ...statement("events.amazonaws.com", "logs:*", `${group}:*`),
    Principal: { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] },
  };
  await call("logs", "PutResourcePolicy", { policyName: "events", policyDocument: policy(writing) });
  const id = await place.send({ Source: "beyond" });
  expect((await place.bodies("beyond")).toSorted()).toEqual(['"bus"', '"topic"']);
  const { events } = await call("logs", "FilterLogEvents", { logGroupName: "/aws/events/all" });
  expect(events!.map(({ message }) => (JSON.parse(message!) as { id: string }).id)).toEqual([id]);
});

it("a function is called where its permission lets the rule in", async () => {
  const { call } = place.server;
  await call("iam", "CreateRole", { RoleName: "runs", AssumeRolePolicyDocument: trust("lambda.amazonaws.com") });
  await call("lambda", "CreateFunction", {
    FunctionName: "hears",
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::123456789012:role/runs",
    Code: { ZipFile: zipOf("index.js", Buffer.from("exports.handler = async () => {}")) },
  });
  const dead = await place.queue("unheard");
  const Arn = "arn:aws:lambda:eu-central-1:123456789012:function:hears";
  await place.rule("hears", "hears", [{ Arn, DeadLetterConfig: { Arn: dead } }]);
  await place.send({ Source: "hears" });
  expect((await place.messages("unheard")).map(({ attributes }) => attributes["ERROR_CODE"])).toEqual(["NO_PERMISSIONS"]);
  const permission = { FunctionName: "hears", StatementId: "s", Action: "lambda:InvokeFunction", Principal: "events.amazonaws.com" };
  await call("lambda", "AddPermission", { ...permission, SourceArn: ruleArn("hears") });
  await place.send({ Source: "hears" });
  expect(await place.messages("unheard")).toEqual([]);
});

describe("what a target does not take", () => {
  it("is tried again as the retry policy says, and then lies in the dead-letter queue", async () => {
    const { call } = place.server;
    const dead = await place.queue("failed");
    await call("ecs", "CreateCluster", { clusterName: "empty", capacityProviders: ["FARGATE"] });
    await call("iam", "CreateRole", { RoleName: "runs-tasks", AssumeRolePolicyDocument: trust("events.amazonaws.com") });
    const RoleArn = "arn:aws:iam::123456789012:role/runs-tasks";
    const target = {
      Arn: "arn:aws:ecs:eu-central-1:123456789012:cluster/empty",
      RoleArn,
      EcsParameters: { TaskDefinitionArn: "none" },
      RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3_600 },
      DeadLetterConfig: { Arn: dead },
    };
    await place.rule("fails", "fails", [target]);
    // Without the right to it nothing is tried again.
    await place.send({ Source: "fails" });
    expect((await place.messages("failed")).map(({ attributes }) => attributes)).toEqual([
      {
        ERROR_CODE: "NO_PERMISSIONS",
        ERROR_MESSAGE: expect.stringContaining("is not authorized to perform: ecs:RunTask"),
        RETRY_ATTEMPTS: "0",
        RULE_ARN: ruleArn("fails"),
        TARGET_ARN: target.Arn,
      },
    ]);
    await call("iam", "PutRolePolicy", { RoleName: "runs-tasks", PolicyName: "p", PolicyDocument: allow("ecs:RunTask", "*") });
    const id = await place.send({ Source: "fails" });
    await place.pass(2_000);
    expect(await place.messages("failed")).toEqual([]);
    await place.pass(2_000);
    const [letter] = await place.messages("failed");
    expect(JSON.parse(letter!.body)).toMatchObject({ id, source: "fails" });
    expect(letter!.attributes).toMatchObject({
      ERROR_CODE: "ERROR_FROM_TARGET",
      EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts",
      RETRY_ATTEMPTS: "2",
    });
  });

  it("is counted, rule by rule", async () => {
    await place.pass(60_000);
    const { call, world } = place.server;
    const sum = async (MetricName: string) => {
      const { Datapoints } = await call("cloudwatch", "GetMetricStatistics", {
        Namespace: "AWS/Events",
        MetricName,
        Dimensions: [{ Name: "RuleName", Value: "fails" }],
        StartTime: new Date(world.clock.nowMs() - 3_600_000),
        EndTime: new Date(world.clock.nowMs() + 60_000),
        Period: 3_600,
        Statistics: ["Sum"],
      });
      return Datapoints!.reduce((all, { Sum = 0 }) => all + Sum, 0);
    };
    const names = [
      "MatchedEvents",
      "Invocations",
      "FailedInvocations",
      "InvocationAttempts",
      "RetryInvocationAttempts",
      "InvocationsSentToDlq",
    ];
    expect(await Promise.all(names.map(sum))).toEqual([2, 2, 2, 4, 2, 2]);
  });

  it("goes nowhere without a queue whose policy lets EventBridge in", async () => {
    await place.server.call("sqs", "CreateQueue", { QueueName: "closed" });
    await place.rule("closed", "closed", [{ Arn: queueArn("none"), DeadLetterConfig: { Arn: queueArn("closed") } }]);
    await place.send({ Source: "closed" });
    expect(await place.messages("closed")).toEqual([]);
  });
});

it("a task runs with the overrides of the input, started by the rule", async () => {
  const { call } = place.server;
  await call("ecs", "CreateCluster", { clusterName: "main", capacityProviders: ["FARGATE"] });
  const { taskDefinition } = await call("ecs", "RegisterTaskDefinition", {
    family: "job",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "512",
    containerDefinitions: [{ name: "job", image: "none" }],
  });
  const { Subnets } = await call("ec2", "DescribeSubnets", {});
  await place.rule("job", "job", [
    {
      Arn: "arn:aws:ecs:eu-central-1:123456789012:cluster/main",
      RoleArn: "arn:aws:iam::123456789012:role/runs-tasks",
      InputTransformer: {
        InputPathsMap: { n: "$.detail.n" },
        InputTemplate: '{"containerOverrides": [{"name": "job", "command": ["node", "-e", "<n>"]}]}',
      },
      EcsParameters: {
        TaskDefinitionArn: taskDefinition!.taskDefinitionArn!,
        LaunchType: "FARGATE",
        NetworkConfiguration: { awsvpcConfiguration: { Subnets: [Subnets![0]!.SubnetId!], AssignPublicIp: "ENABLED" } },
      },
    },
  ]);
  await place.send({ Source: "job", Detail: '{"n": 1}' });
  const found = await Promise.all(
    (["RUNNING", "STOPPED"] as const).map((desiredStatus) => call("ecs", "ListTasks", { cluster: "main", desiredStatus })),
  );
  const { tasks } = await call("ecs", "DescribeTasks", { cluster: "main", tasks: found.flatMap(({ taskArns = [] }) => taskArns) });
  expect(tasks).toMatchObject([
    { startedBy: "events-rule/job", overrides: { containerOverrides: [{ name: "job", command: ["node", "-e", "1"] }] } },
  ]);
});

it("an API destination on this machine is called as its connection says, others are not", async () => {
  const { events } = place;
  const requests: { url: string | undefined; headers: IncomingMessage["headers"]; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    if (request.url === "/token")
      return void response.end(JSON.stringify({ access_token: new URLSearchParams(body).get("client_secret") }));
    requests.push({ url: request.url, headers: request.headers, body });
    response.end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const { ConnectionArn: key = "" } = await events.createConnection({
      Name: "key",
      AuthorizationType: "API_KEY",
      AuthParameters: {
        ApiKeyAuthParameters: { ApiKeyName: "x-key", ApiKeyValue: "secret" },
        InvocationHttpParameters: { HeaderParameters: [{ Key: "x-more", Value: "hidden", IsValueSecret: true }] },
      },
    });
    const described = await events.describeConnection({ Name: "key" });
    expect(described).toMatchObject({
      ConnectionState: "AUTHORIZED",
      AuthParameters: {
        ApiKeyAuthParameters: { ApiKeyName: "x-key" },
        InvocationHttpParameters: { HeaderParameters: [{ Key: "x-more", IsValueSecret: true }] },
      },
    });
    expect(JSON.stringify(described)).not.toMatch(/secret"|hidden/u);
    const { ConnectionArn: oauth = "" } = await events.createConnection({
      Name: "oauth",
      AuthorizationType: "OAUTH_CLIENT_CREDENTIALS",
      AuthParameters: {
        OAuthParameters: {
          ClientParameters: { ClientID: "id", ClientSecret: "token" },
          AuthorizationEndpoint: `${origin}/token`,
          HttpMethod: "POST",
        },
      },
    });
    const make = async (Name: string, ConnectionArn: string, InvocationEndpoint: string) =>
      (await events.createApiDestination({ Name, ConnectionArn, HttpMethod: "POST", InvocationEndpoint })).ApiDestinationArn!;
    const RoleArn = "arn:aws:iam::123456789012:role/runs-tasks";
    const dead = await place.queue("uncalled");
    await place.rule("http", "http", [
      {
        Arn: await make("first", key, `${origin}/hooks/*`),
        RoleArn,
        Input: "1",
        HttpParameters: { PathParameterValues: ["a b"], QueryStringParameters: { q: "1" } },
      },
      { Arn: await make("second", oauth, `${origin}/token-asked`), RoleArn, Input: "2" },
      { Arn: await make("far", key, "https://hooks.example.com/x"), RoleArn, Input: "3", DeadLetterConfig: { Arn: dead } },
    ]);
    await place.send({ Source: "http" });
    await expect.poll(() => requests.map(({ body }) => body).toSorted()).toEqual(["1", "2"]);
    const [first, second] = requests.toSorted((a, b) => a.body.localeCompare(b.body));
    expect(first).toMatchObject({ url: "/hooks/a%20b?q=1", headers: { "x-key": "secret", "x-more": "hidden" } });
    expect(second).toMatchObject({ headers: { authorization: "Bearer token" } });
    expect((await place.messages("uncalled")).map(({ attributes }) => attributes["ERROR_MESSAGE"])).toEqual([
      "The embedded cloud calls HTTP endpoints on this machine only, not hooks.example.com.",
    ]);
    await expect(events.deleteConnection({ Name: "key" })).rejects.toMatchObject({ name: "ValidationException" });
    await events.deleteApiDestination({ Name: "second" });
    await events.deleteConnection({ Name: "oauth" });
    await expect(events.describeConnection({ Name: "oauth" })).rejects.toMatchObject({ message: "Connection 'oauth' does not exist." });
  } finally {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});

it("a schedule is due when its rate has passed once, and by its cron in UTC", async () => {
  const { events } = place;
  const Arn = await place.queue("clock");
  await events.putRule({ Name: "clock", ScheduleExpression: "rate(5 minutes)" });
  await events.putTargets({ Rule: "clock", Targets: [{ Id: "t", Arn }] });
  await place.pass(299_000);
  expect(await place.bodies("clock")).toEqual([]);
  await place.pass(301_000);
  const found = (await place.bodies("clock")).map((body) => JSON.parse(body) as { time: string });
  expect(found).toHaveLength(2);
  expect(found[0]).toMatchObject({
    "detail-type": "Scheduled Event",
    source: "aws.events",
    resources: [ruleArn("clock")],
    detail: {},
  });
  await events.disableRule({ Name: "clock" });
  await events.putRule({ Name: "noon", ScheduleExpression: "cron(0 12 * * ? *)" });
  await events.putTargets({ Rule: "noon", Targets: [{ Id: "t", Arn, InputPath: "$.time" }] });
  await place.server.world.clock.sleepThrough(86_400_000);
  expect(await place.bodies("clock")).toEqual(['"2026-01-01T12:00:00Z"']);
});

it("an archive keeps what its pattern asks for, and a replay brings it to the rules that it names", async () => {
  const { events } = place;
  const nowMs = place.server.world.clock.nowMs();
  const Arn = await place.queue("replayed");
  const EventSourceArn = busArn("default");
  await events.createArchive({ ArchiveName: "some", EventSourceArn, EventPattern: '{"source": ["kept"]}', RetentionDays: 1 });
  await expect(events.createArchive({ ArchiveName: "some", EventSourceArn })).rejects.toMatchObject({
    message: "Archive some already exists.",
  });
  for (const n of [1, 2, 3]) await place.send({ Source: "kept", Detail: JSON.stringify({ n }) });
  await place.send({ Source: "other" });
  expect(await events.describeArchive({ ArchiveName: "some" })).toMatchObject({
    EventCount: 3,
    RetentionDays: 1,
    State: "ENABLED",
    EventSourceArn,
  });
  await place.rule("takes", "kept", [
    { Arn, InputTransformer: { InputPathsMap: { n: "$.detail.n", r: "$.replay-name" }, InputTemplate: '"<n> <r>"' } },
  ]);
  await place.rule("ignores", "kept", [{ Arn, Input: '"ignored"' }]);
  const times = { EventStartTime: new Date(nowMs - 1_000), EventEndTime: new Date(nowMs + 60_000) };
  const EventSource = "arn:aws:events:eu-central-1:123456789012:archive/some";
  const Destination = { Arn: EventSourceArn, FilterArns: [ruleArn("takes")] };
  const start = (ReplayName: string, more = {}) =>
    events.startReplay({ ReplayName, EventSourceArn: EventSource, Destination, ...times, ...more });
  expect(await start("again")).toMatchObject({ State: "STARTING" });
  await expect(start("again")).rejects.toMatchObject({ message: "Replay again already exists." });
  await expect(start("back", { EventEndTime: times.EventStartTime })).rejects.toMatchObject({
    message: "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.",
  });
  await start("off");
  expect(await events.cancelReplay({ ReplayName: "off" })).toMatchObject({ State: "CANCELLING" });
  await place.pass(1_000);
  expect(await place.bodies("replayed")).toEqual(['"1 again"', '"2 again"', '"3 again"']);
  expect(await events.describeReplay({ ReplayName: "again" })).toMatchObject({ State: "COMPLETED", Destination });
  expect((await events.describeReplay({ ReplayName: "off" })).State).toBe("CANCELLED");
  await expect(events.cancelReplay({ ReplayName: "again" })).rejects.toMatchObject({ name: "IllegalStatusException" });
  expect((await events.describeArchive({ ArchiveName: "some" })).EventCount).toBe(3);
  await place.server.world.clock.sleepThrough(2 * 86_400_000);
  await place.pass(3_600_000);
  expect((await events.describeArchive({ ArchiveName: "some" })).EventCount).toBe(0);
});
