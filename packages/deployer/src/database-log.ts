/** What a database's server writes: the log files that RDS keeps of an instance, read as they grow. */
import type { Assembly } from "@plinth/compiler";
import { isAwsError, type Aws } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import type { LogOptions, LogSource } from "./log-source.ts";
import { declaredNames, deployedIds } from "./named-resources.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

const instanceType = "AWS::RDS::DBInstance";

export const databaseNames = (assembly: Assembly) => declaredNames(assembly, instanceType);

/** One source for each instance of the database; `undefined` when `program` is none. */
export async function databaseSources(
  aws: Aws,
  assembly: Assembly,
  stacks: ReadonlyMap<string, DeployedStack>,
  { program, filter }: LogOptions,
): Promise<LogSource[] | undefined> {
  if (program === undefined || !databaseNames(assembly).includes(program)) return undefined;
  const instances = await deployedIds(aws, assembly, stacks, instanceType, program);
  if (instances.length === 0)
    throw new DeployError("not-found", `The database ${program} is not deployed: it has no logs.`, { remedy: "plinth deploy" });
  return instances.map(({ region, id }) => instanceSource(aws.in(region), program, id, filter));
}

/** As PostgreSQL begins a line on RDS (`log_line_prefix`): a later line of one message has no time of its own. */
const timePattern = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) UTC/;

function instanceSource(aws: Aws, program: string, identifier: string, filter: string | undefined): LogSource {
  /** How far each file is read, the time of its last line, and the beginning of one that is not whole. */
  const places = new Map<string, { marker: string; lines: number; at: Date; held: string }>();
  let sinceMs: number | undefined;
  return async (fromMs) => {
    sinceMs ??= fromMs; // what came before the first look; later ones go on where the last one was
    const read: Awaited<ReturnType<LogSource>> = [];
    for (const { name, writtenMs } of await logFiles(aws, identifier, fromMs)) {
      const place = places.get(name) ?? { marker: "0", lines: 0, at: new Date(writtenMs), held: "" };
      places.set(name, place);
      for (let more = true; more;) {
        const page = await aws.call("rds", "DownloadDBLogFilePortion", {
          DBInstanceIdentifier: identifier,
          LogFileName: name,
          Marker: place.marker,
        });
        place.marker = page.Marker ?? place.marker;
        more = page.AdditionalDataPending === true;
        const lines = (place.held + (page.LogFileData ?? "")).split("\n");
        place.held = lines.pop() ?? ""; // a line that is still being written
        for (const message of lines) {
          if (message === "") continue;
          const time = timePattern.exec(message)?.[1];
          if (time !== undefined) place.at = new Date(`${time.replace(" ", "T")}Z`);
          const id = `${identifier} ${name} ${place.lines++}`;
          if (place.at.getTime() < sinceMs || (filter !== undefined && !message.includes(filter))) continue;
          read.push({ id, line: { program, task: name.slice(name.lastIndexOf("/") + 1), at: place.at, message } });
        }
      }
    }
    return read;
  };
}

async function logFiles(aws: Aws, DBInstanceIdentifier: string, fromMs: number): Promise<{ name: string; writtenMs: number }[]> {
  const files: { name: string; writtenMs: number }[] = [];
  let Marker: string | undefined;
  do {
    try {
      const page = await aws.call("rds", "DescribeDBLogFiles", {
        DBInstanceIdentifier,
        FileLastWritten: fromMs,
        ...(Marker === undefined ? {} : { Marker }),
      });
      for (const { LogFileName, LastWritten } of page.DescribeDBLogFiles ?? [])
        if (LogFileName) files.push({ name: LogFileName, writtenMs: LastWritten ?? fromMs });
      Marker = page.Marker;
    } catch (error) {
      if (isAwsError(error, "DBInstanceNotFound", "DBInstanceNotFoundFault")) return files; // destroyed meanwhile
      throw error;
    }
  } while (Marker);
  return files.sort((a, b) => a.writtenMs - b.writtenMs);
}
