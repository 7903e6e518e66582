/** PutEvents: each entry is taken or refused for itself; what was taken is on disk, with what its rules make of it. */
import { operation } from "../../../service.ts";
import { accept } from "../acceptance.ts";
import { findBus } from "../bus.ts";
import { check, refused, validation } from "../errors.ts";
import { newEvent } from "../event.ts";
import { count } from "../metrics.ts";

/** Over all entries. Source: EventBridge User Guide, "Calculating PutEvents event entry size". */
const mostBytes = 262_144;
const mostResources = 100;

interface Entry {
  Time?: Date | undefined;
  Source?: string | undefined;
  Resources?: string[] | undefined;
  DetailType?: string | undefined;
  Detail?: string | undefined;
  EventBusName?: string | undefined;
  TraceHeader?: string | undefined;
}

export const putEvents = operation("events", "PutEvents", (input, context) => {
  const { cloud, region } = context;
  const entries: Entry[] = input.Entries;
  check({ entries: [entries.map(shown), { length: [1, 10] }] });
  if (input.EndpointId !== undefined) throw refused("global endpoints (EndpointId)");
  if (entries.reduce((sum, entry) => sum + sizeBytes(entry), 0) > mostBytes) {
    throw validation("Total size of the entries in the request is over the limit.");
  }
  const Entries = cloud.store.transaction(() =>
    entries.map((entry) => {
      const fault = faultOf(entry);
      if (fault) return { ErrorCode: fault[0], ErrorMessage: fault[1] };
      const event = newEvent(context, {
        source: entry.Source!,
        detailType: entry.DetailType!,
        detail: JSON.parse(entry.Detail!) as object,
        resources: entry.Resources,
        timeMs: entry.Time?.getTime(),
      });
      // An event for a bus that is not there is taken, and gone.
      const bus = findBus(context, entry.EventBusName);
      if (bus) accept(context, bus.name, event);
      return { EventId: event.id };
    }),
  );
  const failed = Entries.filter((one) => "ErrorCode" in one).length;
  count(cloud, region, undefined, "PutEventsApproximateCallCount");
  count(cloud, region, undefined, "PutEventsEntriesCount", entries.length);
  if (failed > 0) count(cloud, region, undefined, "PutEventsFailedEntriesCount", failed);
  return { FailedEntryCount: failed, Entries };
});

/** As AWS writes an entry in its messages. */
const shown = ({ Time, Source, Resources, DetailType, Detail, EventBusName, TraceHeader }: Entry): string => {
  const members = {
    time: Time?.toUTCString(),
    source: Source,
    resources: Resources && `[${Resources.join(", ")}]`,
    detailType: DetailType,
    detail: Detail,
    eventBusName: EventBusName,
    traceHeader: TraceHeader,
    kmsKeyIdentifier: null,
    internalMetadata: null,
  };
  const written = Object.entries(members).map(([name, value]) => `${name}=${value ?? "null"}`);
  return `PutEventsRequestEntry(${written.join(", ")})`;
};

const bytes = (text: string | undefined) => Buffer.byteLength(text ?? "");

function sizeBytes({ Time, Source, DetailType, Detail, Resources = [] }: Entry): number {
  return (Time ? 14 : 0) + bytes(Source) + bytes(DetailType) + bytes(Detail) + Resources.reduce((sum, one) => sum + bytes(one), 0);
}

function faultOf(entry: Entry): [code: string, message: string] | undefined {
  for (const name of ["Source", "DetailType", "Detail"] as const) {
    if (!entry[name]) return ["InvalidArgument", `Parameter ${name} is not valid. Reason: ${name} is a required argument.`];
  }
  if (entry.Source!.startsWith("aws.")) return ["NotAuthorizedForSourceException", "Not authorized for the source."];
  if ((entry.Resources ?? []).length > mostResources) {
    return ["InvalidArgument", "Parameter Resources is not valid. Reason: Resources must contain fewer than or equal to 100 items."];
  }
  return isObject(entry.Detail!) ? undefined : ["MalformedDetail", "Detail is malformed."];
}

function isObject(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  } catch {
    return false;
  }
}
