/** The two files that rule a server: its settings and who may log in how. */
import type { CertificateFiles } from "../authority.ts";
import { archiveCommand } from "./log-archive.ts";
import { administrator } from "./pristine-data.ts";

export interface ServerSettings {
  address: string;
  port: number;
  /** Of the server's user, in the data folder. */
  certificate: CertificateFiles;
  /** Whether a connection without TLS is turned away (`rds.force_ssl`). */
  forceTls: boolean;
  /** The certificate of who vouches for roles, where a gate stands before it. */
  loginAuthorityFile?: string | undefined;
  maxConnections: number;
  archiveFolder?: string | undefined;
  /** See `Disk.outlivesPowerCut`. */
  outlivesPowerCut: boolean;
  /** What a copy follows, as libpq's connection string. */
  primary?: string | undefined;
  /** Whether it follows or is followed. */
  replicates?: boolean | undefined;
  /** A folder with the log of a server that has ended, from which a copy takes what it has not got yet. */
  restoreFrom?: string | undefined;
  /** By PostgreSQL's names, in PostgreSQL's units; they come last, so that they win. */
  parameters: Readonly<Record<string, string>>;
}

/** `postgresql.conf`. What a laptop cannot give, as RDS's quarter of the memory for buffers, is kept small. */
export function serverConfiguration(settings: ServerSettings): string {
  const lines: Record<string, string> = {
    listen_addresses: settings.address,
    port: String(settings.port),
    unix_socket_directories: "",
    ssl: "on",
    ssl_cert_file: settings.certificate.certificateFile,
    ssl_key_file: settings.certificate.keyFile,
    ...(settings.loginAuthorityFile !== undefined && { ssl_ca_file: settings.loginAuthorityFile }),
    ssl_min_protocol_version: "TLSv1.2",
    password_encryption: "scram-sha-256",
    max_connections: String(settings.maxConnections),
    shared_buffers: "16MB",
    max_wal_size: "256MB",
    min_wal_size: "32MB",
    max_parallel_workers: "2",
    max_worker_processes: "8",
    log_destination: "stderr",
    logging_collector: "off",
    // As RDS writes its lines.
    log_line_prefix: "%t:%r:%u@%d:[%p]:",
    log_timezone: "UTC",
    timezone: "UTC",
    checkpoint_timeout: "300",
    hot_standby: "off",
    // Always on, since turning it on asks for a restart; the command decides.
    archive_mode: "on",
    archive_command: archiveCommand(settings.archiveFolder, settings.outlivesPowerCut),
    fsync: settings.outlivesPowerCut ? "on" : "off",
    ...(settings.replicates && replication(settings)),
    ...settings.parameters,
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name} = '${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'\n`)
    .join("");
}

/** A copy answers reads, does not let the first one clean up what its queries still see, and looks again soon when it has lost it. */
function replication({ primary, restoreFrom }: Pick<ServerSettings, "primary" | "restoreFrom">): Record<string, string> {
  return {
    hot_standby: "on",
    hot_standby_feedback: "on",
    // For copies that were away for a moment; one that was away for longer is made anew.
    wal_keep_size: "128MB",
    wal_retrieve_retry_interval: "100ms",
    ...(primary && { primary_conninfo: primary }),
    ...(restoreFrom && { restore_command: `cp ${quoted(restoreFrom)}/%f "%p" 2>/dev/null` }),
  };
}

/** A path as a shell takes it, in a setting where PostgreSQL reads `%` as the beginning of a placeholder. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`).replaceAll("%", "%%")}'`;
}

/** `pg_hba.conf`. The administrator comes from this machine only, which is where everybody comes from. */
export function accessRules({ forceTls, gated }: Pick<ServerSettings, "forceTls"> & { gated?: boolean }): string {
  const kind = forceTls || gated ? "hostssl" : "host";
  return [
    `host all ${administrator} 127.0.0.0/8 scram-sha-256`,
    `host all ${administrator} all reject`,
    `${kind} all all all ${gated ? "cert" : "scram-sha-256"}`,
    `host replication ${administrator} 127.0.0.0/8 scram-sha-256`,
    `${kind} replication all all reject`,
    "",
  ].join("\n");
}
