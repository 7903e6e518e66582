/** A connection to a cluster's writer as the user of a secret: what a statement, or a transaction, is run on. */
import { readFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import type { Client } from "pg";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { authorityFile } from "../../runtime/authority.ts";
import { cancellation } from "../../runtime/postgres/wire/protocol.ts";
import { sqlEndpoint, type SqlEndpoint } from "../../runtime/sql-endpoints.ts";
import type { OperationContext } from "../../service.ts";
import { clusterNotFound, databaseError, notEnabled, resuming, secretInvalid, secretUnreadable, unavailable } from "./errors.ts";

export interface Session {
  client: Client;
  /** Of the server that serves it. */
  processId: number;
  /** Asks the server to give up what runs. */
  cancel(): void;
  end(): void;
}

export interface SessionRequest {
  resourceArn: string;
  secretArn: string;
  database?: string | undefined;
}

/** The cluster of a call, where statements may come to it. A paused one is woken, for the next call. */
export function findEndpoint({ cloud, region }: Pick<OperationContext, "cloud" | "region">, arn: string): SqlEndpoint & { at: object } {
  const found = sqlEndpoint(cloud, region, arn);
  if (!found) throw clusterNotFound(arn);
  if (!found.enabled) throw notEnabled(arn);
  const { state, at } = found;
  if (state === "paused") {
    found.wake();
    throw resuming(arn);
  }
  if (state === "away" || !at) throw unavailable(arn);
  return { ...found, at };
}

export async function openSession(context: OperationContext, { resourceArn, secretArn, database }: SessionRequest): Promise<Session> {
  const { cloud } = context;
  const { at, database: own } = findEndpoint(context, resourceArn);
  const { username, password } = await credentialsIn(context, secretArn);
  const { default: pg } = await import("pg"); // at the first call: it is not needed where none comes
  const client = new pg.Client({
    host: at.address,
    port: at.port,
    user: username,
    password,
    database: database || own || "postgres",
    ssl: { ca: await readFile(await authorityFile(cloud), "utf8") },
    application_name: "rds-data-api",
  });
  // A server that goes cuts its sessions; the statement that runs then says so itself.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    throw asAwsError(error, resourceArn);
  }
  const { processID: processId, secretKey } = client as unknown as { processID: number; secretKey: number };
  return {
    client,
    processId,
    cancel() {
      const socket = connectTcp({ host: at.address, port: at.port });
      socket.on("error", () => socket.destroy());
      socket.end(cancellation({ processId, secret: secretKey }));
    },
    end: () => endInBackground(cloud, client),
  };
}

/** What the server has said, or that it has gone. */
export function asAwsError(error: unknown, resourceArn: string): AwsError {
  if (error instanceof AwsError) return error;
  const { code, message, severity } = error as { code?: unknown; message: string; severity?: unknown };
  if (typeof code === "string" && typeof severity === "string") return databaseError(error as never);
  return new AwsError("DatabaseUnavailableException", `${unavailable(resourceArn).message} ${message}`, 504);
}

function endInBackground(cloud: Cloud, client: Client): void {
  cloud.inBackground(
    "rds-data: the end of a session",
    client.end().catch(() => {}),
  );
}

/** As the caller, who must be allowed to read it. */
async function credentialsIn({ call }: OperationContext, secretArn: string): Promise<{ username: string; password: string }> {
  let text: string | undefined;
  try {
    ({ SecretString: text } = await call("secretsmanager", "GetSecretValue", { SecretId: secretArn }));
  } catch (error) {
    if (error instanceof AwsError) throw secretUnreadable(error.message);
    throw error;
  }
  try {
    const { username, password } = JSON.parse(text ?? "") as { username?: unknown; password?: unknown };
    if (typeof username === "string" && typeof password === "string") return { username, password };
  } catch {
    // No JSON: said below, without what it is.
  }
  throw secretInvalid(secretArn);
}
