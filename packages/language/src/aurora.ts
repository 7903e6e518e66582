/** A PostgreSQL database on Aurora: storage that grows by itself, and capacity that follows the load, down to a pause. */
import type { Days, Duration, LogRetention } from "./duration.ts";
import type { OpenFacet, ReadOnlyFacet, SecretFacet, standsInBrowser, standsInEnv, standsInText, standsInUses } from "./env.ts";
import { declare, facet, type Declaration } from "./declaration.ts";
import type { AuroraInstance } from "./instance-class.ts";
import type { Override } from "./override.ts";
import type { BackupCopy, DatabaseSecretNames } from "./postgres.ts";
import type { Region } from "./region.ts";
import type { RotationInterval } from "./rotation.ts";

/** A major version of Aurora PostgreSQL; the compiler knows the current minor of each. */
export type AuroraVersion = "14" | "15" | "16" | "17";

/** How much of a machine a serverless database may take, in Aurora capacity units (ACU): about 2 GB of memory each, with processor to match. */
export interface Capacity {
  /** The least, 0 or 0.5 to 256 in halves. 0: it pauses when nobody is connected, and wakes in about 15 seconds. @default 0.5 */
  readonly min?: number;
  /** The most, 1 to 256 in halves. @default 4 */
  readonly max?: number;
  /**
   * After what time without a connection it pauses, 5 minutes to 1 day. Only with `min: 0`, without `proxy` and `globalRegions`: each of them keeps it
   * awake. @default "5 minutes" with `min: 0`
   */
  readonly pauseAfter?: Duration;
}

export interface AuroraOptions {
  /** The major version. @default "17" */
  readonly version?: AuroraVersion;
  /** Its capacity as a serverless database. @default { min: 0.5, max: 4 } */
  readonly capacity?: Capacity;
  /** A fixed machine in place of `capacity`. @default serverless */
  readonly instance?: AuroraInstance;
  /** Copies beside the writer that answer `.readOnly`, and to the first of which it fails over: 0 to 15. @default 0 */
  readonly readers?: number;
  /**
   * RDS Proxy in front: programs share its connections, and a failover cuts none of them. It costs by capacity, and a database behind it never pauses.
   * @default false
   */
  readonly proxy?: boolean;
  /** Further regions that hold a copy within a second, for reading and for disaster: 0 to 10, each with a network of its own, joined with the app's. @default none */
  readonly globalRegions?: readonly Region[];
  /** Extensions that stand in the database after the deploy, made with all that they need (`CREATE EXTENSION … CASCADE`). @default none */
  readonly extensions?: readonly string[];
  /** Continuous backups, and how far back one can go: 1 to 35 days, `@default 7 days`; and by AWS Backup a copy of each day elsewhere. @default no copy */
  readonly backup?: { readonly retain?: Days; readonly copy?: BackupCopy };
  /** Cluster parameters beside `rds.force_ssl`: `{ log_min_duration_statement: 500 }`. @default none */
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** Send the server's log to CloudWatch Logs. It pins the cluster's name to `{app}-{stage}-{key}`, unless `name` does. @default not sent */
  readonly logs?: { readonly retain: LogRetention };
  /** What Secrets Manager calls its secrets. @default generated */
  readonly secrets?: DatabaseSecretNames;
  /**
   * Change the password that programs have by itself, while they go on: the two logins take turns, and the programs that use the database roll.
   * @default only by `plinth secrets rotate`
   */
  readonly rotate?: RotationInterval;
  /** The database made at creation: 1 to 63 letters, digits and `_`, a letter first. Changing it makes a new cluster. @default the app's name */
  readonly database?: string;
  /**
   * The snapshot that its data begins with: 1 to 255 letters, digits and `-`, or an ARN. Another one makes a new server beside the present one, which
   * its programs then use, and so does none: it stays in the file. The server keeps the snapshot's major version. @default it begins empty
   */
  readonly restoreFrom?: string;
  /** Refuse to be deleted until this is taken away. @default in production stages */
  readonly protect?: boolean;
  /** What RDS calls the cluster: 1 to 63 letters, digits and `-`. @default generated */
  readonly name?: string;
  /** Changes to what is generated. `DBInstance` is asked for each of them. @default none */
  readonly override?: Override<{
    DBCluster: "AWS::RDS::DBCluster";
    DBInstance: "AWS::RDS::DBInstance";
    DBClusterParameterGroup: "AWS::RDS::DBClusterParameterGroup";
    DBSubnetGroup: "AWS::RDS::DBSubnetGroup";
    DBProxy: "AWS::RDS::DBProxy";
    Connection: "AWS::SecretsManager::Secret";
    SecurityGroup: "AWS::EC2::SecurityGroup";
  }>;
}

/** A database. In `env` it stands for its URL, a secret: `postgresql://user:password@host:5432/database?sslmode=require`. */
export interface Aurora extends Declaration<"aurora"> {
  /** The name of the writer, or of the proxy before it. */
  readonly host: OpenFacet;
  /** The server's port. */
  readonly port: OpenFacet;
  /** The login in use; it changes when the password is rotated. */
  readonly user: SecretFacet;
  /** The login's password. */
  readonly password: SecretFacet;
  /** The name of the database. */
  readonly database: OpenFacet;
  /** The URL of a login that can read and nothing else, on the readers where there are some. */
  readonly readOnly: ReadOnlyFacet;
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "may stand in uses";
  readonly [standsInText]: "a secret cannot stand in text";
  readonly [standsInBrowser]: "a secret must not reach the browser";
}

/** Declares a database. `aurora()` alone follows the load from 0.5 to 4 ACU. */
export function aurora(options: AuroraOptions = {}): Aurora {
  return declare("aurora", options, (own) => ({
    host: facet(own, "host"),
    port: facet(own, "port"),
    user: facet(own, "user"),
    password: facet(own, "password"),
    database: facet(own, "database"),
    readOnly: facet(own, "readOnly"),
  }));
}
