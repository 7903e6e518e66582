/** Through what one reaches a database or cache: a running task of a program that reaches it and allows sessions, else a bastion. */
import type { Assembly, Program, Store } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";

export interface Way {
  /** As Session Manager names it: `ecs:CLUSTER_TASK_RUNTIMEID`, or an instance's id. */
  target: string;
  /** What a person is told: `task 3f9a… of api`. */
  through: string;
}

interface Stage {
  aws: Aws;
  assembly: Assembly;
  stacks: ReadonlyMap<string, DeployedStack>;
  /** How a command of the CLI is to be completed in a remedy: ` --stage prod`. */
  options: string;
}

/** @throws DeployError `not-found`, with what has to be done that there is a way. */
export async function findWay(stage: Stage, store: Store): Promise<Way> {
  const { assembly, stacks, options } = stage;
  const reaching = assembly.programs.filter(({ name, kind }) => kind === "service" && store.reachedBy.includes(name));
  const able = reaching.filter(({ exec }) => exec === true);
  const found = await Promise.all(able.map((program) => newestTask(stage, program)));
  const way = found.find((one) => one !== undefined);
  if (way) return way;
  const bastion = Object.values(assembly.outputs).flatMap(({ bastion: source }) => source ?? [])[0];
  const instance = bastion?.from === "output" ? stacks.get(bastion.stack)?.outputs[bastion.output] : undefined;
  if (instance !== undefined) return { target: instance, through: `the bastion ${instance}` };
  if (able.length > 0) {
    throw new DeployError("not-found", `No task of ${listed(able)} runs now, through which ${store.name} could be reached.`, {
      remedy: `plinth status${options} says why; plinth start${options} starts a stage that was stopped.`,
    });
  }
  if (reaching.length > 0) {
    throw new DeployError(
      "not-found",
      `${listed(reaching)} ${reaching.length === 1 ? "reaches" : "reach"} ${store.name}, and no session can be opened there.`,
      {
        remedy: `Write exec: true at ${reaching[0]!.name} in plinth.config.ts and deploy: plinth deploy${options}. Tasks that run already do not get it.`,
      },
    );
  }
  throw new DeployError("not-found", `No service reaches ${store.name}, so there is no task through which one could connect.`, {
    remedy: "Name it in the env of a service that has exec: true, or write bastion: true at the vpc, and deploy.",
  });
}

const listed = (programs: readonly Program[]) => programs.map(({ name }) => name).join(", ");

async function newestTask({ aws, stacks }: Stage, program: Program): Promise<Way | undefined> {
  const cluster = stacks.get(program.cluster.stack)?.outputs[program.cluster.output];
  const service = program.service && stacks.get(program.service.stack)?.outputs[program.service.output];
  if (!cluster || !service) return undefined;
  const serviceName = service.slice(service.lastIndexOf("/") + 1);
  const { taskArns = [] } = await aws.call("ecs", "ListTasks", { cluster, serviceName, desiredStatus: "RUNNING" });
  if (taskArns.length === 0) return undefined;
  const { tasks = [] } = await aws.call("ecs", "DescribeTasks", { cluster, tasks: taskArns.slice(0, 100) });
  const [newest] = tasks
    .filter(({ lastStatus, enableExecuteCommand }) => lastStatus === "RUNNING" && enableExecuteCommand === true)
    .sort((a, b) => (b.startedAt?.getTime() ?? 0) - (a.startedAt?.getTime() ?? 0));
  const runtimeId = newest?.containers?.find(({ name }) => name === program.container)?.runtimeId;
  if (newest?.taskArn === undefined || runtimeId === undefined) return undefined;
  const id = lastPart(newest.taskArn);
  return { target: `ecs:${lastPart(cluster)}_${id}_${runtimeId}`, through: `task ${id.slice(0, 8)} of ${program.name}` };
}

const lastPart = (arn: string) => arn.slice(arn.lastIndexOf("/") + 1);
