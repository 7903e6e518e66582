import type { Program } from "@plinth/compiler";
import { expect, test } from "vitest";
import type { LogLine } from "../src/log-source.ts";
import { readLogs } from "../src/logs.ts";
import { emptyAssembly, fakeAws, fakeTime } from "./fake-aws.ts";

const program = (name: string, output: string): Program => ({
  name,
  kind: "service",
  cluster: { stack: "s", output: "Cluster" },
  logGroup: { stack: "s", output },
  container: name,
  secrets: [],
});
const assembly = { ...emptyAssembly, programs: [program("api", "Shared"), program("web", "Shared"), program("worker", "Own")] };

interface Event {
  at: number;
  group: string;
  stream: string;
  message: string;
}

function cloudWatch(events: Event[]) {
  return fakeAws({
    "cloudformation.DescribeStacks": () => ({
      Stacks: [
        {
          StackName: "s",
          StackStatus: "CREATE_COMPLETE",
          Tags: [
            { Key: "plinth:app", Value: "shop" },
            { Key: "plinth:stage", Value: "prod" },
          ],
          Outputs: [
            { OutputKey: "Shared", OutputValue: "/shared" },
            { OutputKey: "Own", OutputValue: "/own" },
          ],
        },
      ],
    }),
    "logs.FilterLogEvents": ({ logGroupName, startTime, nextToken }: { logGroupName: string; startTime: number; nextToken?: string }) => {
      const found = events.filter(({ group, at }) => group === logGroupName && at >= startTime);
      const from = Number(nextToken ?? 0); // pages of one event
      return {
        events: found
          .slice(from, from + 1)
          .map(({ at, stream, message }) => ({ eventId: `${at}${message}`, timestamp: at, logStreamName: stream, message })),
        nextToken: from + 1 < found.length ? String(from + 1) : undefined,
      };
    },
  });
}

test("lines of several groups and pages come in the order of time, with their program", async () => {
  const aws = cloudWatch([
    { at: 10, group: "/shared", stream: "p/api/task000001", message: "a" },
    { at: 30, group: "/shared", stream: "p/web/task000002", message: "c" },
    { at: 20, group: "/own", stream: "p/worker/task000003", message: "b" },
    { at: 5, group: "/own", stream: "p/worker/task000003", message: "too old" },
  ]);
  const lines: LogLine[] = [];
  const options = { since: new Date(10), follow: false, signal: new AbortController().signal };
  for await (const line of readLogs(aws, fakeTime(), assembly, options)) lines.push(line);
  expect(lines.map(({ program, task, message }) => [program, task, message])).toEqual([
    ["api", "000001", "a"],
    ["worker", "000003", "b"],
    ["web", "000002", "c"],
  ]);
  const only: LogLine[] = [];
  for await (const line of readLogs(aws, fakeTime(), assembly, { ...options, program: "web" })) only.push(line);
  expect(only.map(({ message }) => message)).toEqual(["c"]);
});

test("following shows each line once, also one that comes in late, until it is stopped", async () => {
  const time = fakeTime(100_000);
  const events: Event[] = [{ at: 99_000, group: "/own", stream: "p/worker/1", message: "first" }];
  const controller = new AbortController();
  const lines: string[] = [];
  for await (const { message } of readLogs(cloudWatch(events), time, assembly, {
    program: "worker",
    since: new Date(90_000),
    follow: true,
    signal: controller.signal,
  })) {
    lines.push(message);
    if (message === "first") events.push({ at: 101_500, group: "/own", stream: "p/worker/1", message: "second" });
    if (message === "second") events.push({ at: 98_000, group: "/own", stream: "p/worker/2", message: "late" });
    if (message === "late") controller.abort();
  }
  expect(lines).toEqual(["first", "second", "late"]);
});

test("a program that is not there is answered with those that are", async () => {
  const lines = readLogs(cloudWatch([]), fakeTime(), assembly, {
    program: "wep",
    since: new Date(0),
    follow: false,
    signal: new AbortController().signal,
  });
  await expect(lines.next()).rejects.toMatchObject({ message: "shop has no program called wep.", remedy: "It has: api, web, worker." });
});
