/** The tables of a database that an export takes, and how their rows are read. */
import type { PostgresServer } from "../../../runtime/postgres/server.ts";
import type { ExportedColumn } from "./exported-columns.ts";

export interface ExportedTable {
  database: string;
  schema: string;
  table: string;
  columns: ExportedColumn[];
}

export const targetOf = ({ database, schema, table }: ExportedTable) => `${database}.${schema}.${table}`;

/** Temporary and unlogged tables are none of a snapshot's; the parts of a partitioned one come with it. */
const tables = `
select n.nspname as schema, c.relname as table,
  (select json_agg(json_build_object('name', column_name, 'dataType', data_type, 'characters', coalesce(character_maximum_length, 0),
      'precision', coalesce(numeric_precision, 0), 'dateTimePrecision', coalesce(datetime_precision, 0)) order by ordinal_position)
   from information_schema.columns i where i.table_schema = n.nspname and i.table_name = c.relname) as columns
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence = 'p' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by 1, 2`;

export async function databasesOf(server: PostgresServer): Promise<string[]> {
  const rows = await server.query("select datname from pg_database where datallowconn and not datistemplate order by 1");
  return rows.map(({ datname }) => String(datname));
}

export async function tablesOf(server: PostgresServer, database: string): Promise<ExportedTable[]> {
  const rows = await server.query(tables, { database });
  return rows.map(({ schema, table, columns }) => ({
    database,
    schema: String(schema),
    table: String(table),
    columns: (columns ?? []) as ExportedColumn[],
  }));
}

/** Whether a list that names databases, schemas and tables has it; an empty one has all. */
export const isWanted = ({ database, schema, table }: ExportedTable, only: readonly string[]) =>
  only.length === 0 || [database, `${database}.${schema}`, `${database}.${schema}.${table}`].some((name) => only.includes(name));

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

export const rowsOf = ({ schema, table, columns }: ExportedTable) =>
  `select ${columns.map(({ name }) => quoted(name)).join(", ")} from ${quoted(schema)}.${quoted(table)}`;
