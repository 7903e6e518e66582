/** What survives the end of the process: rules, what was taken and not yet delivered, what waits for its next time, schedules that fell due. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { assembleCloud } from "../../../src/assemble.ts";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { openStore } from "../../../src/store.ts";
import { simulatedWorld } from "../../../src/world/simulated.ts";
import { allow, trust } from "../scheduler/place.ts";
import { queueArn } from "./place.ts";

it("what was acknowledged is delivered after a start, in order; what was to be tried again is", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-events-"));
  const world = simulatedWorld({ seed: 1, folder, outlivesPowerCut: false });
  const store = openStore(folder, world.disk);
  const cloudOf = () => assembleCloud({ world, store, endpoint: () => "http://127.0.0.1:1" });
  const first = cloudOf();
  await first.start();
  const call = first.as(rootPrincipal("123456789012"), "eu-central-1");
  for (const QueueName of ["got.fifo", "dead"]) {
    const Statement = [{ Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sqs:*", Resource: queueArn(QueueName) }];
    const fifo = QueueName.endsWith(".fifo") ? { FifoQueue: "true", ContentBasedDeduplication: "true" } : {};
    await call("sqs", "CreateQueue", { QueueName, Attributes: { ...fifo, Policy: JSON.stringify({ Statement }) } });
  }
  await call("iam", "CreateRole", { RoleName: "runs", AssumeRolePolicyDocument: trust("events.amazonaws.com") });
  await call("iam", "PutRolePolicy", { RoleName: "runs", PolicyName: "p", PolicyDocument: allow("ecs:RunTask", "*") });
  await call("ecs", "CreateCluster", { clusterName: "c", capacityProviders: ["FARGATE"] });
  await call("events", "PutRule", { Name: "r", EventPattern: '{"source": ["app"]}' });
  await call("events", "PutTargets", {
    Rule: "r",
    Targets: [
      { Id: "q", Arn: queueArn("got.fifo"), InputPath: "$.detail.n", SqsParameters: { MessageGroupId: "g" } },
      {
        Id: "fails",
        Arn: "arn:aws:ecs:eu-central-1:123456789012:cluster/c",
        RoleArn: "arn:aws:iam::123456789012:role/runs",
        EcsParameters: { TaskDefinitionArn: "none" },
        RetryPolicy: { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 3_600 },
        DeadLetterConfig: { Arn: queueArn("dead") },
      },
    ],
  });
  await call("events", "PutRule", { Name: "daily", ScheduleExpression: "rate(1 hour)" });
  await call("events", "PutTargets", {
    Rule: "daily",
    Targets: [{ Id: "q", Arn: queueArn("got.fifo"), Input: '"hour"', SqsParameters: { MessageGroupId: "g" } }],
  });
  const put = (n: number) => call("events", "PutEvents", { Entries: [{ Source: "app", DetailType: "t", Detail: JSON.stringify({ n }) }] });
  const received = async (name: string) => {
    const { Messages = [] } = await call("sqs", "ReceiveMessage", {
      QueueUrl: `http://127.0.0.1:1/123456789012/${name}`,
      MaxNumberOfMessages: 10,
    });
    return Messages.map(({ Body }) => Body);
  };

  // Tried once, and waiting; then events that are acknowledged by a cloud which delivers nothing any more.
  await put(0);
  await world.clock.advance(0);
  await first.stop();
  for (const n of [1, 2, 3]) await put(n);
  await world.clock.sleepThrough(2 * 3_600_000 + 1);

  const second = cloudOf();
  await second.start();
  await world.clock.advance(10_000);
  const got = await received("got.fifo");
  expect([got.filter((body) => body !== '"hour"'), got.length]).toEqual([["0", "1", "2", "3"], 5]);
  expect((await received("dead")).map((body) => JSON.stringify((JSON.parse(body!) as { detail: unknown }).detail)).toSorted()).toEqual(
    [0, 1, 2, 3].map((n) => `{"n":${n}}`),
  );
  await second.reset();
  const { Rules } = await second.as(rootPrincipal("123456789012"), "eu-central-1")("events", "ListRules", {});
  expect(Rules).toEqual([]);
  await second.stop();
  store.close();
  rmSync(folder, { recursive: true, force: true });
});
