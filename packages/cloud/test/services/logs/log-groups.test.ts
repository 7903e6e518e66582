/** Groups and streams of CloudWatch Logs: making, describing, paging, tags, protection. */
import { describe, expect, it } from "vitest";
import { startSimulatedCloud } from "../../cloud.ts";

describe("log groups", () => {
  it("are described as AWS does", async () => {
    await using test = await startSimulatedCloud();
    await test.call("logs", "CreateLogGroup", { logGroupName: "/a", tags: { k: "v" } });
    await test.call("logs", "PutRetentionPolicy", { logGroupName: "/a", retentionInDays: 7 });
    const { logGroups } = await test.call("logs", "DescribeLogGroups", {});
    expect(logGroups).toEqual([
      {
        logGroupName: "/a",
        creationTime: test.world.clock.nowMs(),
        retentionInDays: 7,
        metricFilterCount: 0,
        arn: "arn:aws:logs:eu-central-1:123456789012:log-group:/a:*",
        storedBytes: 0,
        deletionProtectionEnabled: false,
        logGroupClass: "STANDARD",
        logGroupArn: "arn:aws:logs:eu-central-1:123456789012:log-group:/a",
      },
    ]);
    expect((await test.call("logs", "DescribeLogGroups", { logGroupNamePattern: "b" })).logGroups).toEqual([]);
  });

  it("are refused twice, with a wrong name, or with a retention that AWS does not have", async () => {
    await using test = await startSimulatedCloud();
    const create = (logGroupName: string) => test.call("logs", "CreateLogGroup", { logGroupName });
    await create("a");
    await expect(create("a")).rejects.toMatchObject({
      code: "ResourceAlreadyExistsException",
      message: "The specified log group already exists",
    });
    await expect(create("a b")).rejects.toMatchObject({
      message:
        "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
    });
    await expect(create("a".repeat(513))).rejects.toMatchObject({
      message: "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
    });
    await expect(test.call("logs", "PutRetentionPolicy", { logGroupName: "a", retentionInDays: 2 })).rejects.toMatchObject({
      code: "InvalidParameterException",
    });
  });

  it("page by name, and a token belongs to its own question", async () => {
    await using test = await startSimulatedCloud();
    for (const name of ["c", "a", "b"]) await test.call("logs", "CreateLogGroup", { logGroupName: name });
    const first = await test.call("logs", "DescribeLogGroups", { limit: 2 });
    expect(first.logGroups!.map(({ logGroupName }) => logGroupName)).toEqual(["a", "b"]);
    await test.call("logs", "DeleteLogGroup", { logGroupName: "b" });
    const second = await test.call("logs", "DescribeLogGroups", { limit: 2, nextToken: first.nextToken! });
    expect(second.logGroups!.map(({ logGroupName }) => logGroupName)).toEqual(["c"]);
    expect(second.nextToken).toBeUndefined();
    await expect(test.call("logs", "DescribeLogGroups", { logGroupNamePrefix: "x", nextToken: first.nextToken! })).rejects.toMatchObject({
      message: "The specified nextToken is invalid.",
    });
  });

  it("with deletion protection stay", async () => {
    await using test = await startSimulatedCloud();
    await test.call("logs", "CreateLogGroup", { logGroupName: "a", deletionProtectionEnabled: true });
    await expect(test.call("logs", "DeleteLogGroup", { logGroupName: "a" })).rejects.toMatchObject({ code: "ValidationException" });
    await test.call("logs", "PutLogGroupDeletionProtection", { logGroupIdentifier: "a", deletionProtectionEnabled: false });
    await test.call("logs", "DeleteLogGroup", { logGroupName: "a" });
    expect((await test.call("logs", "DescribeLogGroups", {})).logGroups).toEqual([]);
  });

  it("carry tags under both forms", async () => {
    await using test = await startSimulatedCloud();
    const resourceArn = "arn:aws:logs:eu-central-1:123456789012:log-group:a";
    await test.call("logs", "CreateLogGroup", { logGroupName: "a", tags: { one: "1" } });
    await test.call("logs", "TagResource", { resourceArn, tags: { two: "2" } });
    await test.call("logs", "TagLogGroup", { logGroupName: "a", tags: { three: "3" } });
    await test.call("logs", "UntagResource", { resourceArn, tagKeys: ["one"] });
    expect(await test.call("logs", "ListTagsForResource", { resourceArn })).toEqual({ tags: { two: "2", three: "3" } });
    expect(await test.call("logs", "ListTagsLogGroup", { logGroupName: "a" })).toEqual({ tags: { two: "2", three: "3" } });
  });
});

describe("log streams", () => {
  it("are ordered by name or by their last event, and page in both directions", async () => {
    await using test = await startSimulatedCloud();
    await test.call("logs", "CreateLogGroup", { logGroupName: "g" });
    const nowMs = test.world.clock.nowMs();
    for (const [index, logStreamName] of ["c", "a", "b"].entries()) {
      await test.call("logs", "CreateLogStream", { logGroupName: "g", logStreamName });
      const logEvents = [{ timestamp: nowMs + index, message: "m" }];
      await test.call("logs", "PutLogEvents", { logGroupName: "g", logStreamName, logEvents });
    }
    const list = async (orderBy: "LogStreamName" | "LastEventTime", descending: boolean) => {
      const names: (string | undefined)[] = [];
      let nextToken: string | undefined;
      do {
        const page = await test.call("logs", "DescribeLogStreams", {
          logGroupName: "g",
          orderBy,
          descending,
          limit: 1,
          ...(nextToken && { nextToken }),
        });
        names.push(...page.logStreams!.map(({ logStreamName }) => logStreamName));
        nextToken = page.nextToken;
      } while (nextToken);
      return names.join("");
    };
    expect(await list("LogStreamName", false)).toBe("abc");
    expect(await list("LogStreamName", true)).toBe("cba");
    expect(await list("LastEventTime", false)).toBe("cab");
    expect(await list("LastEventTime", true)).toBe("bac");
    await expect(
      test.call("logs", "DescribeLogStreams", { logGroupName: "g", orderBy: "LastEventTime", logStreamNamePrefix: "a" }),
    ).rejects.toMatchObject({ message: "Cannot order by LastEventTime with a logStreamNamePrefix." });
  });

  it("take their events and bytes with them", async () => {
    await using test = await startSimulatedCloud();
    await test.call("logs", "CreateLogGroup", { logGroupName: "g" });
    await test.call("logs", "CreateLogStream", { logGroupName: "g", logStreamName: "s" });
    const logEvents = [{ timestamp: test.world.clock.nowMs(), message: "m" }];
    await test.call("logs", "PutLogEvents", { logGroupName: "g", logStreamName: "s", logEvents });
    await expect(test.call("logs", "CreateLogStream", { logGroupName: "g", logStreamName: "s" })).rejects.toMatchObject({
      message: "The specified log stream already exists",
    });
    await test.call("logs", "DeleteLogStream", { logGroupName: "g", logStreamName: "s" });
    expect((await test.call("logs", "DescribeLogGroups", {})).logGroups![0]!.storedBytes).toBe(0);
    expect((await test.call("logs", "FilterLogEvents", { logGroupName: "g" })).events).toEqual([]);
  });
});
