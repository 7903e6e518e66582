/** GetLogEvents: one stream, forward or backward. At an end the token that led there comes back, as in AWS. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { invalidNextToken } from "../errors.ts";
import { afterAll, beforeAll, eventId, type Position, positionOf, readBackward, readForward, type StoredEvent } from "../events.ts";
import { checkReadable } from "../group-key.ts";
import { namedGroup } from "../groups.ts";
import { findStream } from "../streams.ts";

/** A page ends before it grows beyond. */
export const maximumPageBytes = 1_048_576;

export const getLogEvents = operation("logs", "GetLogEvents", (input, context) => {
  const { startTime, endTime, nextToken, limit = 10_000, startFromHead = false } = input;
  checkConstraints("InvalidParameterException", {
    startTime: [startTime, { range: [0, Infinity] }],
    endTime: [endTime, { range: [0, Infinity] }],
    limit: [limit, { range: [1, 10_000] }],
  });
  const group = namedGroup(context, input);
  const stream = findStream(context.cloud, group, input.logStreamName);
  checkReadable(context, group);
  const token = nextToken === undefined ? undefined : readEventToken(nextToken);
  const forward = token ? token.forward : startFromHead;
  const from = token?.position ?? (forward ? beforeAll : afterAll);
  const range = { startMs: startTime ?? 0, endMs: endTime ?? Number.MAX_SAFE_INTEGER, from, limit };
  const page = fitting((forward ? readForward : readBackward)(context.cloud, stream, range));
  if (!forward) page.reverse();
  const edge = page.length > 0 ? undefined : (token?.position ?? { time: range.startMs, id: 0 });
  return {
    events: page.map(({ time, message, ingestion_time }) => ({ timestamp: time, message, ingestionTime: ingestion_time })),
    nextForwardToken: `f/${eventId(edge ?? page.at(-1)!)}/s`,
    nextBackwardToken: `b/${eventId(edge ?? page[0]!)}/s`,
  };
});

/** As many events, from the first, as fit a page of one megabyte; at least one. */
export function fitting<E extends StoredEvent>(events: E[]): E[] {
  let bytes = 0;
  const end = events.findIndex(({ message }) => (bytes += Buffer.byteLength(message)) > maximumPageBytes);
  return end < 0 ? events : events.slice(0, Math.max(1, end));
}

function readEventToken(token: string): { forward: boolean; position: Position } {
  const [, direction, id] = /^([fb])\/(\d{56})(?:\/s)?$/u.exec(token) ?? [];
  const position = id === undefined ? undefined : positionOf(id);
  if (!position) throw invalidNextToken();
  return { forward: direction === "f", position };
}
