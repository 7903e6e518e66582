/** FilterLogEvents: a group's events over its streams in order of time, by streams, time and pattern. */
import { checkConstraints } from "../../../constraints.ts";
import { readToken, writeToken } from "../../../paging.ts";
import { operation, type OperationContext } from "../../../service.ts";
import type { Input } from "../../../aws.ts";
import { invalidNextToken, invalidParameter } from "../errors.ts";
import { beforeAll, eventId, type Position, positionOf, readForward, readGroup, type StoredEvent } from "../events.ts";
import { parseFilterPattern } from "../filter-pattern/index.ts";
import { checkReadable } from "../group-key.ts";
import { type LogGroup, namedGroup } from "../groups.ts";
import { checkStreamName, findStream, type LogStream, streamsOf } from "../streams.ts";
import { maximumPageBytes } from "./GetLogEvents.ts";

/** Events that one call looks at before it answers with a token, though it may have found none: the cloud stays responsive. */
export const maximumScanned = 100_000;
const chunk = 5_000;

export const filterLogEvents = operation("logs", "FilterLogEvents", (input, context) => {
  const { cloud } = context;
  const { startTime, endTime, filterPattern = "", nextToken, limit = 10_000 } = input;
  checkConstraints("InvalidParameterException", {
    startTime: [startTime, { range: [0, Infinity] }],
    endTime: [endTime, { range: [0, Infinity] }],
    filterPattern: [filterPattern, { length: [0, 1024] }],
    limit: [limit, { range: [1, 10_000] }],
    logStreamNames: [input.logStreamNames, { length: [1, 100] }],
  });
  const group = namedGroup(context, input);
  checkReadable(context, group);
  const matches = parseFilterPattern(filterPattern);
  const streams = wantedStreams(context, group, input);
  const query = JSON.stringify([
    "FilterLogEvents",
    group.id,
    input.logStreamNames,
    input.logStreamNamePrefix,
    startTime,
    endTime,
    filterPattern,
  ]);
  let from = beforeAll;
  if (nextToken !== undefined) {
    const id = readToken(nextToken, query);
    const position = id === undefined ? undefined : positionOf(id);
    if (!position) throw invalidNextToken();
    from = position;
  }

  const names = new Map((streams ?? streamsOf(cloud, group)).map((stream) => [stream.id, stream.name]));
  const only = streams?.length === 1 ? streams[0]! : undefined;
  const found: StoredEvent[] = [];
  let bytes = 0;
  let scanned = 0;
  let more = false;
  let last: Position = from;
  scan: for (;;) {
    const range = {
      startMs: startTime ?? 0,
      endMs: endTime === undefined ? Number.MAX_SAFE_INTEGER : endTime + 1,
      from: last,
      limit: chunk,
    };
    const events = only ? readForward(cloud, only, range) : readGroup(cloud, group, range);
    for (const event of events) {
      if (names.has(event.stream_id) && matches(event.message)) {
        const size = Buffer.byteLength(event.message);
        if (found.length === limit || (found.length > 0 && bytes + size > maximumPageBytes)) {
          more = true;
          break scan;
        }
        bytes += size;
        found.push(event);
      }
      last = event;
    }
    if (events.length < chunk) break;
    if ((scanned += events.length) >= maximumScanned) {
      more = true;
      break;
    }
  }
  return {
    events: found.map((event) => ({
      logStreamName: names.get(event.stream_id)!,
      timestamp: event.time,
      message: event.message,
      ingestionTime: event.ingestion_time,
      eventId: eventId(event),
    })),
    // As in AWS since 2021: always empty.
    searchedLogStreams: [],
    ...(more && { nextToken: writeToken(eventId(last), query) }),
  };
});

/** The streams that the call names, or `undefined` for all. */
function wantedStreams(context: OperationContext, group: LogGroup, input: Input<"logs", "FilterLogEvents">): LogStream[] | undefined {
  const { logStreamNames: names, logStreamNamePrefix: prefix } = input;
  if (names && prefix !== undefined) {
    throw invalidParameter("LogStream names and LogStream name prefix are mutually exclusive parameters.");
  }
  if (names) return names.map((name) => findStream(context.cloud, group, name));
  if (prefix === undefined) return undefined;
  checkStreamName(prefix, "logStreamNamePrefix");
  return streamsOf(context.cloud, group).filter(({ name }) => name.startsWith(prefix));
}
