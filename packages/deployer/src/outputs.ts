/** What `plinth outputs` shows: values of the inventory, from stacks or looked up live. */
import type { Assembly, Program } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";
import { publicAddress } from "./task-addresses.ts";

/** Name in the inventory → output → value. What is not deployed, or not running, is left out. */
export type Outputs = Record<string, Record<string, string>>;

/** @param folder Plinth's own, beside the app: see `publicAddress`. */
export async function readOutputs(
  aws: Aws,
  assembly: Assembly,
  stacks: ReadonlyMap<string, DeployedStack>,
  folder: string,
): Promise<Outputs> {
  const outputs: Outputs = {};
  const entries = Object.entries(assembly.outputs).flatMap(([name, sources]) =>
    Object.entries(sources).map(([output, source]) => ({ name, output, source })),
  );
  const values = await Promise.all(
    entries.map(async ({ source }) => {
      if (source.from === "value") return source.value;
      if (source.from === "output") return stacks.get(source.stack)?.outputs[source.output];
      const program = assembly.programs.find(({ name }) => name === source.program);
      return program && taskAddress(aws, program, source.port, stacks, folder);
    }),
  );
  entries.forEach(({ name, output }, index) => {
    const value = values[index];
    if (value !== undefined) (outputs[name] ??= {})[output] = value;
  });
  return outputs;
}

/** `http://ADDRESS:PORT` of the newest running task: it lasts as long as that task. */
async function taskAddress(
  aws: Aws,
  program: Program,
  port: number,
  stacks: ReadonlyMap<string, DeployedStack>,
  folder: string,
): Promise<string | undefined> {
  const cluster = stacks.get(program.cluster.stack)?.outputs[program.cluster.output];
  const service = program.service && stacks.get(program.service.stack)?.outputs[program.service.output];
  if (!cluster || !service) return undefined;
  const serviceName = service.slice(service.lastIndexOf("/") + 1);
  const { taskArns = [] } = await aws.call("ecs", "ListTasks", { cluster, serviceName, desiredStatus: "RUNNING" });
  if (taskArns.length === 0) return undefined;
  const { tasks = [] } = await aws.call("ecs", "DescribeTasks", { cluster, tasks: taskArns.slice(0, 100) });
  const running = tasks
    .filter(({ lastStatus }) => lastStatus === "RUNNING")
    .sort((a, b) => (b.startedAt?.getTime() ?? 0) - (a.startedAt?.getTime() ?? 0));
  for (const task of running) {
    const interfaceId = task.attachments?.flatMap(({ details }) => details ?? []).find(({ name }) => name === "networkInterfaceId")?.value;
    if (!interfaceId) continue;
    const address = await publicAddress(aws, interfaceId, folder);
    if (address) return `http://${address}:${port}`;
  }
  return undefined;
}
