/** ECS's own life with the cloud: what ran before is gone and says so, services come back, and a stop ends every task in time. */
import type { Cloud } from "../../cloud.ts";
import { unlinkFolders } from "../../runtime/tasks/linked-folders.ts";
import { removeTaskFolder } from "../../runtime/tasks/task-folder.ts";
import { closeEndpoints, forgetInstances } from "./endpoints.ts";
import { keepHosts } from "./hosts.ts";
import { metrics } from "./metrics.ts";
import { stopScheduler, wakeAllServices, wakeServicesOf } from "./scheduler.ts";
import { allTasks, saveTask } from "./task.ts";
import { forgetLater, forgetTimers } from "./retention.ts";
import { taskRuns } from "./task-run.ts";
import { detachNetwork } from "./task-network.ts";
import { deregisterTask, hearTargetNews } from "./task-targets.ts";

const stopLimitMs = 5_000;
const stoppedWithCloud = "The embedded cloud that the task ran in was stopped";

export async function startEcs(cloud: Cloud): Promise<void> {
  metrics.start(cloud);
  keepHosts(cloud);
  await unlinkFolders(cloud);
  await forgetInstances(cloud);
  hearTargetNews(cloud, ({ region, targetGroupArn }) => wakeServicesOf(cloud, region, targetGroupArn));
  for (const { region, task } of allTasks(cloud)) {
    const scope = { cloud, account: cloud.account, region };
    if (task.lastStatus !== "STOPPED" && !taskRuns(cloud).has(task.id)) {
      // Its processes were ended with the cloud, or reaped before this start.
      const nowMs = cloud.world.clock.nowMs();
      await deregisterTask(scope, task).catch((error: unknown) => console.error(`ecs: task ${task.id} was not deregistered:`, error));
      await detachNetwork(scope, task).catch((error: unknown) => console.error(`ecs: task ${task.id} was not cleared away whole:`, error));
      for (const container of task.containers) container.lastStatus = "STOPPED";
      Object.assign(task, {
        lastStatus: "STOPPED",
        desiredStatus: "STOPPED",
        stoppedMs: nowMs,
        stoppingMs: task.stoppingMs ?? nowMs,
        executionStoppedMs: task.executionStoppedMs ?? nowMs,
        stopCode: task.stopCode ?? "TerminationNotice",
        stoppedReason: task.stoppedReason ?? stoppedWithCloud,
      });
      saveTask(scope, task);
      await removeTaskFolder(cloud, cloud.world.disk.path("tasks", task.id));
    }
    if (task.lastStatus === "STOPPED") forgetLater(scope, task);
  }
  wakeWhenListening(cloud);
}

const lookAgainMs = 20;

/** Tasks are told the cloud's address, which is known once it listens: shortly after all services have started. */
function wakeWhenListening(cloud: Cloud): void {
  const cancel = cloud.world.clock.after(0, look);
  const held = timer(cloud);
  held.cancel = cancel;
  function look(): void {
    let endpoint = "";
    try {
      endpoint = cloud.endpoint;
    } catch {
      // Not yet.
    }
    if (endpoint === "") held.cancel = cloud.world.clock.after(lookAgainMs, look);
    else wakeAllServices(cloud);
  }
}

const timerKey = Symbol("ecs start timer");
const timer = (cloud: Cloud) => cloud.memory(timerKey, () => ({ cancel: () => {} }));

/** SIGTERM to every task; what has not ended after its stop timeout, or `limitMs`, is killed. */
export async function stopEcs(cloud: Cloud, limitMs = stopLimitMs): Promise<void> {
  timer(cloud).cancel();
  await metrics.stop(cloud);
  stopScheduler(cloud);
  const runs = [...taskRuns(cloud).values()];
  for (const run of runs) run.stop(stoppedWithCloud, "TerminationNotice", limitMs);
  await Promise.all(runs.map(({ stopped }) => stopped));
  await closeEndpoints(cloud);
  for (const cancel of forgetTimers(cloud).values()) cancel();
}
