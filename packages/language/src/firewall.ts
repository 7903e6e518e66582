/** The firewall before a load balancer: a web ACL of WAF. */

/** Groups of rules that AWS keeps up to date. */
export type FirewallRule = "common" | "sql-injection" | "known-bad-inputs" | "ip-reputation";

/** How many requests one address may make within a time, 10 to 2,000,000,000: `"2000 per 5 minutes"`. */
export type RateLimit = `${number} per ${"1 minute" | "2 minutes" | "5 minutes" | "10 minutes"}`;

export interface Firewall {
  /** Requests of one address beyond this are refused with 403 until it asks less. @default no limit */
  readonly rateLimit?: RateLimit;
  /**
   * What is looked for in requests. `common` counts bodies over 8 KB and does not block them; only the first 8 KB of a body are
   * inspected. @default ["common", "sql-injection", "known-bad-inputs", "ip-reputation"]
   */
  readonly rules?: readonly FirewallRule[];
  /** Refuse what is found, or only count it, to see what would be refused. @default "block" */
  readonly mode?: "block" | "count";
}
