/** A cache on ElastiCache: Valkey, or Redis where it is asked for. */
import type { Days } from "./duration.ts";
import type { OpenFacet, SecretFacet, standsInBrowser, standsInEnv, standsInText, standsInUses } from "./env.ts";
import { declare, facet, type Declaration } from "./declaration.ts";
import type { CacheNode } from "./instance-class.ts";
import type { Override } from "./override.ts";
import type { RotationInterval } from "./rotation.ts";

export interface RedisOptions {
  /** The engine and its major version. Valkey speaks Redis's protocol and costs a fifth less. @default "valkey 8" */
  readonly engine?: "valkey 8" | "redis 7";
  /** The machine of each node. @default "cache.t4g.micro" */
  readonly node?: CacheNode;
  /** Copies beside the primary, to which it fails over: 0 to 5. @default 0 */
  readonly replicas?: number;
  /** Daily snapshots, and how long they are kept: 0 (none) to 35 days. @default 1 day in production stages, else none */
  readonly backup?: { readonly retain: Days | "0 days" };
  /**
   * Change the token by itself, while programs go on: the cache takes two for a while, and the programs that use it roll.
   * @default only by `plinth secrets rotate`
   */
  readonly rotate?: RotationInterval;
  /** What ElastiCache calls the replication group: 1 to 40 letters, digits and `-`. @default generated */
  readonly name?: string;
  /** Changes to what is generated. @default none */
  readonly override?: Override<{
    ReplicationGroup: "AWS::ElastiCache::ReplicationGroup";
    SubnetGroup: "AWS::ElastiCache::SubnetGroup";
    Connection: "AWS::SecretsManager::Secret";
    SecurityGroup: "AWS::EC2::SecurityGroup";
  }>;
}

/** A cache. In `env` it stands for its URL, a secret: `rediss://:token@host:6379/0`. */
export interface Redis extends Declaration<"redis"> {
  /** The primary's name. */
  readonly host: OpenFacet;
  /** Its port. */
  readonly port: OpenFacet;
  /** The token that opens it. */
  readonly password: SecretFacet;
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "may stand in uses";
  readonly [standsInText]: "a secret cannot stand in text";
  readonly [standsInBrowser]: "a secret must not reach the browser";
}

/** Declares a cache. */
export function redis(options: RedisOptions = {}): Redis {
  return declare("redis", options, (own) => ({
    host: facet(own, "host"),
    port: facet(own, "port"),
    password: facet(own, "password"),
  }));
}
