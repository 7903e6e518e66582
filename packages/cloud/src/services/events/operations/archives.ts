/** Operations on archives. */
import { pageOf } from "../../../paging.ts";
import { originOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { type Archive, archiveArn, archives, describeArchive, keepArchive, removeArchive, requireArchive } from "../archive.ts";
import { requireBus } from "../bus.ts";
import { archiveExists, check, invalidNextToken, validation } from "../errors.ts";
import { readPattern } from "../pattern/pattern.ts";

const namePattern = String.raw`[\.\-_A-Za-z0-9]+`;
const states = ["ENABLED", "DISABLED", "CREATING", "UPDATING", "CREATE_FAILED", "UPDATE_FAILED"];

interface Settings {
  Description?: string | undefined;
  EventPattern?: string | undefined;
  RetentionDays?: number | undefined;
  KmsKeyIdentifier?: string | undefined;
}

function settingsOf({ Description, EventPattern, RetentionDays, KmsKeyIdentifier }: Settings) {
  check({
    description: [Description, { length: [0, 512] }],
    eventPattern: [EventPattern, { length: [0, 4096] }],
    retentionDays: [RetentionDays, { range: [0, Infinity] }],
  });
  if (EventPattern) readPattern(EventPattern);
  return {
    ...(Description !== undefined && { description: Description }),
    ...(EventPattern && { pattern: EventPattern }),
    ...(RetentionDays !== undefined && { retentionDays: RetentionDays }),
    ...(KmsKeyIdentifier && { kmsKeyIdentifier: KmsKeyIdentifier }),
  };
}

const made = ({ arn, createdMs }: Archive) => ({ ArchiveArn: arn, State: "ENABLED" as const, CreationTime: new Date(createdMs) });

export const createArchive = operation("events", "CreateArchive", (input, context) => {
  const { ArchiveName: name } = input;
  check({ archiveName: [name, { length: [1, 48], pattern: namePattern }] });
  const settings = settingsOf(input);
  const bus = requireBus(context, input.EventSourceArn);
  const token = originOf(input)?.token;
  const known = archives(context.cloud).get(context.region, name);
  if (known && token !== undefined && known.token === token) return made(known);
  if (known) throw archiveExists(name);
  const archive: Archive = {
    name,
    arn: archiveArn(context, name),
    bus: bus.name,
    sourceArn: bus.arn,
    retentionDays: 0,
    ...settings,
    createdMs: context.cloud.world.clock.nowMs(),
    eventCount: 0,
    sizeBytes: 0,
    ...(token !== undefined && { token }),
  };
  keepArchive(context, archive);
  return made(archive);
});

export const updateArchive = operation("events", "UpdateArchive", (input, context) => {
  const archive = { ...requireArchive(context, input.ArchiveName), ...settingsOf(input) };
  keepArchive(context, archive);
  return made(archive);
});

export const describeOneArchive = operation("events", "DescribeArchive", ({ ArchiveName }, context) => {
  const archive = requireArchive(context, ArchiveName);
  const { description, pattern, kmsKeyIdentifier } = archive;
  return {
    ...describeArchive(archive),
    ArchiveArn: archive.arn,
    ...(description !== undefined && { Description: description }),
    ...(pattern !== undefined && { EventPattern: pattern }),
    ...(kmsKeyIdentifier !== undefined && { KmsKeyIdentifier: kmsKeyIdentifier }),
  };
});

export const listArchives = operation("events", "ListArchives", (input, context) => {
  const { NamePrefix: prefix, EventSourceArn: source, State: state, Limit, NextToken } = input;
  check({ limit: [Limit, { range: [1, 100] }], state: [state, { enum: states }] });
  if ([prefix, source, state].filter((one) => one !== undefined).length > 1) {
    throw validation("At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.");
  }
  if (source !== undefined) requireBus(context, source);
  const found = archives(context.cloud)
    .list(context.region)
    .filter(({ name, sourceArn }) => name.startsWith(prefix ?? "") && (source === undefined || sourceArn === source))
    .filter(() => state === undefined || state === "ENABLED");
  const query = JSON.stringify({ prefix, source, state });
  const { items, nextToken } = pageOf(found, {
    size: Limit ?? 100,
    token: NextToken,
    keyOf: ({ name }) => name,
    query,
    invalid: invalidNextToken,
  });
  return { Archives: items.map(describeArchive), ...(nextToken !== undefined && { NextToken: nextToken }) };
});

export const deleteArchive = operation("events", "DeleteArchive", ({ ArchiveName }, context) => {
  removeArchive(context, requireArchive(context, ArchiveName).name);
  return {};
});
