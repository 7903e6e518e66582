/** Finds out what the diagnoses look at: stacks, services with their events, stopped tasks and last lines, secrets, resources. */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import { readLease } from "../lease.ts";
import { readNotes } from "../notes.ts";
import { readStopped } from "../pause/stopped-stage.ts";
import { outputOf } from "../parameters.ts";
import { unfinishedRotations } from "../secrets/rotation/begun-rotation.ts";
import { scheduledRotations } from "../secrets/rotation/scheduled.ts";
import { secretStates } from "../secrets/slots.ts";
import { describeStage, type DeployedStack } from "../stacks/stack-state.ts";
import { appRunnerStates } from "../tasks/app-runner.ts";
import { scalersOf } from "../tasks/scaler.ts";
import { serviceStates, type ServiceState } from "../tasks/service-state.ts";
import { lastLogLines } from "../tasks/task-log.ts";
import { taskRuns, type TaskRunState } from "../tasks/task-runs.ts";
import { appRunnerFacts } from "./app-runner-facts.ts";
import type { ServiceFacts, Stage, StageResource, StoppedTask, TaskFacts } from "./diagnosis.ts";

const hourMs = 3_600_000;
const lineCount = 60;

export async function stageFacts(aws: Aws, assembly: Assembly, now: Date, options: string): Promise<Stage> {
  const stacks = await describeStage(aws, assembly);
  const [states, runs, secrets, stopped, notes, lease, resources] = await Promise.all([
    serviceStates(aws, assembly.programs, stacks),
    taskRuns(aws, assembly, stacks, now),
    secretStates(aws, assembly.secrets),
    readStopped(aws, assembly),
    readNotes(aws, assembly.app, assembly.stage),
    readLease(aws, assembly.app, assembly.stage),
    Promise.all([...stacks.values()].map((stack) => resourcesOf(aws.in(stack.region), stack))),
  ]);
  const [scalers, tasks, services, onAppRunner, scheduled] = await Promise.all([
    scalersOf(aws, states),
    Promise.all(runs.map((state) => taskFacts(aws, state, stacks))),
    Promise.all(states.map((state) => serviceFacts(aws, state, stacks, new Date(now.getTime() - hourMs)))),
    appRunnerStates(aws, assembly, stacks).then((found) =>
      Promise.all(found.map((state) => appRunnerFacts(aws, state, new Date(now.getTime() - hourMs)))),
    ),
    scheduledRotations(aws, assembly, stacks),
  ]);
  return {
    aws,
    assembly,
    now,
    options,
    stacks,
    services: [...services, ...onAppRunner],
    tasks,
    // One that is under way is well.
    rotations: lease?.holder?.purpose === "secrets rotate" ? [] : unfinishedRotations(notes),
    scheduled,
    scalers,
    secrets,
    resources: resources.flat(),
    ...(stopped && { stoppedSince: stopped.since }),
  };
}

async function serviceFacts(aws: Aws, state: ServiceState, stacks: ReadonlyMap<string, DeployedStack>, since: Date): Promise<ServiceFacts> {
  const { program, cluster, service } = state;
  const ids = async (desiredStatus: "RUNNING" | "STOPPED") =>
    (await aws.call("ecs", "ListTasks", { cluster, serviceName: service, desiredStatus })).taskArns ?? [];
  const [described, stoppedArns, runningArns] = await Promise.all([
    aws.call("ecs", "DescribeServices", { cluster, services: [service] }),
    ids("STOPPED"),
    ids("RUNNING"),
  ]);
  const arns = [...stoppedArns.slice(0, 50), ...runningArns.slice(0, 50)];
  const { tasks = [] } = arns.length > 0 ? await aws.call("ecs", "DescribeTasks", { cluster, tasks: arns }) : {};
  // Those that a deployment or a person ended are not ill.
  const ended = tasks
    .filter(({ taskArn = "", stoppedAt }) => stoppedArns.includes(taskArn) && stoppedAt !== undefined && stoppedAt >= since)
    .filter(
      ({ stopCode, stoppedReason = "" }) => stopCode !== "UserInitiated" && !/^Scaling activity|deployment ecs-svc/u.test(stoppedReason),
    )
    .sort((a, b) => b.stoppedAt!.getTime() - a.stoppedAt!.getTime());
  const running = tasks.filter(({ taskArn = "" }) => runningArns.includes(taskArn));
  const [read] = [...ended, ...running];
  const lastLines = read
    ? await lastLogLines(
        aws,
        outputOf(stacks, program.logGroup, program.name),
        { taskDefinition: read.taskDefinitionArn ?? "", container: program.container, taskArn: read.taskArn ?? "" },
        lineCount,
      )
    : [];
  const found = described.services?.[0];
  return {
    name: program.name,
    state,
    events: (found?.events ?? [])
      .filter(({ createdAt }) => createdAt !== undefined && createdAt >= since)
      .map(({ message = "" }) => message),
    stopped: ended.map((task): StoppedTask => {
      const container = task.containers?.find(({ name }) => name === program.container);
      return {
        id: task.taskArn?.slice(task.taskArn.lastIndexOf("/") + 1) ?? "",
        at: task.stoppedAt!,
        reason: [task.stoppedReason, container?.reason].filter(Boolean).join(": "),
        ...(container?.exitCode !== undefined && { exitCode: container.exitCode }),
      };
    }),
    health: running.map(({ healthStatus }) => healthStatus ?? "UNKNOWN"),
    targetGroups: (found?.loadBalancers ?? []).flatMap(({ targetGroupArn, advancedConfiguration }) =>
      [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn].filter((arn) => arn !== undefined),
    ),
    lastLines: lastLines.map((line) => line.trimEnd()),
  };
}

async function taskFacts(aws: Aws, state: TaskRunState, stacks: ReadonlyMap<string, DeployedStack>): Promise<TaskFacts> {
  const { run, program, last } = state;
  if (!last || last.running || !last.exitCode || last.taskArn === undefined) return { ...state, lastLines: [] };
  const { taskArn, taskDefinition = "" } = last;
  const logGroup = outputOf(stacks, run.logGroup, program.name);
  const lines = await lastLogLines(aws, logGroup, { taskDefinition, container: run.container, taskArn }, lineCount);
  return { ...state, lastLines: lines.map((line) => line.trimEnd()) };
}

async function resourcesOf(aws: Aws, { name, layer, region }: DeployedStack): Promise<StageResource[]> {
  const found: StageResource[] = [];
  let NextToken: string | undefined;
  do {
    const page = await aws.call("cloudformation", "ListStackResources", { StackName: name, NextToken });
    for (const { LogicalResourceId = "", PhysicalResourceId, ResourceType = "", ResourceStatus } of page.StackResourceSummaries ?? []) {
      if (!PhysicalResourceId || ResourceStatus === "DELETE_COMPLETE") continue;
      found.push({ stack: name, region, layer, logicalId: LogicalResourceId, physicalId: PhysicalResourceId, type: ResourceType });
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}
