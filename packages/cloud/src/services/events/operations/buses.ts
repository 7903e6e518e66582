/** Operations on event buses. */
import { pageOf } from "../../../paging.ts";
import { originOf, systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { allBuses, type Bus, buses, busArn, busName, describeBus, findBus, keepBus, requireBus } from "../bus.ts";
import { busExists, check, eventSourceNotFound, invalidNextToken, validation } from "../errors.ts";
import { removeRule, rulesOf } from "../rule.ts";
import { checkTags, tagRecord } from "../tags.ts";

const namePattern = String.raw`[/\.\-_A-Za-z0-9]+`;

interface Settings {
  Description?: string | undefined;
  KmsKeyIdentifier?: string | undefined;
  DeadLetterConfig?: { Arn?: string | undefined } | undefined;
  LogConfig?: { IncludeDetail?: string | undefined; Level?: string | undefined } | undefined;
}

function settingsOf({ Description, KmsKeyIdentifier, DeadLetterConfig, LogConfig }: Settings) {
  check({ description: [Description, { length: [0, 512] }], kmsKeyIdentifier: [KmsKeyIdentifier, { length: [0, 2048] }] });
  return {
    ...(Description !== undefined && { description: Description }),
    ...(KmsKeyIdentifier && { kmsKeyIdentifier: KmsKeyIdentifier }),
    ...(DeadLetterConfig?.Arn !== undefined && { deadLetterArn: DeadLetterConfig.Arn }),
    ...(LogConfig && { logConfig: LogConfig as NonNullable<Bus["logConfig"]> }),
  };
}

const shown = ({ kmsKeyIdentifier, deadLetterArn, logConfig, description }: Bus) => ({
  ...(description !== undefined && { Description: description }),
  ...(kmsKeyIdentifier !== undefined && { KmsKeyIdentifier: kmsKeyIdentifier }),
  ...(deadLetterArn !== undefined && { DeadLetterConfig: { Arn: deadLetterArn } }),
  ...(logConfig && { LogConfig: logConfig as object }),
});

export const createEventBus = operation("events", "CreateEventBus", (input, context) => {
  const { cloud, region } = context;
  const { Name: name, EventSourceName: source } = input;
  check({ name: [name, { length: [1, 256], pattern: namePattern }] });
  checkTags(input.Tags);
  const token = originOf(input)?.token;
  const known = findBus(context, name);
  if (known && token !== undefined && known.token === token) return { EventBusArn: known.arn, ...shown(known) };
  if (known) throw busExists(name);
  if (source !== undefined) throw eventSourceNotFound(source);
  if (name.includes("/")) throw validation("Event bus name must not contain '/'.");
  const nowMs = cloud.world.clock.nowMs();
  const bus: Bus = {
    name,
    arn: busArn(context, name),
    ...settingsOf(input),
    tags: tagRecord(input.Tags),
    systemTags: { ...systemTagsOf(input) },
    createdMs: nowMs,
    modifiedMs: nowMs,
    ...(token !== undefined && { token }),
  };
  buses(cloud).put(region, name, bus);
  return { EventBusArn: bus.arn, ...shown(bus) };
});

/** What is not given is taken away. */
export const updateEventBus = operation("events", "UpdateEventBus", (input, context) => {
  const { description: _d, kmsKeyIdentifier: _k, deadLetterArn: _q, logConfig: _l, ...rest } = requireBus(context, input.Name);
  const bus: Bus = { ...rest, ...settingsOf(input) };
  keepBus(context, bus);
  return { Arn: bus.arn, Name: bus.name, ...shown(bus) };
});

export const describeEventBus = operation("events", "DescribeEventBus", ({ Name }, context) => {
  const bus = requireBus(context, Name);
  return { ...describeBus(bus), ...shown(bus) };
});

export const listEventBuses = operation("events", "ListEventBuses", ({ NamePrefix: prefix = "", Limit, NextToken }, context) => {
  check({ limit: [Limit, { range: [1, 100] }] });
  const { items, nextToken } = pageOf(
    allBuses(context).filter(({ name }) => name.startsWith(prefix)),
    { size: Limit ?? 100, token: NextToken, keyOf: ({ name }) => name, query: `buses ${prefix}`, invalid: invalidNextToken },
  );
  return { EventBuses: items.map(describeBus), ...(nextToken !== undefined && { NextToken: nextToken }) };
});

/** One that is not there is deleted already. Its rules go with it, unless they have targets. */
export const deleteEventBus = operation("events", "DeleteEventBus", ({ Name }, context) => {
  const name = busName(Name);
  if (name === "default") throw validation("Cannot delete event bus default.");
  const bus = findBus(context, Name);
  if (!bus) return {};
  const rules = rulesOf(context, name);
  if (rules.some(({ targets }) => targets.length > 0)) throw validation(`Event bus ${name} can't be deleted since it has rules.`);
  context.cloud.store.transaction(() => {
    for (const rule of rules) removeRule(context, rule);
    buses(context.cloud).delete(context.region, name);
  });
  return {};
});
