/** The parameters of a family: PostgreSQL's own, as the binary describes them, and those that RDS adds. */
import type { Input } from "../../aws.ts";
import type { Cloud } from "../../cloud.ts";
import { type KnownParameter, knownParameters } from "../../runtime/postgres/known-parameters.ts";
import { invalidCombination, invalidValue } from "./errors.ts";

export type ApplyMethod = "immediate" | "pending-reboot";

/** RDS's own, which PostgreSQL does not know. `rds.force_ssl` acts; the others are recorded. */
const rdsParameters: readonly KnownParameter[] = [
  {
    name: "rds.accepted_password_auth_method",
    context: "sighup",
    type: "ENUM",
    bootValue: "md5+scram",
    description: "Password authentication methods accepted for connections, md5+scram or scram.",
  },
  {
    name: "rds.enable_plan_management",
    context: "postmaster",
    type: "BOOLEAN",
    bootValue: "0",
    description: "Enable or disable the apg_plan_mgmt extension.",
  },
  {
    name: "rds.force_admin_logging_level",
    context: "sighup",
    type: "ENUM",
    bootValue: "disabled",
    description: "See log messages for RDS admin user actions in customer databases.",
  },
  {
    name: "rds.force_autovacuum_logging_level",
    context: "sighup",
    type: "ENUM",
    bootValue: "warning",
    description: "See log messages related to autovacuum operations.",
  },
  { name: "rds.force_ssl", context: "sighup", type: "BOOLEAN", bootValue: "1", description: "Force SSL connections." },
  {
    name: "rds.log_retention_period",
    context: "sighup",
    type: "INTEGER",
    bootValue: "4320",
    min: "1440",
    max: "10080",
    description: "Amazon RDS will delete PostgreSQL log that are older than N minutes.",
  },
  { name: "rds.logical_replication", context: "postmaster", type: "BOOLEAN", bootValue: "0", description: "Enables logical decoding." },
  {
    name: "rds.rds_superuser_reserved_connections",
    context: "postmaster",
    type: "INTEGER",
    bootValue: "2",
    min: "0",
    max: "8388607",
    description: "Sets the number of connection slots reserved for rds_superusers.",
  },
  {
    name: "rds.restrict_password_commands",
    context: "postmaster",
    type: "BOOLEAN",
    bootValue: "0",
    description: "Restricts password-related commands to members of rds_password.",
  },
];

/** Where RDS's default is not PostgreSQL's own. */
const rdsDefaults: Readonly<Record<string, string>> = {
  autovacuum_vacuum_scale_factor: "0.1",
  autovacuum_analyze_scale_factor: "0.05",
  checkpoint_completion_target: "0.9",
  effective_cache_size: "{DBInstanceClassMemory/16384}",
  idle_in_transaction_session_timeout: "86400000",
  log_destination: "stderr",
  log_line_prefix: "%t:%r:%u@%d:[%p]:",
  maintenance_work_mem: "GREATEST({DBInstanceClassMemory*1024/63963136},65536)",
  max_connections: "LEAST({DBInstanceClassMemory/9531392},5000)",
  password_encryption: "scram-sha-256",
  shared_buffers: "{DBInstanceClassMemory/32768}",
  shared_preload_libraries: "pg_stat_statements",
  ssl: "1",
  wal_compression: "zstd",
};

/** Places and files, which RDS sets itself. */
const ownedByRds =
  /^(listen_addresses|port|unix_socket_.*|data_directory|config_file|hba_file|ident_file|external_pid_file|ssl|ssl_(cert|key|ca|crl|dh|passphrase).*|archive_.*|restore_command|recovery_.*|primary_.*|log_destination|logging_collector|log_directory|log_filename|log_file_mode|log_line_prefix|log_timezone|syslog_.*|event_source|cluster_name|bonjour.*|krb_.*|allow_system_table_mods|zero_damaged_pages|ignore_.*|data_sync_retry|fsync|full_page_writes|wal_level|hot_standby|stats_temp_directory|dynamic_library_path|local_preload_libraries|password_encryption)$/;

/** Kept and answered, but not given to the server: sizes for a machine that this is not. */
const recordedOnly = new Set([
  "shared_buffers",
  "huge_pages",
  "effective_cache_size",
  "min_wal_size",
  "max_wal_size",
  "wal_buffers",
  "dynamic_shared_memory_type",
  "shared_memory_type",
  "wal_compression",
]);

export type ParameterInput = NonNullable<Input<"rds", "ModifyDBParameterGroup">["Parameters"]>[number];

export interface FamilyParameter extends KnownParameter {
  modifiable: boolean;
  static: boolean;
  defaultValue: string | undefined;
}

