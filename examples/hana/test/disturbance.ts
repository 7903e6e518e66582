/** What goes wrong while runs are done: a worker's process is killed, or its task is stopped. Only those of one embedded cloud. */
import { readdirSync, readFileSync } from "node:fs";
import { DescribeTasksCommand, ECSClient, ListTasksCommand, StopTaskCommand } from "@aws-sdk/client-ecs";

export interface Disturbance {
  /** SIGKILL: nothing is finished or given back. */
  killWorker(): Promise<string>;
  /** SIGTERM through StopTask: what is under way is finished. */
  stopWorker(): Promise<string>;
}

export function openDisturbance({ endpoint, region, cluster }: { endpoint: string; region: string; cluster: string }): Disturbance {
  const ecs = new ECSClient({ endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } });

  async function workerTask(): Promise<string> {
    for (;;) {
      const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, desiredStatus: "RUNNING" }));
      const { tasks = [] } = taskArns.length > 0 ? await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns })) : {};
      const task = tasks.find(({ group, lastStatus }) => /workers?$/.test(group ?? "") && lastStatus === "RUNNING");
      if (task) return task.taskArn!;
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  return {
    async killWorker() {
      for (;;) {
        const pid = processesOf(endpoint).find(({ command }) => command.includes("worker.js"))?.pid;
        if (pid !== undefined) {
          process.kill(pid, "SIGKILL");
          return `killed the worker's process ${pid}`;
        }
        await new Promise((done) => setTimeout(done, 100));
      }
    },
    async stopWorker() {
      const task = await workerTask();
      await ecs.send(new StopTaskCommand({ cluster, task, reason: "a load test" }));
      return `stopped the worker's task ${task.split("/").at(-1)}`;
    },
  };
}

/** The processes of tasks of the cloud at `endpoint` (proc(5)). */
function processesOf(endpoint: string): { pid: number; command: string[] }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`, "utf8").split("\0");
        if (!environment.includes(`AWS_ENDPOINT_URL=${endpoint}`) || !environment.some((each) => each.startsWith("PLINTH_TASK_ADDRESS=")))
          return [];
        return [{ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0") }];
      } catch {
        // It has ended meanwhile, or is somebody else's.
        return [];
      }
    });
}
