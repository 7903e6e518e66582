/** What the administration task says to the database: roles, logins and extensions, as often as one likes with the same end. */

/** The role that owns the objects; both of a database's logins act as it. */
export const ownerRole = "app";
/** The role that reads what the owner makes, and nothing else. */
export const readerRole = "app_read";

/** The number of the lock that a task holds while it administers: "plinth" in letters, as a number that fits. */
const administrationLock = 0x706c696e7468;

/** A login and its password, as a verifier: no clear text reaches the server or its log. */
export interface LoginVerifier {
  readonly username: string;
  /** As `scramVerifier` makes it. */
  readonly verifier: string;
}

export interface AdministrationOptions {
  /** The role that the logins act as: `ownerRole` or `readerRole`. */
  readonly owner: string;
  readonly logins: { readonly a: LoginVerifier; readonly b: LoginVerifier };
  readonly extensions: readonly string[];
  readonly database: string;
}

/**
 * SQL that the master runs in the database. Idempotent: roles are made where they lack, passwords are set to what the secrets hold,
 * extensions are made with what they need, and none is dropped.
 */
export function administrationSql({ owner, logins, extensions, database }: AdministrationOptions): string {
  const reads = owner === readerRole;
  return [
    // The owners' and the readers' task may run at once, and both make the owner's role: one waits for the other's end.
    `DO $plinth$ BEGIN PERFORM pg_advisory_xact_lock(${administrationLock}); END $plinth$;`,
    ...(reads ? [makeRole(ownerRole)] : []),
    makeRole(owner),
    loginSql(logins.a, owner),
    loginSql(logins.b, owner),
    ...(reads ? readerRights(owner, database) : ownerRights(owner, database)),
    ...extensions.map((extension) => `CREATE EXTENSION IF NOT EXISTS ${name(extension)} CASCADE;`),
  ].join("\n");
}

/** SQL that gives one login another password, and makes it where somebody has dropped it: who is connected as it stays connected. */
export function loginSql({ username, verifier }: LoginVerifier, owner: string): string {
  return [
    makeRole(username),
    `ALTER ROLE ${name(username)} WITH LOGIN PASSWORD ${text(verifier)};`,
    `GRANT ${name(owner)} TO ${name(username)};`,
    `ALTER ROLE ${name(username)} SET role = ${text(owner)};`,
    ...(owner === readerRole ? [`ALTER ROLE ${name(username)} SET default_transaction_read_only = on;`] : []),
  ].join("\n");
}

function ownerRights(owner: string, database: string): string[] {
  return [
    `GRANT ALL PRIVILEGES ON DATABASE ${name(database)} TO ${name(owner)};`,
    `GRANT USAGE, CREATE ON SCHEMA public TO ${name(owner)};`,
  ];
}

/** Reading of everything that the owner has made and will make. Acting for the owner needs membership in it. */
function readerRights(reader: string, database: string): string[] {
  const ofOwner = `ALTER DEFAULT PRIVILEGES FOR ROLE ${name(ownerRole)}`;
  return [
    `GRANT ${name(ownerRole)} TO CURRENT_USER;`,
    `GRANT CONNECT ON DATABASE ${name(database)} TO ${name(reader)};`,
    `GRANT USAGE ON SCHEMA public TO ${name(reader)};`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${name(reader)};`,
    `GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ${name(reader)};`,
    `${ofOwner} GRANT USAGE ON SCHEMAS TO ${name(reader)};`,
    `${ofOwner} GRANT SELECT ON TABLES TO ${name(reader)};`,
    `${ofOwner} GRANT SELECT ON SEQUENCES TO ${name(reader)};`,
  ];
}

function makeRole(role: string): string {
  return [
    "DO $plinth$ BEGIN",
    `  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${text(role)}) THEN CREATE ROLE ${name(role)} NOLOGIN; END IF;`,
    "END $plinth$;",
  ].join("\n");
}

/** An identifier. */
function name(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** A string constant. */
function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
