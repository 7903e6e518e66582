/** Messages: kept in PostgreSQL with the embedding of their text, found again by similarity. */
import type { Database } from "./database.ts";
import { embed } from "./embedding.ts";

export interface Message {
  id: number;
  author: string;
  text: string;
  postedAt: string;
}

/** What a person may post. */
export const limits = { authorLength: 60, textLength: 2000 };

const columns = `id::int, author, text, to_char(posted_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "postedAt"`;
const vector = (text: string) => `[${embed(text).join(",")}]`;

export async function post(database: Database, author: string, text: string): Promise<Message> {
  const { rows } = await database.query<Message>(
    `insert into message (author, text, embedding) values ($1, $2, $3::vector) returning ${columns}`,
    [author, text, vector(text)],
  );
  return rows[0]!;
}

/** The newest first. */
export async function latest(database: Database, count: number): Promise<Message[]> {
  const { rows } = await database.query<Message>(`select ${columns} from message order by id desc limit $1`, [count]);
  return rows;
}

/** The most similar first, with the cosine similarity (1: the same direction). */
export async function search(database: Database, query: string, count: number): Promise<(Message & { similarity: number })[]> {
  const { rows } = await database.query<Message & { similarity: number }>(
    `select ${columns}, round((1 - (embedding <=> $1::vector))::numeric, 4)::float8 as similarity from message order by embedding <=> $1::vector, id limit $2`,
    [vector(query), count],
  );
  return rows;
}
