/**
 * Proves that a database can be brought back: counts it, restores that very second into a side database, counts that, compares,
 * and removes it, whatever happens in between.
 */
import { DeployError } from "../deploy-error.ts";
import { pollingDelaysMs, step, type Deployment } from "../deployment.ts";
import { describeStage } from "../stacks/stack-state.ts";
import { countRows, type Counted } from "./count-rows.ts";
import { describeServer } from "./database-api.ts";
import { restore, type RestorePoint } from "./restore.ts";
import { removeSide, sideServers } from "./side-server.ts";
import { findStageDatabase } from "./stage-database.ts";

export interface DrillResult {
  database: string;
  /** ISO 8601, or the snapshot's name. */
  restoredTo: string;
  /** Every table of either, with its rows; `null` where it has no such table, -1 where its rows may not be read. */
  tables: { name: string; original: number | null; restored: number | null }[];
  /** Whether both have the same tables with the same rows. Of a snapshot only told, since the original has gone on. */
  same: boolean;
  restoreSeconds: number;
}

/** Longer than RDS takes to upload a log. */
const archivePatienceMs = 15 * 60_000;

export async function drill(
  deployment: Deployment,
  { database: name, point }: { database?: string | undefined; point?: RestorePoint | undefined },
): Promise<DrillResult> {
  const { aws, assembly, time } = deployment;
  const stacks = await describeStage(aws, assembly);
  const database = await findStageDatabase(aws, assembly, stacks, name);
  const run = assembly.beforeServices.find((each) => each.name === database.name && each.administration);
  if (!run) throw new DeployError("not-found", `${database.name} has no task that could count its rows.`);
  const into = `${database.identifier.slice(0, 57)}-drill`;
  const left = (await sideServers(aws, assembly)).find(({ identifier }) => identifier === into);
  if (left)
    await step(deployment, "restore", into, async () => ({
      value: await removeSide(aws, left, deployment),
      detail: "left by an earlier drill, removed",
    }));

  const original = await count(deployment, database.name, () => countRows(deployment, stacks, run));
  const to = point ?? { at: original.at };
  if ("at" in to) await waitUntilRestorable(deployment, database, to.at);
  const startedAt = time.now();
  try {
    const restored = await restore(deployment, { database: database.name, point: to, into, temporary: true });
    const restoreSeconds = (time.now() - startedAt) / 1000;
    const counted = await count(deployment, into, () => countRows(deployment, stacks, run, restored.host));
    const tables = compare(original, counted);
    return {
      database: database.name,
      restoredTo: restored.restoredTo,
      tables,
      same: tables.every((table) => table.original === table.restored),
      restoreSeconds,
    };
  } finally {
    // Also after Ctrl-C: asked for, and waited for by nobody.
    const interrupted = deployment.signal.aborted;
    await removeSide(aws, { kind: database.kind, identifier: into }, interrupted ? undefined : { time, signal: deployment.signal });
    deployment.emit({ type: "note", message: interrupted ? `${into} is being removed.` : `${into} is removed.` });
  }
}

function count(deployment: Deployment, id: string, act: () => Promise<Counted>): Promise<Counted> {
  return step(deployment, "count", id, async () => {
    const value = await act();
    const rows = Object.values(value.rows).reduce((sum, each) => sum + Math.max(0, each), 0);
    return { value, detail: `${Object.keys(value.rows).length} tables, ${rows} rows` };
  });
}

/** On AWS the log of the last minutes is on its way still. */
async function waitUntilRestorable(
  { aws, time, signal }: Deployment,
  { kind, identifier }: Awaited<ReturnType<typeof findStageDatabase>>,
  at: Date,
): Promise<void> {
  const startedAt = time.now();
  for (const delayMs of pollingDelaysMs(aws)) {
    const latest = (await describeServer(aws, kind, identifier))?.latest;
    // Without any, the restore says why.
    if (latest === undefined || latest >= at || time.now() - startedAt > archivePatienceMs) return;
    await time.sleep(delayMs, signal);
  }
}

function compare(original: Counted, restored: Counted): DrillResult["tables"] {
  const names = [...new Set([...Object.keys(original.rows), ...Object.keys(restored.rows)])].sort();
  return names.map((name) => ({ name, original: original.rows[name] ?? null, restored: restored.rows[name] ?? null }));
}
