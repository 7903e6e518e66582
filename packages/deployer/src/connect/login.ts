/** How one logs in to a database or cache: what its connection secret says, and the same for another address. */
import type { Store } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";

export interface Login {
  host: string;
  port: number;
  /** The whole URL; holds the password. */
  url: string;
  /** Of a database. */
  user?: string;
  database?: string;
  /** The password, or a cache's token. */
  password: string;
}

/** @throws DeployError `not-found` when it is not deployed. */
export async function readLogin(aws: Aws, store: Store, stacks: ReadonlyMap<string, DeployedStack>, options: string): Promise<Login> {
  const { stack, output } = store.connection;
  const SecretId = stacks.get(stack)?.outputs[output];
  if (SecretId === undefined) {
    throw new DeployError("not-found", `${store.name} is not deployed.`, { remedy: `plinth deploy${options}` });
  }
  const { SecretString = "{}" } = await aws.call("secretsmanager", "GetSecretValue", { SecretId });
  const { host, port, url, username, dbname, password, token } = JSON.parse(SecretString) as Record<string, unknown>;
  const secret = store.kind === "redis" ? token : password;
  if (typeof host !== "string" || typeof url !== "string" || typeof secret !== "string" || !Number.isInteger(Number(port))) {
    throw new DeployError("not-found", `The secret by which programs connect to ${store.name} is not as a deploy makes it.`, {
      remedy: `plinth deploy${options} makes it anew.`,
    });
  }
  return {
    host,
    port: Number(port),
    url,
    password: secret,
    ...(typeof username === "string" && { user: username }),
    ...(typeof dbname === "string" && { database: dbname }),
  };
}

/** The URL with another address in it. */
export function urlAt({ url }: Pick<Login, "url">, host: string, port: number): string {
  return url.replace(/@[^/?]*/, `@${host}:${port}`);
}

/** A database that is paused takes half a minute and more to wake (Aurora User Guide, "Scaling to Zero ACUs"). */
const connectTimeoutSeconds = 90;

/**
 * What `psql`, `pg_dump` and others of PostgreSQL's own library read. A password in the environment is seen by this user alone.
 * @param authority the certificate of who signs the server's (PEM), where that is the embedded cloud
 */
export function postgresEnvironment(login: Login, at: { host: string; port: number }, authority?: string): Record<string, string> {
  return {
    PGHOST: at.host,
    PGPORT: String(at.port),
    PGPASSWORD: login.password,
    PGSSLMODE: "require",
    PGCONNECT_TIMEOUT: String(connectTimeoutSeconds),
    ...(authority !== undefined && { PGSSLROOTCERT: authority }),
    ...(login.user !== undefined && { PGUSER: login.user }),
    ...(login.database !== undefined && { PGDATABASE: login.database }),
  };
}