export async function familyParameters(cloud: Cloud, major: number): Promise<ReadonlyMap<string, FamilyParameter>> {
  const all = [...(await knownParameters(cloud, major)).values(), ...rdsParameters].sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map(
    all.map((known) => {
      const own = ownedByRds.test(known.name);
      const standard = rdsDefaults[known.name] ?? (known.name.startsWith("rds.") ? known.bootValue : undefined);
      return [
        known.name,
        { ...known, modifiable: known.context !== "internal" && !own, static: known.context === "postmaster", defaultValue: standard },
      ];
    }),
  );
}

function allowedValues(parameter: KnownParameter): string | undefined {
  if (parameter.type === "BOOLEAN") return "0,1";
  if (parameter.min !== undefined && parameter.max !== undefined) return `${parameter.min}-${parameter.max}`;
  return undefined;
}

/** Throws AWS's error unless the change is one that RDS takes. A formula (`{DBInstanceClassMemory/…}`) passes where a number is asked for. */
export function checkParameter(
  family: string,
  known: FamilyParameter | undefined,
  change: ParameterInput,
): { name: string; value: string; method: ApplyMethod } {
  const name = change.ParameterName;
  if (!name || change.ParameterValue === undefined || !change.ApplyMethod) {
    throw invalidValue("The parameters ParameterName, ParameterValue, and ApplyMethod are required.");
  }
  if (!known) throw invalidValue(`Could not find parameter with name: ${name}`);
  if (!known.modifiable) throw invalidValue(`The parameter ${name} cannot be modified.`);
  if (change.ApplyMethod !== "immediate" && change.ApplyMethod !== "pending-reboot")
    throw invalidValue(`Invalid apply method: ${String(change.ApplyMethod)}`);
  if (change.ApplyMethod === "immediate" && known.static)
    throw invalidCombination("cannot use immediate apply method for static parameter");
  const value = change.ParameterValue;
  const fault = () =>
    invalidValue(`Invalid parameter value: ${value} for: ${name} allowed values are: ${allowedValues(known) ?? `those of ${family}`}`);
  if (known.type === "BOOLEAN" && !/^(0|1|on|off|true|false)$/i.test(value)) throw fault();
  if ((known.type === "INTEGER" || known.type === "REAL") && !/[{(]/.test(value)) {
    const number = Number(value);
    if (value.trim() === "" || Number.isNaN(number) || (known.type === "INTEGER" && !Number.isInteger(number))) throw fault();
    if (number < Number(known.min ?? -Infinity) || number > Number(known.max ?? Infinity)) throw fault();
  }
  return { name, value, method: change.ApplyMethod };
}

/** One call changes at most twenty. */
export function checkCount(parameters: readonly ParameterInput[]): readonly ParameterInput[] {
  if (parameters.length === 0 || parameters.length > 20) throw invalidValue("The number of parameters must be between 1 and 20.");
  return parameters;
}

/** A parameter as describes show it, with the value that a group gives it. */
export function parameterShape(
  parameter: FamilyParameter,
  group: { values: Readonly<Record<string, { value: string; method: ApplyMethod }>> },
) {
  const given = group.values[parameter.name];
  const value = given?.value ?? parameter.defaultValue;
  const allowed = allowedValues(parameter);
  return {
    ParameterName: parameter.name,
    ...(value !== undefined && { ParameterValue: value }),
    Description: parameter.description,
    Source: given ? "user" : parameter.defaultValue !== undefined ? "system" : "engine-default",
    ApplyType: parameter.static ? "static" : "dynamic",
    DataType: parameter.type === "ENUM" ? "string" : parameter.type === "REAL" ? "float" : parameter.type.toLowerCase(),
    ...(allowed && { AllowedValues: allowed }),
    IsModifiable: parameter.modifiable,
    ApplyMethod: given?.method ?? ("pending-reboot" as const),
  };
}

/**
 * What of a group's values the server gets: not RDS's own, not formulas over a machine's memory, no library that is not there.
 * `pg_stat_statements` is preloaded unless the group says otherwise, as on RDS.
 */
export function serverParameters(values: Readonly<Record<string, string>>, hasLibrary: (name: string) => boolean): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries({ shared_preload_libraries: "pg_stat_statements", ...values })) {
    if (name.startsWith("rds.") || recordedOnly.has(name) || /[{(]/.test(value)) continue;
    given[name] =
      name === "shared_preload_libraries"
        ? value
            .split(",")
            .map((each) => each.trim())
            .filter((each) => each && hasLibrary(each))
            .join(",")
        : value;
  }
  if (values["rds.logical_replication"] === "1") given.wal_level = "logical";
  return given;
}

/** Whether connections without TLS are turned away; they are unless a group says otherwise. */
export const forcesTls = (values: Readonly<Record<string, string>>): boolean => !/^(0|off|false)$/i.test(values["rds.force_ssl"] ?? "1");
