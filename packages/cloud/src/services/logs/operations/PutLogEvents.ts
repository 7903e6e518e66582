/** PutLogEvents: AWS's rules on order, age, span and size; what it does not take it names, and takes the rest. */
import type { Input } from "../../../aws.ts";
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { invalidParameter } from "../errors.ts";
import { appendEvents, eventOverheadBytes, type NewEvent } from "../events.ts";
import { findGroup } from "../groups.ts";
import { feedMetricFilters } from "../metric-filters.ts";
import { findStream } from "../streams.ts";

export const maximumBatchBytes = 1_048_576;
export const maximumEventBytes = 1_048_576;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const putLogEvents = operation("logs", "PutLogEvents", async (input, context) => {
  const { cloud } = context;
  checkConstraints("InvalidParameterException", { logEvents: [input.logEvents, { length: [1, 10_000] }] });
  const events = checkedEvents(input.logEvents);
  const group = findGroup(context, input.logGroupName);
  const stream = findStream(cloud, group, input.logStreamName);

  const nowMs = cloud.world.clock.nowMs();
  const retainedMs = group.retentionInDays === undefined ? Infinity : group.retentionInDays * dayMs;
  const tooOld = events.findLastIndex(({ timestamp }) => timestamp < nowMs - 14 * dayMs) + 1;
  const expired = events.findLastIndex(({ timestamp }) => timestamp < nowMs - retainedMs) + 1;
  const tooNew = events.findIndex(({ timestamp }) => timestamp > nowMs + 2 * hourMs);
  const accepted = events.slice(Math.max(tooOld, expired), tooNew < 0 ? events.length : tooNew);

  if (accepted.length > 0) {
    appendEvents(cloud, group, stream, accepted);
    await feedMetricFilters(context, group.name, accepted);
  }
  const rejected = {
    ...(tooNew >= 0 && { tooNewLogEventStartIndex: tooNew }),
    ...(tooOld > 0 && { tooOldLogEventEndIndex: tooOld }),
    ...(expired > tooOld && { expiredLogEventEndIndex: expired }),
  };
  return {
    nextSequenceToken: sequenceToken(nowMs, stream.id),
    ...(Object.keys(rejected).length > 0 && { rejectedLogEventsInfo: rejected }),
  };
});

/** AWS gives one still, and ignores what comes in. */
export function sequenceToken(timeMs: number, streamId: number): string {
  return `49${((BigInt(timeMs) << 100n) + BigInt(streamId)).toString().padStart(54, "0")}`;
}

function checkedEvents(given: NonNullable<Input<"logs", "PutLogEvents">["logEvents"]>): NewEvent[] {
  let batchBytes = 0;
  let previous = 0;
  for (const [index, { timestamp, message }] of given.entries()) {
    if (message === "" || timestamp! < 0) {
      checkConstraints("InvalidParameterException", {
        [`logEvents.${index + 1}.member.message`]: [message, { length: [1, Infinity] }],
        [`logEvents.${index + 1}.member.timestamp`]: [timestamp, { range: [0, Infinity] }],
      });
    }
    const bytes = Buffer.byteLength(message!) + eventOverheadBytes;
    if (bytes > maximumEventBytes) throw invalidParameter(`Log event too large: ${bytes} bytes exceeds limit of ${maximumEventBytes}`);
    batchBytes += bytes;
    if (timestamp! < previous) throw invalidParameter("Log events in a single PutLogEvents request must be in chronological order.");
    previous = timestamp!;
  }
  if (batchBytes > maximumBatchBytes) throw invalidParameter(`Upload too large: ${batchBytes} bytes exceeds limit of ${maximumBatchBytes}`);
  if (given.at(-1)!.timestamp! - given[0]!.timestamp! > dayMs) {
    throw invalidParameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
  return given as NewEvent[];
}
