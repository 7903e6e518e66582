/** The native server: `postgres` itself, on an address of its own, with TLS. */
import type { Client, QueryResult } from "pg";
import type { Cloud } from "../../cloud.ts";
import { certificateFor } from "../authority.ts";
import { accessRules, serverConfiguration } from "./configuration.ts";
import { administratorPassword, copyFolder } from "./data-folder.ts";
import { installation } from "./installation.ts";
import { archiveFinished, restoreCommand } from "./log-archive.ts";
import { loginAuthority } from "./login-authority.ts";
import { administrator } from "./pristine-data.ts";
import { rowBatches } from "./row-batches.ts";
import { type PostgresRequest, type PostgresServer, ServerDidNotStart, type StartPostgres } from "./server.ts";
import { openServerLog } from "./server-log.ts";
import { serverUser } from "./server-user.ts";

const stopPatienceMs = 20_000;
const promotionPatienceSeconds = 60;
const copyAttempts = 5;
/** After a kill, sessions of the former server may hold its shared memory for a moment longer. */
const startAttempts = 20;
const startPauseMs = 150;

/** Starts the server on `request.folder`/data and resolves once it takes connections. */
export const startNativePostgres: StartPostgres = async (cloud, asked) => {
  let request = asked;
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(cloud, request);
    } catch (error) {
      // Nothing was committed after the time asked for: all of the log is from before it.
      if (
        request.recovery?.targetTime &&
        error instanceof ServerDidNotStart &&
        error.lastLines.some((line) => line.includes(targetNotReached))
      ) {
        request = { ...request, recovery: { archiveFolder: request.recovery.archiveFolder } };
        continue;
      }
      const lingering =
        error instanceof ServerDidNotStart &&
        error.lastLines.some((line) => /pre-existing shared memory|lock file .* already exists|Address already in use/.test(line));
      if (!lingering || attempt === startAttempts) throw error;
      await cloud.world.clock.sleep(startPauseMs);
    }
  }
};

const targetNotReached = "recovery ended before configured recovery target was reached";

