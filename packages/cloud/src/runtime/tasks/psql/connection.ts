/** Where psql connects: connection strings, the PG… environment, and TLS as libpq has it. */
import { readFileSync } from "node:fs";
import { Client } from "pg";
import { Fatal } from "./fatal.ts";

/** A URI, a `keyword=value` string, or a database's name (libpq, "Connection Strings"). */
export function readConnection(text: string): Record<string, string> {
  if (/^postgres(?:ql)?:\/\//.test(text)) {
    const url = new URL(text.replace(/^postgres(?:ql)?:/, "postgres:"));
    const given: Record<string, string> = Object.fromEntries(url.searchParams);
    if (url.hostname) given.host = decodeURIComponent(url.hostname).replace(/^\[|\]$/g, "");
    if (url.port) given.port = url.port;
    if (url.username) given.user = decodeURIComponent(url.username);
    if (url.password) given.password = decodeURIComponent(url.password);
    if (url.pathname.length > 1) given.dbname = decodeURIComponent(url.pathname.slice(1));
    return given;
  }
  if (!text.includes("=")) return { dbname: text };
  const given: Record<string, string> = {};
  for (const [, name, quoted, plain] of text.matchAll(/(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S*))/g)) {
    given[name!] = (quoted ?? plain ?? "").replace(/\\(.)/g, "$1");
  }
  return given;
}

const environmentNames: Record<string, string> = {
  host: "PGHOST",
  port: "PGPORT",
  user: "PGUSER",
  password: "PGPASSWORD",
  dbname: "PGDATABASE",
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  connect_timeout: "PGCONNECT_TIMEOUT",
  application_name: "PGAPPNAME",
  options: "PGOPTIONS",
};

/** What the command line gives, completed from the environment. */
export function settings(connection: Record<string, string>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, variable] of Object.entries(environmentNames)) {
    const value = connection[name] ?? process.env[variable];
    if (value !== undefined && value !== "") found[name] = value;
  }
  return found;
}

/** Opens the connection as libpq does for each sslmode; `prefer` tries TLS first, then without. */
export async function connect(given: Record<string, string>): Promise<Client> {
  const mode = given.sslmode ?? "prefer";
  if (!["disable", "allow", "prefer", "require", "verify-ca", "verify-full"].includes(mode)) {
    throw new Fatal(`invalid sslmode value: "${mode}"`, 2);
  }
  const ca = given.sslrootcert && given.sslrootcert !== "system" && mode !== "prefer" ? readFileSync(given.sslrootcert, "utf8") : undefined;
  // With a root certificate at hand, `require` checks the chain, but not the name.
  const verifies = mode.startsWith("verify-") || (mode === "require" && ca !== undefined);
  const tls = {
    rejectUnauthorized: verifies,
    ...(ca !== undefined && { ca }),
    ...(mode !== "verify-full" && { checkServerIdentity: () => undefined }),
  };
  const open = async (ssl: false | typeof tls) => {
    const client = new Client({
      host: given.host ?? "localhost",
      port: Number(given.port ?? 5432),
      user: given.user ?? process.env.USER ?? "postgres",
      password: given.password ?? "",
      database: given.dbname ?? given.user ?? "postgres",
      application_name: given.application_name ?? "psql",
      ...(given.options !== undefined && { options: given.options }),
      ...(given.connect_timeout !== undefined && { connectionTimeoutMillis: Number(given.connect_timeout) * 1000 }),
      ssl,
    });
    await client.connect();
    return client;
  };
  try {
    if (mode === "disable" || mode === "allow") return await open(false);
    try {
      return await open(tls);
    } catch (error) {
      if (mode !== "prefer" || !/does not support SSL/.test(String(error))) throw error;
      return await open(false);
    }
  } catch (error) {
    const message = error instanceof Error && error.message ? error.message : String((error as { code?: string }).code ?? error);
    throw new Fatal(`connection to server at "${given.host ?? "localhost"}", port ${given.port ?? 5432} failed: ${message}`, 2);
  }
}
