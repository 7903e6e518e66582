/** A PostgreSQL database on RDS. */
import type { Days, LogRetention } from "./duration.ts";
import type { OpenFacet, ReadOnlyFacet, SecretFacet, standsInBrowser, standsInEnv, standsInText, standsInUses } from "./env.ts";
import { declare, facet, type Declaration } from "./declaration.ts";
import type { Override } from "./override.ts";
import type { PostgresInstance } from "./instance-class.ts";
import type { Region } from "./region.ts";
import type { RotationInterval } from "./rotation.ts";

/** A major version of PostgreSQL; the compiler knows the current minor of each. */
export type PostgresVersion = "14" | "15" | "16" | "17" | "18";

/** What Secrets Manager calls the secrets of a database, each 1 to 512 of `A-Z a-z 0-9 / _ + = . @ -`. */
export interface DatabaseSecretNames {
  /** The one with the whole URL and its parts, that programs get. @default generated */
  readonly connection?: string;
  /** The one with the administrator's user and password. @default generated */
  readonly password?: string;
}

/** A copy of each day in another region, for the day on which the first one is gone. */
export interface BackupCopy {
  /** Where: another region than the app's. */
  readonly region: Region;
  /** How long a copy is kept there, 1 to 36500 days. @default 35 days */
  readonly retain?: Days;
}

export interface PostgresOptions {
  /** The major version. @default "17" */
  readonly version?: PostgresVersion;
  /** The machine. @default "db.t4g.micro" */
  readonly instance?: PostgresInstance;
  /** Storage in gigabytes (gp3), 20 to 65536. It can grow, never shrink. @default 20 */
  readonly storage?: number;
  /** Up to how many gigabytes storage grows by itself, `storage` + 10 % to 65536. @default it does not */
  readonly maxStorage?: number;
  /** A standby in a second zone, to which RDS turns when the first fails. @default false */
  readonly multiAz?: boolean;
  /** Extensions that stand in the database after the deploy, made with all that they need (`CREATE EXTENSION … CASCADE`). @default none */
  readonly extensions?: readonly string[];
  /** Automatic backups, and how far back one can go: 0 (none) to 35 days, `@default 7 days`; and by AWS Backup a copy of each day elsewhere. @default no copy */
  readonly backup?: { readonly retain?: Days | "0 days"; readonly copy?: BackupCopy };
  /** Server parameters beside `rds.force_ssl`: `{ log_min_duration_statement: 500 }`. @default none */
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** Send the server's log to CloudWatch Logs. It pins the instance's name to `{app}-{stage}-{key}`, unless `name` does. @default not sent */
  readonly logs?: { readonly retain: LogRetention };
  /** What Secrets Manager calls its secrets. @default generated */
  readonly secrets?: DatabaseSecretNames;
  /**
   * Change the password that programs have by itself, while they go on: the two logins take turns, and the programs that use the database roll.
   * @default only by `plinth secrets rotate`
   */
  readonly rotate?: RotationInterval;
  /** The database made at creation: 1 to 63 letters, digits and `_`, a letter first. Changing it makes a new server. @default the app's name */
  readonly database?: string;
  /**
   * The snapshot that its data begins with: 1 to 255 letters, digits and `-`, or an ARN. Another one makes a new server beside the present one, which
   * its programs then use, and so does none: it stays in the file. The server keeps the snapshot's major version. @default it begins empty
   */
  readonly restoreFrom?: string;
  /** Refuse to be deleted until this is taken away. @default in production stages */
  readonly protect?: boolean;
  /** What RDS calls the instance: 1 to 63 letters, digits and `-`. @default generated */
  readonly name?: string;
  /** Changes to what is generated. @default none */
  readonly override?: Override<{
    DBInstance: "AWS::RDS::DBInstance";
    DBParameterGroup: "AWS::RDS::DBParameterGroup";
    DBSubnetGroup: "AWS::RDS::DBSubnetGroup";
    Connection: "AWS::SecretsManager::Secret";
    SecurityGroup: "AWS::EC2::SecurityGroup";
  }>;
}

/** A database. In `env` it stands for its URL, a secret: `postgresql://user:password@host:5432/database?sslmode=require`. */
export interface Postgres extends Declaration<"postgres"> {
  /** The server's name. */
  readonly host: OpenFacet;
  /** The server's port. */
  readonly port: OpenFacet;
  /** The login in use; it changes when the password is rotated. */
  readonly user: SecretFacet;
  /** The login's password. */
  readonly password: SecretFacet;
  /** The name of the database. */
  readonly database: OpenFacet;
  /** The URL of a login that can read and nothing else. */
  readonly readOnly: ReadOnlyFacet;
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "may stand in uses";
  readonly [standsInText]: "a secret cannot stand in text";
  readonly [standsInBrowser]: "a secret must not reach the browser";
}

/** Declares a database. `postgres()` alone is a sound one. */
export function postgres(options: PostgresOptions = {}): Postgres {
  return declare("postgres", options, (own) => ({
    host: facet(own, "host"),
    port: facet(own, "port"),
    user: facet(own, "user"),
    password: facet(own, "password"),
    database: facet(own, "database"),
    readOnly: facet(own, "readOnly"),
  }));
}
