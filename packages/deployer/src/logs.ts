/** What an app's programs write, merged by time; of a database what its server writes, of a load balancer its access log. */
import type { Assembly } from "@plinth/compiler";
import { isAwsError, type Aws, type Output } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import type { Time } from "./deployment.ts";
import { appRunnerSources } from "./app-runner-log.ts";
import { databaseNames, databaseSources } from "./database-log.ts";
import { loadBalancerNames, loadBalancerSources } from "./load-balancer-log.ts";
import type { LogLine, LogOptions, LogSource } from "./log-source.ts";
import { describeStage, type DeployedStack } from "./stacks/stack-state.ts";
import { appRunnerNames } from "./tasks/app-runner.ts";

/** How late a line may come in and still be shown in a following. */
const latenessMs = 10_000;

/** @throws DeployError `not-found` for a program that the app does not have, or when nothing is deployed. */
export async function* readLogs(aws: Aws, time: Time, assembly: Assembly, options: LogOptions): AsyncGenerator<LogLine> {
  const stacks = await describeStage(aws, assembly);
  const named = (await databaseSources(aws, assembly, stacks, options)) ?? (await loadBalancerSources(aws, assembly, stacks, options));
  const sources = named ?? (await programSources(aws, assembly, stacks, options));
  const seen = new Map<string, number>();
  let from = options.since.getTime();
  while (!options.signal.aborted) {
    const startedAt = time.now();
    const read = (await Promise.all(sources.map((source) => source(from)))).flat();
    for (const { id, line } of read.sort((a, b) => a.line.at.getTime() - b.line.at.getTime())) {
      if (seen.has(id)) continue; // of an earlier look, or at the border of two pages
      seen.set(id, line.at.getTime());
      yield line;
    }
    if (!options.follow) return;
    from = Math.max(from, startedAt - latenessMs);
    for (const [id, at] of seen) if (at < from) seen.delete(id);
    try {
      await time.sleep(aws.embedded ? 250 : 2_000, options.signal);
    } catch {
      return; // Ctrl-C: the end that a following has
    }
  }
}

/** Of the one that is named, or of all: those on App Runner have groups of its making, the others those of the app's. */
async function programSources(
  aws: Aws,
  assembly: Assembly,
  stacks: ReadonlyMap<string, DeployedStack>,
  options: LogOptions,
): Promise<LogSource[]> {
  const onAppRunner = (await appRunnerSources(aws, assembly, stacks, options)) ?? [];
  const hasOthers = options.program === undefined ? assembly.programs.length > 0 : onAppRunner.length === 0;
  const others = hasOthers || onAppRunner.length === 0 ? groupSources(aws, assembly, stacks, options) : [];
  return [...onAppRunner, ...others];
}

interface LogGroup {
  group: string;
  /** All that write there; only the chosen ones are shown. */
  programs: { name: string; container: string; chosen: boolean }[];
}

function groupSources(
  aws: Aws,
  assembly: Assembly,
  stacks: ReadonlyMap<string, DeployedStack>,
  { program, filter }: LogOptions,
): LogSource[] {
  return logGroups(assembly, stacks, program).map(
    ({ group, programs }) =>
      (from) =>
        readGroup(aws, group, programs, from, filter),
  );
}

function logGroups(assembly: Assembly, stacks: ReadonlyMap<string, DeployedStack>, program: string | undefined): LogGroup[] {
  const chosen = assembly.programs.filter(({ name }) => program === undefined || name === program);
  if (chosen.length === 0) {
    throw new DeployError("not-found", `${assembly.app} has no program called ${program ?? "anything"}.`, {
      remedy: `It has: ${[...assembly.programs.map(({ name }) => name), ...appRunnerNames(assembly), ...databaseNames(assembly), ...loadBalancerNames(assembly)].join(", ")}.`,
    });
  }
  const groups = new Map<string, LogGroup>();
  for (const one of assembly.programs) {
    const { name, container, logGroup } = one;
    const group = stacks.get(logGroup.stack)?.outputs[logGroup.output];
    if (group === undefined) continue;
    const known = groups.get(group) ?? { group, programs: [] };
    known.programs.push({ name, container, chosen: chosen.includes(one) });
    groups.set(group, known);
  }
  const wanted = [...groups.values()].filter(({ programs }) => programs.some((one) => one.chosen));
  if (wanted.length > 0) return wanted;
  throw new DeployError("not-found", `${assembly.app} ${assembly.stage} is not deployed: it has no logs.`, { remedy: "plinth deploy" });
}

async function readGroup(aws: Aws, group: string, programs: LogGroup["programs"], startTime: number, filterPattern: string | undefined) {
  const found: { id: string; line: LogLine }[] = [];
  let nextToken: string | undefined;
  do {
    let page: Output<"logs", "FilterLogEvents">;
    try {
      page = await aws.call("logs", "FilterLogEvents", {
        logGroupName: group,
        startTime,
        ...(filterPattern === undefined ? {} : { filterPattern }),
        ...(nextToken === undefined ? {} : { nextToken }),
      });
    } catch (error) {
      if (isAwsError(error, "ResourceNotFoundException")) return found; // destroyed meanwhile
      throw error;
    }
    for (const { eventId = "", timestamp = 0, message = "", logStreamName = "" } of page.events ?? []) {
      const [, container, task = ""] = logStreamName.split("/");
      const program = programs.find((one) => one.container === container) ?? (programs.length === 1 ? programs[0] : undefined);
      if (!program?.chosen) continue; // another program of the same group
      found.push({ id: eventId, line: { program: program.name, task: task.slice(-6), at: new Date(timestamp), message } });
    }
    nextToken = page.nextToken;
  } while (nextToken);
  return found;
}
