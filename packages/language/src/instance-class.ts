/** The machines that databases and caches may run on. Closed lists, so that an editor completes them; current generations only. */

type Burstable = "micro" | "small" | "medium" | "large" | "xlarge" | "2xlarge";
type Graviton = "large" | "xlarge" | "2xlarge" | "4xlarge" | "8xlarge" | "12xlarge" | "16xlarge";
type Intel = Graviton | "24xlarge" | "32xlarge";
type NewerIntel = Graviton | "24xlarge" | "48xlarge";
type Graviton4 = Graviton | "24xlarge" | "48xlarge";

/** Instance classes of RDS for PostgreSQL. Source: "DB instance classes", Amazon RDS User Guide. */
export type PostgresInstance =
  | `db.t3.${Burstable}`
  | `db.t4g.${Burstable}`
  | `db.m6g.${Graviton}`
  | `db.m7g.${Graviton}`
  | `db.m8g.${Graviton4}`
  | `db.m6i.${Intel}`
  | `db.m7i.${NewerIntel}`
  | `db.r6g.${Graviton}`
  | `db.r7g.${Graviton}`
  | `db.r8g.${Graviton4}`
  | `db.r6i.${Intel}`
  | `db.r7i.${NewerIntel}`;

/** Instance classes of Aurora PostgreSQL. Source: "Supported DB engines for DB instance classes", Amazon Aurora User Guide. */
export type AuroraInstance =
  | `db.t4g.${"medium" | "large"}`
  | `db.r6g.${Graviton}`
  | `db.r7g.${Graviton}`
  | `db.r8g.${Graviton4}`
  | `db.r6i.${Intel}`
  | `db.r7i.${NewerIntel}`;

type CacheBurstable = "micro" | "small" | "medium";

/** Node types of ElastiCache. Source: "Supported node types", Amazon ElastiCache User Guide. */
export type CacheNode =
  | `cache.t3.${CacheBurstable}`
  | `cache.t4g.${CacheBurstable}`
  | `cache.m6g.${Graviton}`
  | `cache.m7g.${Graviton}`
  | `cache.r6g.${Graviton}`
  | `cache.r7g.${Graviton}`;
