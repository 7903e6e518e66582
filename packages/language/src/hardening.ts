/** What production stages have beyond the others: what auditors ask for, at a price that `plinth cost` shows. */

/** Each is on in production stages and off in the others; `false` leaves it out. What a thing says of itself goes before this. */
export interface Hardening {
  /**
   * A key of the stage's own in AWS KMS, which encrypts its secrets, log groups, queues and topics: whoever may not use it reads none of them, and
   * whoever deletes it deletes them all. $1 a month, $1 more after each of its first two yearly rotations, and its requests.
   */
  readonly key?: boolean;
  /** A bucket of the stage's own, with a line for each request to its load balancers and buckets, for 90 days. Its storage. */
  readonly accessLogs?: boolean;
  /** Buckets keep what was overwritten or deleted for 30 days. Its storage. */
  readonly versions?: boolean;
  /** Memory, disks and processes of databases each minute (RDS Enhanced Monitoring), but of one that pauses. The ingest of its log. */
  readonly monitoring?: boolean;
  /** The log of a database's server in CloudWatch Logs, for 30 days, where the database says nothing of its `logs`. The ingest of its log. */
  readonly databaseLogs?: boolean;
  /** What a role may do stands in managed policies of its own, of which IAM keeps earlier versions, and not inside it. Nothing. */
  readonly managedPolicies?: boolean;
  /** The newest daily snapshot of each cache. AWS keeps one of each for nothing. */
  readonly cacheSnapshots?: boolean;
}
