/** A database as SQL that plain psql restores, written by PostgreSQL's own `pg_dump`. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { DeployError } from "../deploy-error.ts";
import { interrupted } from "../deployment.ts";

/** A client program of PostgreSQL's. */
export interface PgProgram {
  program: string;
  major: number;
  /** As it names itself: `pg_dump (PostgreSQL) 16.4`. */
  version: string;
}

const run = promisify(execFile);

/** Folders in which systems keep several majors side by side: Debian's and Ubuntu's, Homebrew's on both kinds of Mac. */
const folders = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];

/**
 * One of this machine that reads a server of that major: of the same, else of the next newer.
 * @throws DeployError `environment`, which says what to install
 */
export async function findPgDump(name: string, serverMajor: number, path: string): Promise<PgProgram> {
  const found = await installed("pg_dump", path);
  const fitting = nearest(found, serverMajor);
  if (fitting) return fitting;
  const has = found.map(({ major }) => major).sort((a, b) => b - a)[0];
  throw new DeployError(
    "environment",
    has === undefined
      ? `${name} cannot be dumped: this machine has no pg_dump.`
      : `${name} is PostgreSQL ${serverMajor}, and this machine's pg_dump is of ${has}: it reads no newer server.`,
    {
      remedy: `Install the client programs of PostgreSQL ${serverMajor} (apt install postgresql-client-${serverMajor}, brew install postgresql@${serverMajor}), or leave it out: --only with the names of the rest.`,
    },
  );
}

/**
 * Of the server's major, else the next newer, else any: an older psql reads most dumps.
 * @throws DeployError `environment`, which says what to install
 */
export async function findPsql(name: string, serverMajor: number, path: string): Promise<PgProgram> {
  const found = await installed("psql", path);
  const fitting = nearest(found, serverMajor) ?? found.sort((a, b) => b.major - a.major)[0];
  if (fitting) return fitting;
  throw new DeployError("environment", `The data of ${name} cannot be loaded: this machine has no psql.`, {
    remedy: `Install the client programs of PostgreSQL ${serverMajor} (apt install postgresql-client-${serverMajor}, brew install postgresql@${serverMajor}), or rehearse without --data.`,
  });
}

const installed = async (program: string, path: string): Promise<PgProgram[]> =>
  (await Promise.all(candidates(program, path).map(versionOf))).filter((one) => one !== undefined);

const nearest = (found: readonly PgProgram[], serverMajor: number): PgProgram | undefined =>
  found.filter(({ major }) => major >= serverMajor).sort((a, b) => a.major - b.major)[0];

function candidates(name: string, path: string): string[] {
  const known = folders.flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).map((version) => join(folder, version, "bin", name)) : [],
  );
  const own = path.split(delimiter).flatMap((folder) => (folder === "" ? [] : [join(folder, name)]));
  return [...new Set([...own, ...known])].filter((program) => {
    try {
      accessSync(program, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function versionOf(program: string): Promise<PgProgram | undefined> {
  try {
    const version = (await run(program, ["--version"])).stdout.trim();
    const major = Number(/ (\d+)/.exec(version)?.[1]);
    return Number.isInteger(major) ? { program, major, version } : undefined;
  } catch {
    return undefined; // a wrapper without a server's programs behind it, for one
  }
}

/**
 * Without owners and rights: whoever restores it owns what it makes.
 * @param env how it connects (`PGHOST`, `PGPASSWORD`, …)
 */
export async function dumpDatabase({ program }: PgProgram, file: string, env: Record<string, string>, signal: AbortSignal): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  const part = `${file}.part`;
  const child = spawn(program, ["--format=plain", "--no-owner", "--no-privileges", "--no-password", `--file=${part}`], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const stop = () => child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = (await once(child, "close")) as [number | null];
  signal.removeEventListener("abort", stop);
  if (code === 0) return renameSync(part, file);
  rmSync(part, { force: true });
  if (signal.aborted) throw interrupted();
  throw new DeployError("task-failed", `pg_dump did not succeed (exit code ${code}).`, {
    evidence: said.trim().split("\n").slice(-5),
    remedy: "What is taken already stays; the same command goes on from here.",
  });
}

/** Errors that lose no row: what the administrator has made already, and whoever loads may not say anything about. */
const harmless = /must be owner of (?:extension|schema)|permission denied to (?:create extension|set parameter)/;

/** @throws DeployError `task-failed` with the first errors, where something did not come in. */
export async function loadDump({ program }: PgProgram, file: string, env: Record<string, string>, signal: AbortSignal): Promise<void> {
  const child = spawn(program, ["-X", "-q", "--no-password", `--file=${file}`], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const stop = () => child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = (await once(child, "close")) as [number | null];
  signal.removeEventListener("abort", stop);
  if (signal.aborted) throw interrupted();
  const errors = said.split("\n").filter((line) => /\b(?:ERROR|FATAL):|^psql: error/.test(line) && !harmless.test(line));
  if (code === 0 && errors.length === 0) return;
  throw new DeployError("task-failed", `The data did not come in whole: ${errors[0] ?? `psql ended with exit code ${code}`}`, {
    evidence: errors.slice(1, 6),
    remedy: "The dump may be of a newer PostgreSQL, or of another app.",
  });
}
