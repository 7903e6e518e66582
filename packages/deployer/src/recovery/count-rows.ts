/** Tables and rows of a database, counted by the task that administers it: it stands inside the network and holds the login. */
import type { Run } from "@plinth/compiler";
import { DeployError } from "../deploy-error.ts";
import type { Deployment } from "../deployment.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import { mustSucceed, runTask } from "../tasks/run-task.ts";

export interface Counted {
  /** When it was counted, to the second: what was committed until then, and nothing later. */
  at: Date;
  /** Rows by `schema.table`; -1 for one that the login may not read. */
  rows: Record<string, number>;
}

/** Marks the lines that are meant for us. */
const mark = "plinth:";

/**
 * Counts in one snapshot, taken at the beginning of a second, so that a restore to that second holds the same. Nothing is left
 * behind: the right to read what the app owns is taken within a transaction that is rolled back.
 */
export function countingSql(owner: string): string {
  const role = `"${owner.replaceAll('"', '""')}"`;
  return `SET client_min_messages = error;
SELECT pg_sleep(1 - extract(microseconds from clock_timestamp())::bigint % 1000000 / 1000000.0);
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
CREATE TEMPORARY TABLE plinth_counted (name text, rows bigint) ON COMMIT DROP;
INSERT INTO plinth_counted SELECT '', extract(epoch from date_trunc('second', clock_timestamp()))::bigint;
DO $count$ DECLARE each record; found bigint; BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${owner.replaceAll("'", "''")}') THEN GRANT ${role} TO CURRENT_USER; END IF;
  FOR each IN SELECT n.nspname, c.relname, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)' LOOP
    found := -1;
    IF has_table_privilege(each.oid, 'SELECT') AND has_schema_privilege(each.nspname, 'USAGE') THEN
      EXECUTE format('SELECT count(*) FROM %I.%I', each.nspname, each.relname) INTO found;
    END IF;
    INSERT INTO plinth_counted VALUES (each.nspname || '.' || each.relname, found);
  END LOOP;
END $count$;
SELECT '${mark}' || json_build_array(name, rows)::text FROM plinth_counted ORDER BY name;
ROLLBACK;`;
}

/** @param host another server than the database's own, that the task reaches. */
export async function countRows(
  { aws, time, signal }: Deployment,
  stacks: ReadonlyMap<string, DeployedStack>,
  run: Run,
  host?: string,
): Promise<Counted> {
  const owner = run.administration!.owner;
  const counted: [name: string, rows: number][] = [];
  const onLine = (line: string) => {
    const text = line.trim();
    if (text.startsWith(mark)) counted.push(JSON.parse(text.slice(mark.length)) as [string, number]);
  };
  const env = { SQL: countingSql(owner), ...(host !== undefined && { PGHOST: host }) };
  const result = await runTask(aws, time, signal, { run, stacks, env, onLine, startedBy: "plinth restore --drill" });
  mustSucceed(`that counts the rows of ${host ?? run.name}`, result, "Nothing was changed.");
  const at = counted.find(([name]) => name === "")?.[1];
  if (at === undefined) {
    throw new DeployError("task-failed", `The rows of ${host ?? run.name} were not counted: the task's log holds no answer.`, {
      evidence: result.lastLines,
    });
  }
  return { at: new Date(at * 1000), rows: Object.fromEntries(counted.filter(([name]) => name !== "")) };
}
