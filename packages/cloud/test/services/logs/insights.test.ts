/** Logs Insights: queries over events, and what they refuse. */
import { expect, it } from "vitest";
import { startSimulatedCloud } from "../../cloud.ts";

async function ask(queryString: string): Promise<Record<string, string>[]> {
  await using test = await startSimulatedCloud();
  const nowMs = test.world.clock.nowMs();
  await test.call("logs", "CreateLogGroup", { logGroupName: "g" });
  await test.call("logs", "CreateLogStream", { logGroupName: "g", logStreamName: "s" });
  const messages = [
    { level: "error", ms: 10, at: { path: "/a" } },
    { level: "info", ms: 20, at: { path: "/b" } },
    { level: "error", ms: 30, at: { path: "/b" } },
  ].map((message) => JSON.stringify(message));
  const logEvents = [...messages, "plain GET took 7 ms"].map((message, index) => ({ timestamp: nowMs + index * 60_000, message }));
  await test.call("logs", "PutLogEvents", { logGroupName: "g", logStreamName: "s", logEvents });
  const startTime = nowMs / 1000;
  const { queryId } = await test.call("logs", "StartQuery", { logGroupName: "g", startTime, endTime: startTime + 3600, queryString });
  await test.world.clock.advance(0);
  const { status, results } = await test.call("logs", "GetQueryResults", { queryId: queryId! });
  expect(status).toBe("Complete");
  return results!.map((row) => Object.fromEntries(row.filter(({ field }) => field !== "@ptr").map(({ field, value }) => [field!, value!])));
}

it.each([
  ["fields at.path | filter level = 'error'", [{ "at.path": "/b" }, { "at.path": "/a" }]],
  ['fields ms | filter ms >= 20 and level != "info"', [{ ms: "30" }]],
  ["fields @timestamp, ms | sort ms asc | limit 1", [{ "@timestamp": "2026-01-01 00:00:00.000", ms: "10" }]],
  ["filter @message like /(?i)PLAIN/ | display @logStream", [{ "@logStream": "s" }]],
  ["filter @message like 'took' | parse @message '* GET took * ms' as word, ms | display word, ms", [{ word: "plain", ms: "7" }]],
  ["filter level in ['info'] | display level as l", [{ l: "info" }]],
  ["filter not isPresent(level) | stats count(*)", [{ "count(*)": "1" }]],
  [
    "filter isPresent(level) | stats count(*) as n, avg(ms) as mean, pct(ms, 90) by level | sort n desc",
    [
      { level: "error", n: "2", mean: "20", "pct(ms, 90)": "30" },
      { level: "info", n: "1", mean: "20", "pct(ms, 90)": "20" },
    ],
  ],
  [
    "stats count() by bin(2m) as t | sort t asc",
    [
      { t: "2026-01-01 00:00:00.000", "count(*)": "2" },
      { t: "2026-01-01 00:02:00.000", "count(*)": "2" },
    ],
  ],
  ["filter isPresent(level) | dedup level | fields level | sort level asc", [{ level: "error" }, { level: "info" }]],
])("%s", async (query, expected) => {
  expect(await ask(query)).toEqual(expected);
});

it.each(["nope @message", "fields strlen(@message)", "filter level ~ 1", "stats median(ms)", "filter (level = 'a'"])(
  "refuses %s",
  async (query) => {
    await expect(ask(query)).rejects.toMatchObject({ code: "MalformedQueryException" });
  },
);

it("keeps queries under a name", async () => {
  await using test = await startSimulatedCloud();
  const { call } = test;
  const given = { queryString: "fields @message", logGroupNames: ["g"] };
  const { queryDefinitionId } = await call("logs", "PutQueryDefinition", { name: "web/errors", ...given });
  await call("logs", "PutQueryDefinition", { name: "db", ...given });
  await call("logs", "PutQueryDefinition", { name: "web/all", queryDefinitionId: queryDefinitionId!, ...given });
  const found = await call("logs", "DescribeQueryDefinitions", { queryDefinitionNamePrefix: "web/" });
  expect(found.queryDefinitions).toEqual([
    { queryDefinitionId, name: "web/all", queryLanguage: "CWLI", lastModified: expect.any(Number), ...given },
  ]);
  expect(await call("logs", "DeleteQueryDefinition", { queryDefinitionId: queryDefinitionId! })).toEqual({ success: true });
  const again = call("logs", "DeleteQueryDefinition", { queryDefinitionId: queryDefinitionId! });
  await expect(again).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});
