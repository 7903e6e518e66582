/** Events of CloudWatch Logs: what PutLogEvents takes, and what GetLogEvents and FilterLogEvents give back. */
import { describe, expect, it } from "vitest";
import { startSimulatedCloud, startTestCloud } from "../../cloud.ts";

const dayMs = 86_400_000;

async function withStream(seed = 1) {
  const test = await startSimulatedCloud(seed);
  await test.call("logs", "CreateLogGroup", { logGroupName: "/ecs/app" });
  await test.call("logs", "CreateLogStream", { logGroupName: "/ecs/app", logStreamName: "web/1" });
  const put = (messages: string[], timestamp = test.world.clock.nowMs(), logStreamName = "web/1") =>
    test.call("logs", "PutLogEvents", {
      logGroupName: "/ecs/app",
      logStreamName,
      logEvents: messages.map((message, index) => ({ timestamp: timestamp + index, message })),
    });
  return { ...test, put, nowMs: test.world.clock.nowMs(), [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() };
}

describe("PutLogEvents", () => {
  it("takes what is in time and names what is not", async () => {
    await using test = await withStream();
    await test.call("logs", "PutRetentionPolicy", { logGroupName: "/ecs/app", retentionInDays: 3 });
    const send = (timestamps: number[]) =>
      test.call("logs", "PutLogEvents", {
        logGroupName: "/ecs/app",
        logStreamName: "web/1",
        logEvents: timestamps.map((timestamp) => ({ timestamp, message: "m" })),
      });
    const old = await send([test.nowMs - 14 * dayMs - 2, test.nowMs - 14 * dayMs - 1, test.nowMs - 14 * dayMs]);
    expect(old.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 2, expiredLogEventEndIndex: 3 });
    const young = await send([test.nowMs, test.nowMs + 3 * 3_600_000]);
    expect(young.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 });
    expect(young.nextSequenceToken).toMatch(/^\d{56}$/);
    const { events } = await test.call("logs", "GetLogEvents", { logGroupName: "/ecs/app", logStreamName: "web/1" });
    expect(events).toEqual([{ timestamp: test.nowMs, message: "m", ingestionTime: test.nowMs }]);
  });

  it.each([
    ["a stream that is not", { logStreamName: "nope" }, "ResourceNotFoundException", "The specified log stream does not exist."],
    ["a group that is not", { logGroupName: "nope" }, "ResourceNotFoundException", "The specified log group does not exist."],
    [
      "a wrong order",
      { logEvents: [2, 1] },
      "InvalidParameterException",
      "Log events in a single PutLogEvents request must be in chronological order.",
    ],
    [
      "more than a day",
      { logEvents: [0, dayMs + 1] },
      "InvalidParameterException",
      "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
    ],
    [
      "no events",
      { logEvents: [] },
      "InvalidParameterException",
      "1 validation error detected: Value '[]' at 'logEvents' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
  ])("refuses %s", async (_, change, code, message) => {
    await using test = await withStream();
    const { logEvents = [1], ...names } = change as { logEvents?: number[] };
    const call = test.call("logs", "PutLogEvents", {
      logGroupName: "/ecs/app",
      logStreamName: "web/1",
      ...names,
      logEvents: logEvents.map((offset) => ({ timestamp: test.nowMs - 2 * dayMs + offset, message: "m" })),
    });
    await expect(call).rejects.toMatchObject({ code, message });
  });

  it("refuses a batch beyond one megabyte, each event counted with 26 bytes", async () => {
    await using test = await withStream();
    await expect(test.put(["x".repeat(600_000), "y".repeat(600_000)])).rejects.toMatchObject({
      message: "Upload too large: 1200052 bytes exceeds limit of 1048576",
    });
  });
});

