/** What a new instance holds before its user comes: RDS's roles, the master user and its database. */
import type { GateRole } from "./gate.ts";
import type { PostgresServer } from "./server.ts";

export interface FirstDatabase {
  masterUsername: string;
  /** A SCRAM verifier, so that the password appears in no log. */
  masterVerifier: string;
  /** Made beside `postgres` when it is given. */
  databaseName?: string | undefined;
}

/**
 * The master user is no superuser, as on RDS: it makes databases and roles, reads all statistics, ends sessions, and may
 * create the extensions that RDS trusts. Safe to repeat.
 */
export async function makeMasterUser(
  server: PostgresServer,
  { masterUsername, masterVerifier, databaseName }: FirstDatabase,
): Promise<void> {
  const master = identifier(masterUsername);
  const rows = await server.query("select rolname from pg_roles");
  const roles = new Set(rows.map(({ rolname }) => rolname));
  const statements: string[] = [];
  for (const role of ["rds_password", "rds_iam", "rds_replication"]) if (!roles.has(role)) statements.push(`create role ${role} nologin`);
  if (!roles.has("rds_superuser")) {
    statements.push("create role rds_superuser nologin");
    const given = [
      "pg_monitor",
      "pg_signal_backend",
      "rds_password",
      "rds_replication",
      "pg_checkpoint",
      "pg_use_reserved_connections",
      "pg_create_subscription",
      "pg_maintain",
    ];
    const known = given.filter((role) => role.startsWith("rds_") || roles.has(role));
    statements.push(`grant ${known.join(", ")} to rds_superuser with admin option`);
  }
  if (!roles.has(masterUsername)) statements.push(`create role ${master} login createdb createrole`);
  statements.push(
    `alter role ${master} password ${literal(masterVerifier)} valid until 'infinity'`,
    // So that who is one may grant it. Whoever is granted it by way of this alone logs in with a password (`roleAtGate`).
    "grant rds_iam to rds_superuser with admin option",
    `grant rds_superuser to ${master} with admin option`,
    `alter database postgres owner to ${master}`,
    `alter database template1 owner to ${master}`,
  );
  await server.query(statements.join("; "));
  if (databaseName && databaseName !== "postgres") {
    const [found] = await server.query("select 1 from pg_database where datname = $1", { parameters: [databaseName] });
    await server.query(`${found ? "alter" : "create"} database ${identifier(databaseName)} ${found ? "owner to" : "owner"} ${master}`);
  }
}

/**
 * What a gate has to know of a role: whether it has been granted `rds_iam`, and the password that counts now. Who may only grant a role on, as
 * `rds_superuser` may with `rds_iam` and, from PostgreSQL 16 on, who has created a role with that, has not got it.
 */
export async function roleAtGate(server: PostgresServer, user: string): Promise<GateRole | undefined> {
  const [found] = await server.query(
    `with recursive granted as (
       select to_regrole('rds_iam')::oid as role
       union select edge.member from pg_auth_members edge join granted on edge.roleid = granted.role
       where edge.member is distinct from to_regrole('rds_superuser') and to_jsonb(edge) @? '$ ? (!exists(@.set_option) || @.set_option == true || @.inherit_option == true)')
     select rolcanlogin, exists (select from granted where granted.role = pg_authid.oid) as bytoken,
       case when rolvaliduntil < now() then null else rolpassword end as verifier
     from pg_authid where rolname = $1`,
    { parameters: [user] },
  );
  return found && { canLogin: found.rolcanlogin === true, verifier: found.verifier as string | null, byToken: found.bytoken === true };
}

/** Gives the master user another password; sessions that are open stay. */
export async function changeMasterPassword(server: PostgresServer, masterUsername: string, verifier: string): Promise<void> {
  await server.query(`alter role ${identifier(masterUsername)} password ${literal(verifier)}`);
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
