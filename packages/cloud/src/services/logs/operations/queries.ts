/** StartQuery, GetQueryResults, StopQuery, DescribeQueries. Results are kept while the cloud runs, the last hundred queries of them. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { invalidParameter, refused } from "../errors.ts";
import { beforeAll, eventId, readGroup } from "../events.ts";
import { checkReadable } from "../group-key.ts";
import { findGroup, type LogGroup, nameOfIdentifier } from "../groups.ts";
import { type Command, parseQuery, type Row } from "../insights/parse.ts";
import { columnsOf, pass, rowOf, runWhole, shown, splitAtFirstWhole } from "../insights/run.ts";
import { streamsOf } from "../streams.ts";

interface Query {
  id: string;
  region: string;
  text: string;
  groups: string[];
  createdMs: number;
  status: "Running" | "Complete" | "Failed" | "Cancelled";
  results: { field: string; value: string }[][];
  statistics: { recordsMatched: number; recordsScanned: number; bytesScanned: number };
}

const held = Symbol("logs.queries");
const kept = 100;
const queries = (cloud: Cloud) => cloud.memory(held, () => new Map<string, Query>());
const defaultLimit = 10_000;
const chunk = 5_000;

export const startQuery = operation("logs", "StartQuery", (input, context) => {
  const { cloud, region, account } = context;
  const { queryString, startTime, endTime, limit = defaultLimit, queryLanguage = "CWLI" } = input;
  checkConstraints("InvalidParameterException", {
    queryString: [queryString, { length: [0, 10_000] }],
    limit: [limit, { range: [1, 100_000] }],
    queryLanguage: [queryLanguage, { enum: ["CWLI", "SQL", "PPL"] }],
  });
  if (queryLanguage !== "CWLI") throw refused(`queries in ${queryLanguage}`);
  if (endTime < startTime) throw invalidParameter("End time should not be less than start time");
  const given = [
    input.logGroupName === undefined ? undefined : [input.logGroupName],
    input.logGroupNames,
    input.logGroupIdentifiers,
  ].filter((each) => each !== undefined);
  if (given.length !== 1 || given[0]!.length === 0) {
    throw invalidParameter("Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified.");
  }
  const groups = given[0]!.map((name) => {
    try {
      return findGroup(context, nameOfIdentifier(context, name));
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
      throw new AwsError("ResourceNotFoundException", `Log group '${name}' does not exist for account ID '${account}'`);
    }
  });
  for (const group of groups) checkReadable(context, group);
  const commands = parseQuery(queryString);
  const all = queries(cloud);
  const sources = groups.map(({ name }) => `SOURCE "${name}"`).join(" ");
  const query: Query = {
    id: cloud.world.random.uuid(),
    region,
    text: `${sources} START=${startTime}000 END=${endTime}999 | ${queryString}`,
    groups: groups.map(({ name }) => name),
    createdMs: cloud.world.clock.nowMs(),
    status: "Running",
    results: [],
    statistics: { recordsMatched: 0, recordsScanned: 0, bytesScanned: 0 },
  };
  all.set(query.id, query);
  for (const id of [...all.keys()].slice(0, Math.max(0, all.size - kept))) all.delete(id);
  const range = { startMs: startTime * 1000, endMs: endTime * 1000 + 1000 };
  void scan(cloud, account, query, groups, commands, range, limit, context.signal).catch(() => {
    query.status = "Failed";
  });
  return { queryId: query.id };
});

/** Reads in chunks, so that other calls are answered in between. */
async function scan(
  cloud: Cloud,
  account: string,
  query: Query,
  groups: readonly LogGroup[],
  commands: readonly Command[],
  range: { startMs: number; endMs: number },
  limit: number,
  signal: AbortSignal,
): Promise<void> {
  const { each, whole } = splitAtFirstWhole(commands);
  const rows: Row[] = [];
  for (const group of groups) {
    const names = new Map(streamsOf(cloud, group).map(({ id, name }) => [id, name]));
    let from = beforeAll;
    for (;;) {
      const events = readGroup(cloud, group, { ...range, from, limit: chunk });
      for (const event of events) {
        query.statistics.recordsScanned++;
        query.statistics.bytesScanned += Buffer.byteLength(event.message);
        const row = pass(
          each,
          rowOf({
            "@timestamp": event.time,
            "@message": event.message,
            "@ingestionTime": event.ingestion_time,
            "@logStream": names.get(event.stream_id),
            "@log": `${account}:${group.name}`,
            "@ptr": Buffer.from(`${group.id}/${eventId(event)}`).toString("base64"),
          }),
        );
        if (row) rows.push(row);
      }
      if (events.length < chunk) break;
      from = events.at(-1)!;
      await nextTurn();
      if (signal.aborted || query.status !== "Running") return;
    }
  }
  query.statistics.recordsMatched = rows.length;
  const { columns, aggregated } = columnsOf(commands);
  // The newest first, where the query does not say otherwise.
  const ordered = aggregated ? rows : rows.toSorted((a, b) => Number(b.get("@timestamp")) - Number(a.get("@timestamp")));
  const result = runWhole(whole, ordered).slice(0, limit);
  query.results = result.map((row) =>
    [...columns, ...(aggregated ? [] : ["@ptr"])].flatMap((name) => {
      const value = row.get(name);
      return value === undefined ? [] : [{ field: name, value: shown(name, value) }];
    }),
  );
  query.status = "Complete";
}

function find(cloud: Cloud, region: string, id: string): Query {
  const query = queries(cloud).get(id);
  if (query?.region !== region) throw new AwsError("ResourceNotFoundException", `Query [${id}] does not exist.`);
  return query;
}

export const getQueryResults = operation("logs", "GetQueryResults", (input, { cloud, region }) => {
  const { status, results, statistics } = find(cloud, region, input.queryId);
  return { queryLanguage: "CWLI" as const, status, results, statistics };
});

export const stopQuery = operation("logs", "StopQuery", (input, { cloud, region }) => {
  const query = find(cloud, region, input.queryId);
  if (query.status !== "Running") throw invalidParameter(`Query [${input.queryId}] has ended and can't be cancelled.`);
  query.status = "Cancelled";
  return { success: true };
});

export const describeQueries = operation("logs", "DescribeQueries", (input, { cloud, region }) => {
  const { maxResults = 1000, logGroupName, status } = input;
  checkConstraints("InvalidParameterException", { maxResults: [maxResults, { range: [1, 1000] }] });
  const wanted = [...queries(cloud).values()]
    .filter(
      (query) =>
        query.region === region &&
        (logGroupName === undefined || query.groups.includes(logGroupName)) &&
        (status === undefined || query.status === status),
    )
    .toReversed();
  return {
    queries: wanted.slice(0, maxResults).map((query) => ({
      queryLanguage: "CWLI" as const,
      queryId: query.id,
      queryString: query.text,
      status: query.status,
      createTime: query.createdMs,
      logGroupName: query.groups[0]!,
    })),
  };
});
