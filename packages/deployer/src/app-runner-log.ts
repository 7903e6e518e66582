/** What the programs of services on App Runner write: App Runner keeps a log group for each. */
import type { Assembly } from "@plinth/compiler";
import { type Aws, isAwsError, type Output } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import type { LogOptions, LogSource } from "./log-source.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";
import { appRunnerGroup, appRunnerNames, appRunnerStates } from "./tasks/app-runner.ts";

/** One source for each that is chosen; `undefined` when `program` is none of them. */
export async function appRunnerSources(
  aws: Aws,
  assembly: Assembly,
  stacks: ReadonlyMap<string, DeployedStack>,
  { program, filter }: LogOptions,
): Promise<LogSource[] | undefined> {
  const names = appRunnerNames(assembly).filter((name) => program === undefined || name === program);
  if (names.length === 0) return undefined;
  const states = await appRunnerStates(aws, assembly, stacks, names);
  if (states.length === 0 && program !== undefined)
    throw new DeployError("not-found", `The service ${program} is not deployed: it has no logs.`, { remedy: "plinth deploy" });
  return states.map(
    ({ name, region, arn }) =>
      (fromMs) =>
        readGroup(aws.in(region), appRunnerGroup(arn, "application"), name, fromMs, filter),
  );
}

async function readGroup(aws: Aws, logGroupName: string, program: string, startTime: number, filterPattern: string | undefined) {
  const found: Awaited<ReturnType<LogSource>> = [];
  let nextToken: string | undefined;
  do {
    let page: Output<"logs", "FilterLogEvents">;
    try {
      page = await aws.call("logs", "FilterLogEvents", {
        logGroupName,
        startTime,
        ...(filterPattern !== undefined && { filterPattern }),
        ...(nextToken !== undefined && { nextToken }),
      });
    } catch (error) {
      if (isAwsError(error, "ResourceNotFoundException")) return found; // it has not written anything, or is destroyed
      throw error;
    }
    for (const { eventId = "", timestamp = 0, message = "", logStreamName = "" } of page.events ?? [])
      found.push({ id: eventId, line: { program, task: logStreamName.slice(-6), at: new Date(timestamp), message } });
    nextToken = page.nextToken;
  } while (nextToken);
  return found;
}