describe("GetLogEvents", () => {
  it("reads from the tail, pages both ways, and gives the same token at an end", async () => {
    await using test = await withStream();
    await test.put(Array.from({ length: 20 }, (_, index) => `m${index}`));
    const get = (more: object) =>
      test.call("logs", "GetLogEvents", { logGroupName: "/ecs/app", logStreamName: "web/1", limit: 8, ...more });
    const texts = (page: { events?: { message?: string | undefined }[] | undefined }) => page.events!.map(({ message }) => message);

    const tail = await get({});
    expect(texts(tail)).toEqual(Array.from({ length: 8 }, (_, index) => `m${index + 12}`));
    const before = await get({ nextToken: tail.nextBackwardToken });
    expect(texts(before).at(0)).toBe("m4");
    const end = await get({ nextToken: tail.nextForwardToken });
    expect(texts(end)).toEqual([]);
    expect(end.nextForwardToken).toBe(tail.nextForwardToken);
    await test.put(["later"], test.nowMs + 1000);
    expect(texts(await get({ nextToken: end.nextForwardToken }))).toEqual(["later"]);

    const head = await get({ startFromHead: true });
    expect(texts(head)[0]).toBe("m0");
    const start = await get({ nextToken: head.nextBackwardToken });
    expect(texts(start)).toEqual([]);
    expect(start.nextBackwardToken).toBe(head.nextBackwardToken);
    await expect(get({ nextToken: "n/123" })).rejects.toMatchObject({ message: "The specified nextToken is invalid." });
    await expect(get({ limit: 10001 })).rejects.toMatchObject({
      code: "InvalidParameterException",
      message:
        "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
    });
  });
});

describe("FilterLogEvents", () => {
  it("reads the streams of a group together in order of time, page by page", async () => {
    await using test = await withStream();
    await test.call("logs", "CreateLogStream", { logGroupName: "/ecs/app", logStreamName: "worker/1" });
    await test.put(["a ok", "b ERROR", "c ok"], test.nowMs);
    await test.put(["d ERROR", "e ok"], test.nowMs + 1, "worker/1");
    const filter = (more: object) => test.call("logs", "FilterLogEvents", { logGroupName: "/ecs/app", ...more });
    const all = await filter({});
    expect(all.events!.map(({ message }) => message)).toEqual(["a ok", "b ERROR", "d ERROR", "c ok", "e ok"]);
    expect(new Set(all.events!.map(({ eventId }) => eventId)).size).toBe(5);
    expect(all.nextToken).toBeUndefined();

    const pages: (string | undefined)[][] = [];
    let nextToken: string | undefined;
    do {
      const page = await filter({ limit: 1, filterPattern: "ERROR", ...(nextToken && { nextToken }) });
      pages.push(page.events!.map(({ message }) => message));
      nextToken = page.nextToken;
    } while (nextToken);
    expect(pages).toEqual([["b ERROR"], ["d ERROR"]]);
    expect((await filter({ logStreamNamePrefix: "work" })).events).toHaveLength(2);
    expect((await filter({ logStreamNames: ["web/1"], startTime: test.nowMs + 1 })).events).toHaveLength(2);
    await expect(filter({ nextToken: "foobar" })).rejects.toMatchObject({ message: "The specified nextToken is invalid." });
  });
});

describe("retention", () => {
  it("removes what is too old, and the group's bytes with it", async () => {
    await using test = await withStream();
    await test.put(["12345678"]);
    const bytes = async () => (await test.call("logs", "DescribeLogGroups", {})).logGroups![0]!.storedBytes;
    expect(await bytes()).toBe(34);
    await test.call("logs", "PutRetentionPolicy", { logGroupName: "/ecs/app", retentionInDays: 1 });
    await test.world.clock.sleepThrough(dayMs - 10_000);
    expect(await bytes()).toBe(34);
    await test.world.clock.advance(2 * 3_600_000);
    expect(await bytes()).toBe(0);
    const { events } = await test.call("logs", "FilterLogEvents", { logGroupName: "/ecs/app" });
    expect(events).toEqual([]);
  });
});

it("writes batches of ten thousand without losing one, and reads them again in order", async () => {
  await using test = await startTestCloud();
  await test.call("logs", "CreateLogGroup", { logGroupName: "g" });
  await test.call("logs", "CreateLogStream", { logGroupName: "g", logStreamName: "s" });
  const timestamp = Date.now() - 1000;
  for (let batch = 0; batch < 3; batch++) {
    const logEvents = Array.from({ length: 10_000 }, (_, index) => ({ timestamp, message: `line ${batch * 10_000 + index}` }));
    await test.call("logs", "PutLogEvents", { logGroupName: "g", logStreamName: "s", logEvents });
  }
  const seen: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await test.call("logs", "FilterLogEvents", { logGroupName: "g", ...(nextToken && { nextToken }) });
    seen.push(...page.events!.map(({ message }) => message!));
    nextToken = page.nextToken;
  } while (nextToken);
  expect(seen).toEqual(Array.from({ length: 30_000 }, (_, index) => `line ${index}`));
});
