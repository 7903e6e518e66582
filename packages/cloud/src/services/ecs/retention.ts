/** How long what is over is still answered: timers that forget stopped tasks and inactive services. */
import type { Scope } from "./names.ts";
import { removeTask, type TaskRecord } from "./task.ts";

const keptStoppedMs = 3_600_000;

/** Stopped tasks are answered for an hour. */
export function forgetLater(scope: Scope, task: TaskRecord): void {
  const { clock } = scope.cloud.world;
  const ageMs = clock.nowMs() - (task.stoppedMs ?? 0);
  const timers = forgetTimers(scope.cloud);
  timers.get(task.id)?.();
  timers.set(
    task.id,
    clock.after(Math.max(0, keptStoppedMs - ageMs), () => {
      timers.delete(task.id);
      removeTask(scope, task);
    }),
  );
}

const timersKey = Symbol("ecs stopped tasks");

/** Timers that forget stopped tasks and inactive services, each by what takes it back. */
export function forgetTimers(cloud: Scope["cloud"]): Map<string, () => void> {
  return cloud.memory(timersKey, () => new Map<string, () => void>());
}
