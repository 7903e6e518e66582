/** What instances leave behind to be read: events and log files. */
import { markerPage } from "../../../marker-pages.ts";
import { periodOf } from "../../../recent-events.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { events, type RdsEvent } from "../event.ts";
import { invalidCombination, invalidValue, logFileNotFound } from "../errors.ts";
import { findInstance, instanceFolder } from "../instance.ts";

/** By default those of the last hour. */
export const describeEvents = operation("rds", "DescribeEvents", (input, { cloud, region }) => {
  if (input.SourceIdentifier && !input.SourceType)
    throw invalidCombination("SourceType must be specified when SourceIdentifier is specified.");
  const period = periodOf(input, cloud.world.clock.nowMs());
  if (period.startMs > period.endMs) throw invalidCombination("StartTime must be earlier than EndTime.");
  const chosen = events
    .during(cloud, region, period)
    .filter(
      ({ value }) =>
        (!input.SourceIdentifier || value.source === input.SourceIdentifier.toLowerCase()) &&
        (!input.SourceType || value.type === input.SourceType) &&
        (!input.EventCategories?.length || value.categories.some((category) => input.EventCategories!.includes(category))),
    );
  const { items, Marker } = markerPage(chosen, input, ({ key }) => key, "Events");
  return { Events: items.map(({ value }) => eventShape(value)), ...(Marker && { Marker }) };
});

function eventShape(event: RdsEvent & { atMs: number }) {
  return {
    SourceIdentifier: event.source,
    SourceType: event.type,
    Message: event.message,
    EventCategories: event.categories,
    Date: new Date(event.atMs),
    SourceArn: event.arn,
  };
}

export const describeDBLogFiles = operation("rds", "DescribeDBLogFiles", async (input, context) => {
  const all = (await logFiles(context, input.DBInstanceIdentifier!)).filter(
    (file) =>
      (!input.FilenameContains || file.LogFileName.includes(input.FilenameContains)) &&
      (input.FileLastWritten === undefined || file.LastWritten >= input.FileLastWritten) &&
      (input.FileSize === undefined || file.Size >= input.FileSize),
  );
  const { items, Marker } = markerPage(all, input, ({ LogFileName: name }) => name, "DBLogFiles");
  return { DescribeDBLogFiles: items, ...(Marker && { Marker }) };
});

const portionLimits = { lines: 10_000, bytes: 1024 * 1024 };

/** A marker is `file:byte`, as AWS writes it; without one the last lines are given, with `0` all from the beginning. */
export const downloadDBLogFilePortion = operation("rds", "DownloadDBLogFilePortion", async (input, context) => {
  const { cloud, region } = context;
  const { resourceId } = findInstance(cloud, region, input.DBInstanceIdentifier!);
  const name = input.LogFileName!;
  const file = (await logFiles(context, input.DBInstanceIdentifier!)).find(({ LogFileName }) => LogFileName === name);
  if (!file) throw logFileNotFound(name);
  const bytes = await cloud.world.disk.files.readFile(`${instanceFolder(cloud, region, resourceId)}/log/${name.slice("error/".length)}`);
  const lineCount = input.NumberOfLines ?? portionLimits.lines;
  if (lineCount < 0 || lineCount > 9999999) throw invalidValue("NumberOfLines must be between 0 and 9999999.");
  let from = 0;
  if (input.Marker === undefined) {
    // The last lines.
    const lines = bytes.toString("utf8").split("\n");
    const ending = lines.at(-1) === "" ? 1 : 0;
    from = Buffer.byteLength(
      lines
        .slice(0, Math.max(0, lines.length - ending - lineCount))
        .map((line) => `${line}\n`)
        .join(""),
    );
  } else if (input.Marker !== "0") {
    const at = Number(input.Marker.split(":").at(-1));
    if (!Number.isInteger(at) || at < 0 || at > bytes.length) throw invalidValue(`Invalid marker: ${input.Marker}`);
    from = at;
  }
  let to = from;
  for (let lines = 0; lines < lineCount && to < bytes.length && to - from < portionLimits.bytes; lines++) {
    const end = bytes.indexOf(10, to);
    to = end < 0 ? bytes.length : end + 1;
  }
  const pending = to < bytes.length;
  return {
    LogFileData: bytes.subarray(from, to).toString("utf8"),
    Marker: `${name.split(".").at(-1)}:${to}`,
    AdditionalDataPending: pending,
  };
});

async function logFiles({ cloud, region }: OperationContext, identifier: string) {
  const { resourceId } = findInstance(cloud, region, identifier);
  const { files } = cloud.world.disk;
  const folder = `${instanceFolder(cloud, region, resourceId)}/log`;
  const names = await files.readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return Promise.all(
    names.map(async (name) => {
      const { mtimeMs, size } = await files.stat(`${folder}/${name}`);
      return { LogFileName: `error/${name}`, LastWritten: Math.floor(mtimeMs), Size: size };
    }),
  );
}
