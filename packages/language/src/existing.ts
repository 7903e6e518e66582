/** What is there already: reached, never changed. */
import type { SecretFacet, standsInBrowser, standsInEnv, standsInText, standsInUses, UseFacet } from "./env.ts";
import { declare, facet, type Declaration } from "./declaration.ts";

export interface ExistingVpc {
  /** Its public subnets, one for each zone in use: programs with public addresses. At least two in all. */
  readonly publicSubnets?: readonly `subnet-${string}`[];
  /** Its private subnets with a way out. @default none: programs have public addresses */
  readonly privateSubnets?: readonly `subnet-${string}`[];
  /** Where databases and caches stand; at least two zones. @default privateSubnets, else publicSubnets */
  readonly databaseSubnets?: readonly `subnet-${string}`[];
}

export interface ExistingPostgres {
  /** The secret that holds its URL in the member `url`: the whole ARN, with its six-letter suffix. */
  readonly secret: `arn:aws:secretsmanager:${string}`;
  /** The security group that stands before it. A rule that lets programs in is added to it. */
  readonly securityGroup: `sg-${string}`;
  /** Its port, 1 to 65535. @default 5432 */
  readonly port?: number;
}

export type ExistingOptions =
  | ({ readonly type: "vpc"; readonly id: string } & ExistingVpc)
  | ({ readonly type: "postgres" } & ExistingPostgres)
  | { readonly type: "bucket"; readonly name: string }
  | { readonly type: "secret"; readonly id: string };

type InNoText = "a secret cannot stand in text";

/** A network that is there already. */
export interface ExistingNetwork extends Declaration<"existing"> {
  readonly [standsInEnv]: "a vpc cannot stand in env: every program is in it";
  readonly [standsInUses]: "a vpc cannot stand in uses: every program is in it";
  readonly [standsInText]: "a vpc cannot stand in text: every program is in it";
}

/** A database that is there already. */
export interface ExistingDatabase extends Declaration<"existing"> {
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "may stand in uses";
  readonly [standsInText]: InNoText;
  readonly [standsInBrowser]: "a secret must not reach the browser";
}

/** A bucket that is there already. */
export interface ExistingBucket extends Declaration<"existing"> {
  /** List it and read its objects. */
  readonly read: UseFacet;
  /** Write and delete its objects. */
  readonly write: UseFacet;
  /** Both. */
  readonly readWrite: UseFacet;
  readonly [standsInEnv]: "a bucket needs a use: .read, .write or .readWrite";
  readonly [standsInUses]: "a bucket needs a use: .read, .write or .readWrite";
  readonly [standsInText]: "a bucket needs a use: .read, .write or .readWrite";
}

/** A secret that is there already. */
export interface ExistingSecret extends Declaration<"existing"> {
  /** One member of its JSON text; Secrets Manager only. */
  field(name: string): SecretFacet;
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "may stand in uses";
  readonly [standsInText]: InNoText;
  readonly [standsInBrowser]: "a secret must not reach the browser";
}

/** Constructors for what is there already. */
export const existing = {
  /** A network, by its id; it stands in the inventory like one's own. */
  vpc(id: `vpc-${string}`, options: ExistingVpc): ExistingNetwork {
    return declare("existing", { type: "vpc", id, ...options });
  },
  /** A PostgreSQL database, by the secret that holds its URL. */
  postgres(options: ExistingPostgres): ExistingDatabase {
    return declare("existing", { type: "postgres", ...options });
  },
  /** A bucket, by its name. */
  bucket(name: string): ExistingBucket {
    return declare("existing", { type: "bucket", name }, (own) => ({
      read: facet<UseFacet>(own, "read"),
      write: facet<UseFacet>(own, "write"),
      readWrite: facet<UseFacet>(own, "readWrite"),
    }));
  },
  /** A secret: the whole ARN in Secrets Manager, or the name of a parameter in Parameter Store, which begins with `/`. */
  secret(id: `arn:aws:secretsmanager:${string}` | `/${string}`): ExistingSecret {
    return declare("existing", { type: "secret", id }, (own) => ({ field: (name: string) => facet(own, "field", name) }));
  },
};
