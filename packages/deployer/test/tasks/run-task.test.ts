/** A task that is run once and followed to its end. */
import type { Run } from "@plinth/compiler";
import { describe, expect, test } from "vitest";
import type { DeployedStack } from "../../src/stacks/stack-state.ts";
import { mustSucceed, runTask } from "../../src/tasks/run-task.ts";
import { awsError, fakeAws, fakeTime, type Handlers } from "../fake-aws.ts";

const at = (output: string) => ({ stack: "s", output });
const run: Run = {
  name: "migrate",
  purpose: "migration",
  cluster: at("Cluster"),
  taskDefinition: at("Definition"),
  subnets: [at("SubnetA"), at("SubnetB")],
  securityGroups: [at("Group")],
  assignPublicIp: true,
  container: "migrate",
  logGroup: at("Logs"),
};
const outputs = {
  Cluster: "c",
  Definition: "arn:definition:3",
  SubnetA: "subnet-a",
  SubnetB: "subnet-b",
  Group: "sg-1",
  Logs: "/ecs/migrate",
};
const stacks = new Map<string, DeployedStack>([
  ["s", { name: "s", id: "s", layer: "tasks", region: "eu-central-1", status: "CREATE_COMPLETE", parameters: {}, outputs, tags: {} }],
]);

const taskArn = "arn:aws:ecs:eu-central-1:1:task/c/abc";

/** A task that runs through `states`; its log grows by one page at each reading. */
function ecs(states: object[], pages: string[][]): Handlers {
  let page = 0;
  return {
    "ecs.RunTask": () => ({ tasks: [{ taskArn, taskDefinitionArn: "arn:definition:3" }] }),
    "ecs.DescribeTasks": () => ({ tasks: [states.length > 1 ? states.shift() : states[0]] }),
    "ecs.DescribeTaskDefinition": () => ({
      taskDefinition: { containerDefinitions: [{ name: "migrate", logConfiguration: { options: { "awslogs-stream-prefix": "once" } } }] },
    }),
    "logs.GetLogEvents": ({ logStreamName, nextToken }: { logStreamName: string; nextToken?: string }) => {
      expect(logStreamName).toBe("once/migrate/abc");
      if (page >= pages.length) return { events: [], nextForwardToken: nextToken };
      const messages = pages[page++]!;
      if (messages.length === 0) throw awsError("ResourceNotFoundException", "The specified log stream does not exist.");
      return { events: messages.map((message) => ({ message })), nextForwardToken: `after-${page}` };
    },
  };
}

const stopped = (exitCode: number | undefined, more: object = {}) => ({
  lastStatus: "STOPPED",
  stoppedReason: "Essential container in task exited",
  containers: [{ name: "migrate", exitCode }],
  ...more,
});

async function runWith(states: object[], pages: string[][]) {
  const lines: string[] = [];
  const aws = fakeAws(ecs(states, pages));
  const result = await runTask(aws, fakeTime(), new AbortController().signal, {
    run,
    stacks,
    env: { SQL: "SELECT 1" },
    onLine: (line) => lines.push(line),
    startedBy: "plinth deploy",
  });
  return { aws, lines, result };
}

test("a task runs where its outputs say, and every line comes once", async () => {
  const { aws, lines, result } = await runWith(
    [{ lastStatus: "PENDING" }, { lastStatus: "RUNNING" }, stopped(0)],
    [[], ["one"], ["two", "three"]],
  );
  expect(lines).toEqual(["one", "two", "three"]);
  expect(result).toEqual({ taskArn, exitCode: 0, stoppedReason: "Essential container in task exited", lastLines: lines });
  expect(aws.calls[0]?.input).toEqual({
    cluster: "c",
    taskDefinition: "arn:definition:3",
    count: 1,
    capacityProviderStrategy: [{ capacityProvider: "FARGATE", weight: 1 }],
    startedBy: "plinth deploy",
    networkConfiguration: {
      awsvpcConfiguration: { subnets: ["subnet-a", "subnet-b"], securityGroups: ["sg-1"], assignPublicIp: "ENABLED" },
    },
    overrides: { containerOverrides: [{ name: "migrate", environment: [{ name: "SQL", value: "SELECT 1" }] }] },
  });
});

describe("a task that has to succeed", () => {
  test("says its exit code and its last lines", async () => {
    const { result } = await runWith([stopped(3)], [["boom"]]);
    expect(() => mustSucceed("migrate", result, "Correct it.")).toThrow(
      expect.objectContaining({
        code: "task-failed",
        message: "The task migrate ended with exit code 3.",
        evidence: ["boom"],
        remedy: "Correct it.",
      }),
    );
  });

  test("says why it did not run", async () => {
    const reason = "CannotPullContainerError: not there";
    const { result } = await runWith([stopped(undefined, { stoppedReason: reason })], []);
    expect(() => mustSucceed("migrate", result, "")).toThrow(`The task migrate did not run: ${reason}.`);
  });

  test("that cannot be placed is told", async () => {
    const aws = fakeAws({ "ecs.RunTask": () => ({ tasks: [], failures: [{ reason: "Capacity is unavailable at this time" }] }) });
    const started = runTask(aws, fakeTime(), new AbortController().signal, { run, stacks, onLine: () => {}, startedBy: "x" });
    await expect(started).rejects.toThrow("The task migrate could not be started: Capacity is unavailable at this time.");
  });
});
