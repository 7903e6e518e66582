/** The programs with which people look into databases and caches, and the environment in which they find them. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { postgresEnvironment, urlAt, type Login } from "@plinth/deployer/connect/login";

export interface Opened {
  name: string;
  kind: "postgres" | "aurora" | "redis";
  login: Login;
  /** Where it is reached on this machine. */
  host: string;
  port: number;
  /** The certificate of who signs its own (PEM), where that is the embedded cloud. */
  authority?: string;
}

export const variableOf = (name: string) => `${name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase()}_URL`;

/** For a command of the user's: `DATABASE_URL`, `CACHE_URL`, …, and of the first of each kind what its own programs read. */
export function environmentFor(opened: readonly Opened[]): Record<string, string> {
  const database = opened.find(({ kind }) => kind !== "redis");
  const cache = opened.find(({ kind }) => kind === "redis");
  return {
    ...Object.fromEntries(opened.map(({ name, login, host, port }) => [variableOf(name), urlAt(login, host, port)])),
    ...(database && postgresEnvironment(database.login, database, database.authority)),
    ...(cache && { REDISCLI_AUTH: cache.login.password }),
  };
}

export interface ClientProgram {
  program: string;
  args: string[];
}

/** The program of this machine for it; `undefined` when it has none. */
export function clientProgram({ kind, login, host, port, authority }: Opened, path: string): ClientProgram | undefined {
  if (kind !== "redis") return onPath(["psql"], path, []);
  // Its certificate is for its own name, whichever way one comes to it.
  const tls = login.url.startsWith("rediss:")
    ? ["--tls", "--sni", login.host, ...(authority === undefined ? [] : ["--cacert", authority])]
    : [];
  return onPath(["valkey-cli", "redis-cli"], path, ["-h", host, "-p", String(port), ...tls]);
}

function onPath(names: readonly string[], path: string, args: string[]): ClientProgram | undefined {
  for (const name of names) {
    for (const folder of path.split(delimiter)) {
      if (folder === "") continue;
      try {
        accessSync(join(folder, name), constants.X_OK);
        return { program: join(folder, name), args };
      } catch {
        // not in this folder
      }
    }
  }
  return undefined;
}
