/** CreateLogStream, DeleteLogStream, DescribeLogStreams. */
import { checkConstraints } from "../../../constraints.ts";
import { pageOf, type Page } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { invalidNextToken, invalidParameter, streamExists } from "../errors.ts";
import { findGroup, groupArn, namedGroup } from "../groups.ts";
import { checkStreamName, createStream, deleteStream, findStream, type LogStream, streamsOf } from "../streams.ts";
import { sequenceToken } from "./PutLogEvents.ts";

export const createLogStream = operation("logs", "CreateLogStream", (input, context) => {
  checkStreamName(input.logStreamName);
  const group = findGroup(context, input.logGroupName);
  if (!createStream(context.cloud, group, input.logStreamName)) throw streamExists();
  return {};
});

export const deleteLogStream = operation("logs", "DeleteLogStream", (input, context) => {
  const group = findGroup(context, input.logGroupName);
  deleteStream(context.cloud, findStream(context.cloud, group, input.logStreamName));
  return {};
});

export const describeLogStreams = operation("logs", "DescribeLogStreams", (input, context) => {
  const { logStreamNamePrefix: prefix, orderBy = "LogStreamName", descending = false, limit = 50, nextToken } = input;
  checkConstraints("InvalidParameterException", {
    logStreamNamePrefix: [prefix, { length: [1, 512], pattern: "[^:*]*" }],
    orderBy: [orderBy, { enum: ["LogStreamName", "LastEventTime"] }],
    limit: [limit, { range: [1, 50] }],
  });
  if (orderBy === "LastEventTime" && prefix !== undefined) {
    throw invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  const group = namedGroup(context, input);
  const key = orderBy === "LastEventTime" ? byLastEvent : ({ name }: LogStream) => name;
  const streams = streamsOf(context.cloud, group)
    .filter(({ name }) => prefix === undefined || name.startsWith(prefix))
    .map((stream) => ({ stream, key: key(stream) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  if (descending) streams.reverse();
  const query = JSON.stringify(["DescribeLogStreams", group.id, prefix, orderBy, descending]);
  // A descending list is paged from its place in the ascending one: a page token is a key either way.
  const page = descending
    ? descendingPage(streams, limit, nextToken, query)
    : pageOf(streams, { size: limit, token: nextToken, keyOf: (each) => each.key, query, invalid: invalidNextToken });
  return {
    logStreams: page.items.map(({ stream }) => ({
      logStreamName: stream.name,
      creationTime: stream.creation_time,
      ...(stream.first_event !== null && {
        firstEventTimestamp: stream.first_event,
        lastEventTimestamp: stream.last_event!,
        lastIngestionTime: stream.last_ingestion!,
        uploadSequenceToken: sequenceToken(stream.last_ingestion!, stream.id),
      }),
      arn: `${groupArn(context, group.name)}:log-stream:${stream.name}`,
      // As in AWS since June 2019: only groups have a figure.
      storedBytes: 0,
    })),
    ...(page.nextToken !== undefined && { nextToken: page.nextToken }),
  };
});

/** Streams without events are the oldest. */
function byLastEvent({ name, last_event }: LogStream): string {
  return `${String(last_event ?? 0).padStart(16, "0")} ${name}`;
}

function descendingPage<T extends { key: string }>(items: T[], size: number, token: string | undefined, query: string): Page<T> {
  const mirrored = items.map((item) => ({ item, key: mirror(item.key) }));
  const page = pageOf(mirrored, { size, token, keyOf: (each) => each.key, query, invalid: invalidNextToken });
  return { ...page, items: page.items.map(({ item }) => item) };
}

/** A text that sorts the other way round. */
function mirror(key: string): string {
  return `${[...Buffer.from(key, "utf16le").swap16()].map((byte) => String.fromCharCode(0xff - byte)).join("")}\uffff`;
}
