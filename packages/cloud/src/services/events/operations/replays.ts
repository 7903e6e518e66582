/** Operations on replays. */
import { pageOf } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { archives } from "../archive.ts";
import { requireBus } from "../bus.ts";
import { check, illegalStatus, invalidNextToken, invalidParameter, replayExists, validation } from "../errors.ts";
import { look } from "../life.ts";
import { describeReplay, type Replay, replays, requireReplay } from "../replay.ts";

const namePattern = String.raw`[\.\-_A-Za-z0-9]+`;
const states = ["STARTING", "RUNNING", "CANCELLING", "COMPLETED", "CANCELLED", "FAILED"];

export const startReplay = operation("events", "StartReplay", (input, context) => {
  const { cloud, account, region } = context;
  const { ReplayName: name, EventSourceArn, Destination } = input;
  check({ replayName: [name, { length: [1, 64], pattern: namePattern }], description: [input.Description, { length: [0, 512] }] });
  if (!/^arn:[^:]+:events:[^:]*:\d{12}:event-bus\//u.test(Destination.Arn!)) {
    throw invalidParameter("Destination.Arn", "Must contain an event bus ARN.");
  }
  const bus = requireBus(context, Destination.Arn);
  const archiveName = EventSourceArn.slice(EventSourceArn.lastIndexOf("/") + 1);
  const archive = archives(cloud).get(region, archiveName);
  if (!archive) throw invalidParameter("EventSourceArn", `Archive ${archiveName} does not exist.`);
  if (archive.sourceArn !== bus.arn) throw invalidParameter("Destination.Arn", "Cross event bus replay is not permitted.");
  const [fromMs, toMs] = [input.EventStartTime.getTime(), input.EventEndTime.getTime()];
  if (fromMs >= toMs) throw invalidParameter("EventEndTime", "EventStartTime must be before EventEndTime.");
  if (replays(cloud).has(region, name)) throw replayExists(name);
  const replay: Replay = {
    name,
    arn: `arn:aws:events:${region}:${account}:replay/${name}`,
    ...(input.Description !== undefined && { description: input.Description }),
    archive: archive.name,
    archiveArn: archive.arn,
    bus: bus.name,
    busArn: bus.arn,
    ...(Destination.FilterArns?.length && { filterArns: Destination.FilterArns }),
    fromMs,
    toMs,
    state: "STARTING",
    startedMs: cloud.world.clock.nowMs(),
    cursor: "",
  };
  replays(cloud).put(region, name, replay);
  look(cloud);
  return { ReplayArn: replay.arn, State: replay.state, ReplayStartTime: new Date(replay.startedMs) };
});

export const describeOneReplay = operation("events", "DescribeReplay", ({ ReplayName }, context) => {
  const replay = requireReplay(context, ReplayName);
  const { description, filterArns } = replay;
  return {
    ...describeReplay(replay),
    ReplayArn: replay.arn,
    ...(description !== undefined && { Description: description }),
    Destination: { Arn: replay.busArn, ...(filterArns && { FilterArns: filterArns }) },
  };
});

export const listReplays = operation("events", "ListReplays", (input, context) => {
  const { NamePrefix: prefix, EventSourceArn: source, State: state, Limit, NextToken } = input;
  check({ limit: [Limit, { range: [1, 100] }], state: [state, { enum: states }] });
  if ([prefix, source, state].filter((one) => one !== undefined).length > 1) {
    throw validation("At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix.");
  }
  const found = replays(context.cloud)
    .list(context.region)
    .filter(({ name }) => name.startsWith(prefix ?? ""))
    .filter((one) => (source === undefined || one.archiveArn === source) && (state === undefined || one.state === state));
  const query = JSON.stringify({ prefix, source, state });
  const { items, nextToken } = pageOf(found, {
    size: Limit ?? 100,
    token: NextToken,
    keyOf: ({ name }) => name,
    query,
    invalid: invalidNextToken,
  });
  return { Replays: items.map(describeReplay), ...(nextToken !== undefined && { NextToken: nextToken }) };
});

export const cancelReplay = operation("events", "CancelReplay", ({ ReplayName }, context) => {
  const replay = requireReplay(context, ReplayName);
  if (replay.state !== "STARTING" && replay.state !== "RUNNING") {
    throw illegalStatus(`Replay ${ReplayName} is not in a valid state for this operation.`);
  }
  replays(context.cloud).put(context.region, replay.name, { ...replay, state: "CANCELLING" });
  look(context.cloud);
  return { ReplayArn: replay.arn, State: "CANCELLING" as const };
});
