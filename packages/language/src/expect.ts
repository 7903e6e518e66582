/** How much a product will be used, and what it may cost: what prices depend on and no template says. */

/** One figure for what is expected, from which idle and busy follow; or each of the three. */
export type Expected = number | { readonly idle?: number; readonly expected?: number; readonly busy?: number };

/** Figures for a month. `plinth cost --verbose` shows each beside the lines that follow from it. */
export interface ExpectedUse {
  /** Requests a second, on average. @default 1 */
  readonly requestsPerSecond?: Expected;
  /** Capacity units of the load balancer in use, on average. @default 0.2 */
  readonly loadBalancerUnits?: Expected;
  /** GB a month to the internet. @default 5 */
  readonly dataOutGB?: Expected;
  /** GB a month through all NAT gateways. @default 100 */
  readonly natGB?: Expected;
  /** GB a month through all interface endpoints. @default 10 */
  readonly endpointGB?: Expected;
  /** GB of log a month from each service. @default 1.5 */
  readonly logGB?: Expected;
  /** GB of log a month in each other log group. @default 0.05 */
  readonly taskLogGB?: Expected;
  /** GB in each bucket. @default 10 */
  readonly storageGB?: Expected;
  /** Writes a month to each bucket; there are ten times as many reads. @default 100,000 */
  readonly storageRequests?: Expected;
  /** GB in each file system. @default 10 */
  readonly fileSystemGB?: Expected;
  /** GB a month read from each file system, and as many written. @default 1 */
  readonly fileTransferGB?: Expected;
  /** GB of images in each repository. @default 1 */
  readonly imageGB?: Expected;
  /** Requests a month to each queue: a message is three, and empty receives count. @default 1,000,000 */
  readonly queueRequests?: Expected;
  /** Messages a month to each topic. @default 10,000 */
  readonly topicMessages?: Expected;
  /** Calls a month of each function. @default 100,000 */
  readonly functionRequests?: Expected;
  /** Milliseconds that a call of a function takes. @default 200 */
  readonly functionMs?: Expected;
  /** Reads a month of each table on demand; there are a tenth as many writes. @default 1,000,000 */
  readonly tableRequests?: Expected;
  /** GB in each table. @default 1 */
  readonly tableGB?: Expected;
  /** GB in each Aurora cluster. @default 10 */
  readonly databaseGB?: Expected;
  /** Reads and writes a month of an Aurora cluster's storage. @default 1,000,000 */
  readonly databaseIoRequests?: Expected;
  /** GB a month that a global database sends to its other regions. @default 10 */
  readonly replicatedGB?: Expected;
  /** Hours a month, up to 730, in which a database that may pause is awake. @default 730, idle 117 */
  readonly databaseAwakeHours?: Expected;
  /** Hours a month, up to 730, in which App Runner handles requests. @default 243 */
  readonly activeHours?: Expected;
  /** GB of backups in each vault. @default 10 */
  readonly backupGB?: Expected;
  /** GB a month that each backup plan copies to another region. @default 10 */
  readonly copiedGB?: Expected;
  /** Queries a month of each zone that are no alias to AWS. @default 1,000,000 */
  readonly dnsQueries?: Expected;
  /** Runs a month of each scheduled task. @default 30 */
  readonly runsPerMonth?: Expected;
  /** Minutes that a scheduled task runs. @default 5 */
  readonly runMinutes?: Expected;
  /** Tasks that run at once. @default the least, half way, and the most that `scale` allows */
  readonly tasks?: Expected;
  /** Aurora capacity units on average. @default the least, the least, and half the most that are allowed */
  readonly acu?: Expected;
}

/** What is expected of all, of things by name, and in stages that differ. */
export interface Expect extends ExpectedUse {
  /** For things by the name that the app returns them under. */
  readonly of?: Readonly<Record<string, ExpectedUse>>;
}
