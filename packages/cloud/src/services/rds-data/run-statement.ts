/** One statement on a session: its parameters put in, its rows as fields, within the limits of time and size that the Data API has. */
import { Query, type FieldDef, type QueryArrayResult } from "pg";
import type { Cloud } from "../../cloud.ts";
import { badRequest, manyStatements, timedOut, tooLarge } from "./errors.ts";
import { columnMetadata, type ColumnMetadata, type TableColumn, tableColumnsSql } from "./column-metadata.ts";
import { type ColumnType, columnTypes } from "./column-types.ts";
import { type Field, fieldOf, type ResultOptions } from "./fields.ts";
import { numbered } from "./named-parameters.ts";
import { type SqlParameter, sqlValues } from "./parameter-values.ts";
import { asAwsError, type Session } from "./session.ts";

/** Source: Amazon Aurora User Guide, "Limitations with RDS Data API", "ContinueAfterTimeout". */
const statementTimeoutMs = 45_000;
const resultLimitBytes = 1024 * 1024;

export interface StatementRequest {
  resourceArn: string;
  sql: string;
  parameters?: readonly SqlParameter[] | undefined;
  options?: ResultOptions | undefined;
  withMetadata?: boolean | undefined;
  /** Whether it goes on at the server when its time is over; the session must then be its own. */
  goesOn?: boolean | undefined;
}

export interface StatementResult {
  /** By an INSERT, UPDATE, DELETE or MERGE that returns no rows. */
  updated: number;
  /** Absent where it has no rows to return. */
  rows?: { labels: string[]; records: Field[][]; metadata?: ColumnMetadata[] | undefined };
}

/** Rejects with AWS's errors. */
export async function runStatement(cloud: Cloud, session: Session, request: StatementRequest): Promise<StatementResult> {
  const values = sqlValues(request.parameters ?? []);
  const { text, names } = numbered(request.sql, (name, number) => {
    const type = values.get(name)?.type;
    return type === undefined ? `$${number}` : `$${number}::${type}`;
  });
  const unknown = names.find((name) => !values.has(name));
  if (unknown !== undefined) throw badRequest(`Cannot find parameter: ${unknown}`);
  try {
    const raw = await within(
      cloud,
      session,
      rawResult(
        session,
        text,
        names.map((name) => values.get(name)!.value),
      ),
      request.goesOn,
    );
    return await fieldsOf(session, raw, request);
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: string };
    if (code === "42601" && message?.startsWith("cannot insert multiple commands")) throw manyStatements();
    throw asAwsError(error, request.resourceArn);
  }
}

interface RawResult {
  command: string;
  count: number;
  columns: readonly FieldDef[];
  rows: (string | null)[][];
}

/** Every value in PostgreSQL's text. Of what is more than may be returned nothing is kept. */
function rawResult(session: Session, text: string, values: readonly (string | Uint8Array | null)[]): Promise<RawResult> {
  const asText = { getTypeParser: () => (value: string) => value };
  const query = new Query<(string | null)[]>({
    text,
    values: [...values],
    rowMode: "array",
    queryMode: "extended",
    types: asText,
  } as never);
  const rows: (string | null)[][] = [];
  let sizeBytes = 0;
  query.on("row", (row) => {
    for (const value of row) sizeBytes += value === null ? 0 : value.length;
    if (sizeBytes > resultLimitBytes * 2) rows.length = 0;
    else rows.push(row);
  });
  const ended = new Promise<RawResult>((done, fail) => {
    query.on("error", fail);
    query.on("end", (result: QueryArrayResult) => {
      if (sizeBytes > resultLimitBytes * 2) return fail(tooLarge());
      done({ command: result.command, count: result.rowCount ?? 0, columns: result.fields, rows });
    });
  });
  session.client.query(query);
  return ended;
}

async function within<T>(cloud: Cloud, session: Session, running: Promise<T>, goesOn = false): Promise<T> {
  let overdue = false;
  const over = Promise.withResolvers<never>();
  const cancel = cloud.world.clock.after(statementTimeoutMs, () => {
    overdue = true;
    if (!goesOn) return session.cancel();
    cloud.inBackground("rds-data: a statement that goes on after its time", Promise.allSettled([running]));
    over.reject(timedOut(session.processId));
  });
  try {
    return await Promise.race([running, over.promise]);
  } catch (error) {
    throw overdue ? timedOut(session.processId) : error;
  } finally {
    cancel();
  }
}

const counting = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"]);

async function fieldsOf(session: Session, raw: RawResult, { options = {}, withMetadata }: StatementRequest): Promise<StatementResult> {
  const { columns, rows } = raw;
  if (columns.length === 0) return { updated: counting.has(raw.command) ? raw.count : 0 };
  const types = await columnTypes(
    columns.map(({ dataTypeID }) => dataTypeID),
    async (oids) => {
      const { rows: found } = await session.client.query<{ oid: number; name: string; element: string | null }>(
        `select type.oid::int as oid, type.typname as name, element.typname as element
       from pg_type type left join pg_type element on element.oid = type.typelem and type.typcategory = 'A' where type.oid = any($1::oid[])`,
        [oids],
      );
      return found;
    },
  );
  const records: Field[][] = [];
  let sizeBytes = 0;
  for (const row of rows) {
    const record = row.map((value, index) => fieldOf(types[index]!, value, options));
    sizeBytes += Buffer.byteLength(JSON.stringify(record));
    if (sizeBytes > resultLimitBytes) throw tooLarge();
    records.push(record);
  }
  const metadata = withMetadata ? await metadataOf(session, columns, types) : undefined;
  return { updated: 0, rows: { labels: columns.map(({ name }) => name), records, metadata } };
}

async function metadataOf(session: Session, columns: readonly FieldDef[], types: readonly ColumnType[]): Promise<ColumnMetadata[]> {
  const tables = [...new Set(columns.map(({ tableID }) => tableID).filter((id) => id > 0))];
  const { rows } = tables.length > 0 ? await session.client.query<TableColumn>(tableColumnsSql, [tables]) : { rows: [] };
  return columns.map((column, index) => columnMetadata(column, types[index]!, rows));
}
