/** ARNs, and the rules for the names and passwords that callers choose. */
import type { Principal } from "../../identity/principal.ts";
import type { Random } from "../../world.ts";
import { invalidValue } from "./errors.ts";

export type ArnKind =
  | "db"
  | "subgrp"
  | "pg"
  | "og"
  | "snapshot"
  | "auto-backup"
  | "cluster"
  | "cluster-pg"
  | "cluster-snapshot"
  | "cluster-auto-backup"
  | "global-cluster"
  | "db-proxy"
  | "db-proxy-endpoint"
  | "target-group";

export function arnOf({ region, account }: { region: string; account: string }, kind: ArnKind, name: string): string {
  return `arn:aws:rds:${kind === "global-cluster" ? "" : region}:${account}:${kind}:${name}`;
}

/** Throws unless `value` can identify an instance, a snapshot or a group; answers it in lower case, as RDS keeps it. */
export function checkIdentifier(parameter: string, value: string, maxLength: number): string {
  if (value === "") throw invalidValue(`The parameter ${parameter} must be provided and must not be blank.`);
  if (value.length > maxLength || !/^[a-zA-Z](?:-?[a-zA-Z0-9])*$/.test(value)) {
    throw invalidValue(
      `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
    );
  }
  return value.toLowerCase();
}

/** AWS Backup names its snapshots as nobody else may. */
export function checkSnapshotName(
  principal: Principal,
  parameter: string,
  value: string,
): { identifier: string; type: "manual" | "awsbackup" } {
  if (isAwsBackup(principal) && /^awsbackup:(copy)?job-[a-z0-9-]+$/.test(value)) {
    return { identifier: value, type: "awsbackup" };
  }
  return { identifier: checkIdentifier(parameter, value, 255), type: "manual" };
}

/** Whether it is AWS Backup that calls. */
export function isAwsBackup(principal: Principal): boolean {
  return principal.kind === "service" && principal.service === "backup.amazonaws.com";
}

const passwordLength = { min: 8, max: 128 };

export function checkMasterPassword(password: string): void {
  const fault = (why: string) => invalidValue(`The parameter MasterUserPassword is not a valid password${why}`);
  if (!/^[\x21-\x7e]*$/.test(password) || /[/@" ]/.test(password)) {
    throw fault(`. Only printable ASCII characters besides '/', '@', '"', ' ' may be used.`);
  }
  if (password.length < passwordLength.min) throw fault(` because it is shorter than ${passwordLength.min} characters.`);
  if (password.length > passwordLength.max) throw fault(` because it is longer than ${passwordLength.max} characters.`);
}

/** Words that PostgreSQL or RDS keeps for itself (AWS, "Settings for DB instances"). */
const reservedUsernames = new Set([
  "rdsadmin",
  "postgresql",
  "admin",
  "public",
  "user",
  "rds_superuser",
  "rds_password",
  "rds_replication",
  "rds_iam",
  "rdsrepladmin",
  "rdstopmgr",
  "none",
]);

export function checkMasterUsername(name: string): void {
  if (reservedUsernames.has(name.toLowerCase()) || name.toLowerCase().startsWith("pg_")) {
    throw invalidValue(`MasterUsername ${name} cannot be used as it is a reserved word used by the engine`);
  }
  if (!/^[a-zA-Z][a-zA-Z0-9_]{0,62}$/.test(name)) {
    throw invalidValue(
      "The parameter MasterUsername is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and underscores; and must not be longer than 63 characters.",
    );
  }
}

export function checkDatabaseName(name: string): void {
  if (["db", "rdsadmin", "template0", "template1"].includes(name.toLowerCase())) {
    throw invalidValue(`DBName ${name} cannot be used. It is a reserved word for this engine`);
  }
  if (!/^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/.test(name)) {
    throw invalidValue("DBName must begin with a letter and contain only alphanumeric characters.");
  }
}

/** A password as RDS makes for a secret that it manages: 28 characters, none of which it forbids. */
export function generatedPassword(random: Random): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,-.:;<=>?[]^_{|}~";
  return random.text(28, alphabet);
}
