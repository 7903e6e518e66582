/** The rows with which databases begin in a rehearsal: loaded before migrations and programs come, counted before and after the update. */
import type { Assembly, Run } from "@plinth/compiler";
import { postgresEnvironment, readLogin } from "../connect/login.ts";
import { DeployError } from "../deploy-error.ts";
import { step, type Deployment } from "../deployment.ts";
import { findPsql, loadDump } from "../export/database-dump.ts";
import { countRows, type Counted } from "../recovery/count-rows.ts";
import { describeStage } from "../stacks/stack-state.ts";

/** What `plinth export` has written of a database. */
export interface Dump {
  /** The inventory key. */
  database: string;
  file: string;
  /** Where it is from, and when it was taken. */
  of: string;
  /** Where programs are looked for. */
  path: string;
}

export interface RehearsedData {
  database: string;
  of: string;
  /** Every table; `null` where there is no such table, -1 where its rows may not be read. */
  tables: { name: string; before: number | null; after: number | null }[];
}

export interface LoadedData {
  dump: Dump;
  before: Counted;
}

/** What has to stand for that. */
export const layersOfData: ReadonlySet<string> = new Set(["network", "storage", "secrets", "messaging", "database"]);

const administrationOf = ({ beforeServices }: Assembly, database: string): Run | undefined =>
  beforeServices.find(({ name, administration }) => name === database && administration);

/** Into those that stand; one that the update is to make begins empty. */
export async function loadData(deployment: Deployment, dumps: readonly Dump[]): Promise<LoadedData[]> {
  const { aws, assembly, signal } = deployment;
  const stacks = await describeStage(aws, assembly);
  const loaded: LoadedData[] = [];
  for (const dump of dumps) {
    const store = assembly.stores.find(({ name, kind }) => name === dump.database && kind !== "redis");
    const run = administrationOf(assembly, dump.database);
    if (!store || !run || !stacks.get(store.connection.stack)?.outputs[store.connection.output]) continue;
    const psql = await findPsql(dump.database, Number(store.major), dump.path);
    const before = await step(deployment, "restore", dump.database, async () => {
      const login = await readLogin(aws, store, stacks, "");
      await loadDump(psql, dump.file, postgresEnvironment(login, login), signal);
      const counted = await countRows(deployment, stacks, run);
      const rows = Object.values(counted.rows).reduce((sum, each) => sum + Math.max(0, each), 0);
      return { value: counted, detail: `${Object.keys(counted.rows).length} tables, ${rows} rows of ${dump.of}` };
    });
    loaded.push({ dump, before });
  }
  if (loaded.length > 0 || dumps.length === 0) return loaded;
  throw new DeployError("not-found", `No database of ${assembly.app} that stands is in the take-out.`, {
    remedy: `It holds ${dumps.map(({ database }) => database).join(", ")}. Rehearse without --data.`,
  });
}

/** Also after a failure; a database that the update has taken away has no rows then. */
export async function rowsAfter(deployment: Deployment, loaded: readonly LoadedData[]): Promise<RehearsedData[]> {
  const { aws, assembly } = deployment;
  const stacks = await describeStage(aws, assembly);
  const told: RehearsedData[] = [];
  for (const { dump, before } of loaded) {
    const run = administrationOf(assembly, dump.database);
    const after = run && (await countRows(deployment, stacks, run).catch(() => undefined));
    const names = [...new Set([...Object.keys(before.rows), ...Object.keys(after?.rows ?? {})])].sort();
    const tables = names.map((name) => ({ name, before: before.rows[name] ?? null, after: after?.rows[name] ?? null }));
    told.push({ database: dump.database, of: dump.of, tables });
  }
  return told;
}