const start: StartPostgres = async (cloud, request) => {
  const { disk, processes, clock } = cloud.world;
  const { postgres, version } = await installation(cloud, request.major);
  const data = `${request.folder}/data`;
  const own = { certificateFile: `${data}/server.crt`, keyFile: `${data}/server.key` };
  const user = await serverUser(cloud);
  const configure = async (now: PostgresRequest, restoreFrom?: string) => {
    const certificate = await certificateFor(cloud, {
      owner: now.owner,
      names: ["localhost"],
      addresses: [...new Set([now.address, ...(now.alsoAt ?? [])])],
    });
    for (const file of ["certificateFile", "keyFile"] as const)
      await disk.replaceFile(own[file], await disk.files.readFile(certificate[file]));
    const replicates = now.follows !== undefined || now.followed;
    const passwordFile = `${data}/primary.pass`;
    const primary = now.follows && connectionString(now.follows, passwordFile, now.owner);
    if (primary) await disk.replaceFile(passwordFile, `*:*:*:${administrator}:${administratorPassword(cloud)}\n`);
    const loginAuthorityFile = now.gated ? `${data}/logins.crt` : undefined;
    if (loginAuthorityFile) await disk.replaceFile(loginAuthorityFile, (await loginAuthority(cloud)).certificate);
    await disk.replaceFile(
      `${data}/postgresql.conf`,
      serverConfiguration({
        ...now,
        certificate: own,
        loginAuthorityFile,
        outlivesPowerCut: disk.outlivesPowerCut,
        replicates: replicates || restoreFrom !== undefined,
        primary,
        restoreFrom,
      }),
    );
    await disk.replaceFile(`${data}/pg_hba.conf`, accessRules(now));
    await user.own(data);
  };
  await configure(request);
  if (request.follows) await disk.replaceFile(`${data}/standby.signal`, "");
  else await disk.files.rm(`${data}/standby.signal`, { force: true });
  await user.own(data);

  let ready = () => {};
  const takesConnections = new Promise<"ready">((done) => (ready = () => done("ready")));
  const log = openServerLog(cloud, `${request.folder}/log`, (line) => {
    if (/database system is ready to accept (read-only )?connections/.test(line)) ready();
    request.onLogLine?.(line);
  });
  const running = processes.spawn({
    ...user.run(postgres, ["-D", data, ...recoveryArguments(request.recovery)]),
    env: { TZ: "UTC", LC_ALL: "C", PATH: "/usr/bin:/bin" },
    cwd: data,
    stdout: "ignore",
  });
  running.stderr?.on("data", (bytes: Buffer) => log.append(bytes));
  const ended = running.stderr ? new Promise<void>((done) => running.stderr!.once("close", done)) : Promise.resolve();
  const exited = running.exited.then(async (exit) => {
    // Its sessions may write a little longer than it lives.
    await Promise.race([ended, new Promise((done) => setImmediate(done))]);
    log.close();
    return exit;
  });
  if ((await Promise.race([takesConnections, exited])) !== "ready") throw new ServerDidNotStart(`PostgreSQL ${version}`, log.lastLines());

  const connect = async (database: string): Promise<Client> => {
    const { default: pg } = await import("pg"); // at the first connection: it is not needed where no database is
    const client = new pg.Client({
      host: request.address,
      port: request.port,
      user: administrator,
      password: administratorPassword(cloud),
      database,
      ssl: false,
      application_name: "rdsadmin",
    });
    client.on("error", () => {}); // A server that stops cuts its sessions; the query that runs then says so itself.
    await client.connect();
    return client;
  };
  let current = request;
  const server: PostgresServer = {
    servedBy: `postgresql ${version}`,
    exited,
    async query(sql, { database = "postgres", parameters } = {}) {
      const client = await connect(database);
      try {
        const result = (await (parameters ? client.query(sql, [...parameters]) : client.query(sql))) as QueryResult | QueryResult[];
        return (Array.isArray(result) ? result.at(-1)!.rows : result.rows) as Record<string, unknown>[];
      } finally {
        await client.end();
      }
    },
    async *batches(sql, { database, rows }) {
      const client = await connect(database);
      try {
        yield* rowBatches(client, sql, rows);
      } finally {
        await client.end();
      }
    },
    async reload(changed) {
      current = { ...current, ...changed };
      await configure(current);
      running.signal("SIGHUP");
    },
    async archiveLog() {
      const { archiveFolder } = current;
      if (archiveFolder === undefined) return;
      const client = await connect("postgres");
      try {
        // A commit later than all others: a recovery to a time before it ends there.
        await client.query("select pg_current_xact_id()");
        await client.query("select pg_switch_wal()");
      } finally {
        await client.end();
      }
      await archiveFinished(cloud, data, archiveFolder);
    },
    async promote({ catchUpFrom }) {
      const { follows: _, ...alone } = current;
      current = alone;
      await configure(current, catchUpFrom && `${catchUpFrom}/pg_wal`);
      running.signal("SIGHUP");
      const [answer] = await server.query(`select pg_promote(true, ${promotionPatienceSeconds}) as promoted`);
      if (answer?.promoted !== true) throw new Error(`the copy did not become the writer within ${promotionPatienceSeconds} s`);
    },
    async backup(target) {
      const client = await connect("postgres");
      try {
        await client.query("select pg_backup_start('snapshot', true)");
        await copyWhileServing(cloud, data, `${target}.copy`);
        // Without waiting for the archiver: the log that it needs is copied below.
        const { rows } = await client.query("select labelfile, spcmapfile from pg_backup_stop(false)");
        const copy = `${target}.copy`;
        await disk.replaceFile(`${copy}/backup_label`, String((rows[0] as { labelfile: string }).labelfile));
        await disk.files.rm(`${copy}/postmaster.pid`, { force: true });
        await disk.files.rm(`${copy}/postmaster.opts`, { force: true });
        // The log that the end of the backup needs was written after the copy of pg_wal: take that folder again.
        await disk.files.rm(`${copy}/pg_wal`, { recursive: true, force: true });
        await copyWhileServing(cloud, `${data}/pg_wal`, `${copy}/pg_wal`);
        // Of a copy it says up to where the log has to be replayed before the data hold together, so it comes last (as in pg_basebackup).
        if (current.follows)
          await disk.files.writeFile(`${copy}/global/pg_control`, await disk.files.readFile(`${data}/global/pg_control`));
        await user.own(copy);
        await disk.files.rename(copy, target);
      } finally {
        await client.end();
      }
    },
    copy: () => current.follows !== undefined,
    async stop() {
      running.signal("SIGINT"); // fast shutdown
      const giveUp = clock.after(stopPatienceMs, () => running.signal("SIGQUIT"));
      await exited;
      giveUp();
    },
    usage: () => running.usage(),
  };
  return server;
};

/** They stand on the command line, so that they are gone when the server is started the next time. */
function recoveryArguments(recovery: PostgresRequest["recovery"]): string[] {
  if (!recovery) return [];
  const { targetTime } = recovery;
  // An offset in figures: on the command line the names of time zones, `Z` too, are not known yet.
  const target =
    targetTime === undefined ? [] : [`recovery_target_time=${targetTime.replace("Z", "+00")}`, "recovery_target_action=promote"];
  return [`restore_command=${restoreCommand(recovery.archiveFolder)}`, ...target].flatMap((setting) => ["-c", setting]);
}

/** A server drops and renames files while they are copied: then the copy is made again. */
async function copyWhileServing(cloud: Cloud, from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await copyFolder(cloud, from, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || attempt === copyAttempts) throw error;
    }
  }
}

/** How a copy reaches the server that it follows. The password stands in a file of its own: PostgreSQL writes changed settings into its log. */
function connectionString({ address, port }: { address: string; port: number }, passwordFile: string, owner: string): string {
  const name = owner.split("/").at(-1)!;
  const path = passwordFile.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  return `host=${address} port=${port} user=${administrator} passfile='${path}' sslmode=disable application_name=${name}`;
}
