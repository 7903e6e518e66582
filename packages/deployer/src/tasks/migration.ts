/** Tasks that have to end with 0 before any service changes; only again with another image, definition or database. */
import type { Run } from "@plinth/compiler";
import type { Deployment } from "../deployment.ts";
import { writeNote, type Notes } from "../notes.ts";
import { outputOf } from "../parameters.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import { databaseIdentities } from "./administration.ts";
import { mustSucceed, runTask } from "./run-task.ts";

/** @returns whether it had to be run. */
export async function migrate(
  deployment: Deployment,
  run: Run,
  stacks: ReadonlyMap<string, DeployedStack>,
  notes: Notes,
): Promise<boolean> {
  const { aws, assembly, time, signal, emit } = deployment;
  // A task definition's revision carries the image by its digest, so that it stands for both.
  const state = JSON.stringify([outputOf(stacks, run.taskDefinition, run.name), ...databaseIdentities(assembly, stacks)]);
  const note = `migrated/${run.name}`;
  if (notes.get(note) === state) return false;
  const onLine = (line: string) => emit({ type: "log", task: run.name, line });
  const result = await runTask(aws, time, signal, { run, stacks, onLine, startedBy: "plinth deploy" });
  mustSucceed(run.name, result, "No service has changed: the last version keeps serving. Correct the task and deploy again.");
  await deployment.confirmLease?.();
  await writeNote(aws, assembly.app, assembly.stage, note, state);
  return true;
}
