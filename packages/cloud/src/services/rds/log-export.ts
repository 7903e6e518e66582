/** Sends an instance's log lines to CloudWatch Logs, where `EnableCloudwatchLogsExports` asks for it. */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { instances } from "./instance.ts";

const memory = Symbol("rds log export");
const gatherMs = 500;

interface Gathered {
  lines: { timestamp: number; message: string }[];
  /** Takes back the flush that waits. */
  cancel: () => void;
}

const gathered = (cloud: Cloud) => cloud.memory(memory, () => new Map<string, Gathered>());

/** Lines are gathered for half a second, so that a burst is one call. */
export function exportLogLine(cloud: Cloud, region: string, resourceId: string, line: string): void {
  if (line === "") return;
  const key = `${region}/${resourceId}`;
  const waiting = gathered(cloud);
  let batch = waiting.get(key);
  if (!batch) {
    const cancel = cloud.world.clock.after(gatherMs, () =>
      cloud.inBackground("rds: the export of a log", flush(cloud, region, resourceId)),
    );
    batch = { lines: [], cancel };
    waiting.set(key, batch);
  }
  batch.lines.push({ timestamp: cloud.world.clock.nowMs(), message: line });
}

/** Sends what was gathered; at a stop too, so that the last lines are not lost. */
export async function flushLogs(cloud: Cloud): Promise<void> {
  for (const key of gathered(cloud).keys()) {
    const [region, resourceId] = key.split("/") as [string, string];
    await flush(cloud, region, resourceId);
  }
}

async function flush(cloud: Cloud, region: string, resourceId: string): Promise<void> {
  const key = `${region}/${resourceId}`;
  const batch = gathered(cloud).get(key);
  gathered(cloud).delete(key);
  batch?.cancel();
  const instance = instances(cloud)
    .list(region)
    .find((each) => each.resourceId === resourceId);
  if (!batch || !instance?.settings.logExports.includes("postgresql")) return;
  const call = cloud.as(servicePrincipal(cloud.account, "rds.amazonaws.com"), region);
  const owner = instance.member ? `cluster/${instance.member.cluster}` : `instance/${instance.identifier}`;
  const [logGroupName, logStreamName] = [`/aws/rds/${owner}/postgresql`, `${instance.identifier}.0`];
  try {
    await unlessThere(() => call("logs", "CreateLogGroup", { logGroupName }));
    await unlessThere(() => call("logs", "CreateLogStream", { logGroupName, logStreamName }));
    for (let at = 0; at < batch.lines.length; at += 1000) {
      await call("logs", "PutLogEvents", { logGroupName, logStreamName, logEvents: batch.lines.slice(at, at + 1000) });
    }
  } catch (error) {
    // Its own log file has the lines; a database does not stop because nobody takes its log.
    if (!(error instanceof AwsError)) throw error;
  }
}

async function unlessThere(make: () => Promise<unknown>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "ResourceAlreadyExistsException") throw error;
  }
}
