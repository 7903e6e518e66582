/** Fargate's out-of-memory kill: memory is the task's limit, and each container's own where it has one. */
import type { Cloud } from "../../cloud.ts";
import type { RunningContainer } from "../../runtime/tasks/container.ts";
import type { TaskRecord } from "./task.ts";

const checkMs = 1_000;
const mebibyte = 1024 * 1024;

/** Kills what uses more than it may, from now on; answers what ends the watch. */
export function watchMemory(cloud: Cloud, task: TaskRecord, containers: ReadonlyMap<string, RunningContainer>): () => void {
  const { clock } = cloud.world;
  const check = () => {
    const used = [...containers].map(([name, running]) => ({ name, running, bytes: running.usage()?.residentBytes ?? 0 }));
    const total = used.reduce((sum, { bytes }) => sum + bytes, 0);
    const largest = used.toSorted((a, b) => b.bytes - a.bytes)[0];
    if (largest && total > Number(task.memory) * mebibyte) largest.running.killForMemory();
    for (const { name, running, bytes } of used) {
      const own = task.containers.find((container) => container.name === name)!.memory;
      if (own !== undefined && bytes > own * mebibyte) running.killForMemory();
    }
    cancel = clock.after(checkMs, check);
  };
  let cancel = clock.after(checkMs, check);
  return () => cancel();
}
