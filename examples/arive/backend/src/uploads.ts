/** Uploads: what browsers have announced, and what became of it. */
import type { Database } from "./database.ts";
import type { JobState } from "./jobs.ts";

export interface Upload {
  id: string;
  name: string;
  type: string;
  sizeBytes: number;
  createdAt: string;
  /** `awaited` until the browser says that the file lies in the bucket. */
  state: "awaited" | JobState;
  attempts: number;
  error?: string;
  result?: unknown;
}

export const limits = { nameLength: 200, typeLength: 100, sizeBytes: 100 * 1024 * 1024 };

export const keyOf = (id: string) => `uploads/${id}`;

const rows = `select u.id, u.name, u.type, u.size_bytes, u.created_at, u.result, j.state, j.attempts, j.error
  from upload u left join job j on j.upload_id = u.id`;

interface Row {
  id: string;
  name: string;
  type: string;
  size_bytes: string;
  created_at: Date;
  result: unknown;
  state: JobState | null;
  attempts: number | null;
  error: string | null;
}

export async function announce(database: Database, upload: Pick<Upload, "id" | "name" | "type" | "sizeBytes">): Promise<void> {
  const { id, name, type, sizeBytes } = upload;
  await database.query("insert into upload (id, name, type, size_bytes) values ($1, $2, $3, $4)", [id, name, type, sizeBytes]);
}

export async function find(database: Database, id: string): Promise<Upload | undefined> {
  const { rows: found } = await database.query<Row>(`${rows} where u.id = $1`, [id]);
  return found[0] && shown(found[0]);
}

/** The newest first. */
export async function list(database: Database, most: number): Promise<Upload[]> {
  const { rows: found } = await database.query<Row>(`${rows} order by u.created_at desc, u.id limit $1`, [most]);
  return found.map(shown);
}

function shown({ id, name, type, size_bytes, created_at, result, state, attempts, error }: Row): Upload {
  return {
    id,
    name,
    type,
    sizeBytes: Number(size_bytes),
    createdAt: created_at.toISOString(),
    state: state ?? "awaited",
    attempts: attempts ?? 0,
    ...(error !== null && { error }),
    ...(result !== null && { result }),
  };
}
