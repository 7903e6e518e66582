/** What no template says and the price depends on: how much it will be used. Each has a default, and can be said by the user. */
import { everywhere, times, type Columns } from "./columns.ts";

interface Assumption extends Columns {
  /** As it stands beside a line: the unit and what it is of. */
  meaning: string;
}

/** Where `busy` is not said it is so many times what is expected; where `idle` is not said, this share of it. */
const assumption = (expected: number, idleShare: number, busyTimes: number, meaning: string): Assumption => ({
  idle: expected * idleShare,
  expected,
  busy: expected * busyTimes,
  meaning,
});

/** The assumptions, with their defaults. */
export const assumptions = {
  requestsPerSecond: assumption(1, 0, 5, "requests a second, on average over the month"),
  loadBalancerUnits: assumption(0.2, 0, 5, "load balancer capacity units in use at an hour, on average"),
  dataOutGB: assumption(5, 0, 2, "GB a month to the internet"),
  natGB: assumption(100, 0, 2, "GB a month through all NAT gateways"),
  endpointGB: assumption(10, 0, 5, "GB a month through all interface endpoints"),
  logGB: assumption(1.5, 0.2, 2, "GB of log a month from each service"),
  taskLogGB: assumption(0.05, 0, 2, "GB of log a month in each other log group"),
  monitoringGB: assumption(0.25, 1, 1, "GB a month of Enhanced Monitoring from each database, once a minute: 43,800 times about 6 KB"),
  storageGB: assumption(10, 1, 1, "GB in each bucket"),
  storageRequests: assumption(100_000, 0, 2, "writes a month to each bucket, and ten times as many reads"),
  fileSystemGB: assumption(10, 1, 1, "GB in each file system"),
  fileTransferGB: assumption(1, 0, 5, "GB a month read from each file system, and as many written"),
  imageGB: assumption(1, 1, 1, "GB of images in each repository"),
  queueRequests: assumption(1_000_000, 0.13, 5, "requests a month to each queue; a message is three, and empty receives count"),
  keyRequests: assumption(10_000, 0.1, 5, "requests a month to each KMS key; a queue that keeps a data key for an hour makes 2,200"),
  topicMessages: assumption(10_000, 0, 5, "messages a month to each topic"),
  functionRequests: assumption(100_000, 0, 5, "calls a month of each function"),
  functionMs: assumption(200, 1, 1, "milliseconds that a call of a function takes"),
  tableRequests: assumption(1_000_000, 0, 5, "reads a month of each on-demand table, and a tenth as many writes"),
  tableGB: assumption(1, 1, 1, "GB in each table"),
  databaseGB: assumption(10, 1, 1, "GB in each Aurora cluster"),
  databaseIoRequests: assumption(1_000_000, 0, 3, "reads and writes a month of an Aurora cluster's storage"),
  replicatedGB: assumption(10, 0, 3, "GB a month that a global database sends to its other regions"),
  databaseAwakeHours: assumption(730, 0.16, 1, "hours a month in which a database that may pause is awake"),
  activeHours: assumption(730 / 3, 0, 3, "hours a month in which App Runner handles requests"),
  backupGB: assumption(10, 1, 1, "GB of backups in each vault"),
  copiedGB: assumption(10, 1, 1, "GB a month that each backup plan copies to another region"),
  dnsQueries: assumption(1_000_000, 0, 5, "queries a month of each zone that are no alias to AWS"),
  runsPerMonth: assumption(30, 1, 1, "runs a month of each scheduled task"),
  runMinutes: assumption(5, 1, 1, "minutes that a scheduled task runs"),
} as const satisfies Record<string, Assumption>;

/** Defaults of these follow from what the template declares. */
export const derived = {
  tasks: "tasks that run at once: at least as many as declared, half way to the most, the most",
  acu: "Aurora capacity units on average: the least, the least, half the most",
} as const;

export type ExpectationKey = keyof typeof assumptions | keyof typeof derived;

export const expectationKeys = [...Object.keys(assumptions), ...Object.keys(derived)] as ExpectationKey[];

/** One figure for what is expected, the others in proportion; or each of them. */
export type ExpectedValue = number | Partial<Columns>;

export type ExpectedValues = { readonly [K in ExpectationKey]?: ExpectedValue };

/** For all of the app, and for things by name. */
export type Expectations = ExpectedValues & { readonly of?: Readonly<Record<string, ExpectedValues>> };

/** The figures of a key for a thing: said for it, said for all, or the default. */
export function expectation(given: Expectations, name: string, key: ExpectationKey, preset?: Columns): Columns {
  const base = preset ?? (Object.hasOwn(assumptions, key) ? assumptions[key as keyof typeof assumptions] : everywhere(0));
  const said = given.of?.[name]?.[key] ?? given[key];
  if (said === undefined) return { idle: base.idle, expected: base.expected, busy: base.busy };
  if (typeof said !== "number") return { idle: base.idle, expected: base.expected, busy: base.busy, ...said };
  // Of bounds the figure is meant between them; of use the rest follows in proportion.
  if (preset) return { idle: Math.min(base.idle, said), expected: said, busy: Math.max(base.busy, said) };
  return base.expected === 0 ? everywhere(said) : times(base, said / base.expected);
}

/** Whether somebody said it, for all or for this thing. */
export const isSaid = (given: Expectations, name: string, key: ExpectationKey): boolean =>
  (given.of?.[name]?.[key] ?? given[key]) !== undefined;

/**
 * Reads `key=value`: `logGB=3`, `api.logGB=3`, `requestsPerSecond=0/10/200` for the three columns.
 * @throws RangeError that says what would be right
 */
export function parseExpectations(texts: readonly string[]): Expectations {
  const all: Record<string, unknown> = {};
  const of: Record<string, Record<string, ExpectedValue>> = {};
  for (const text of texts) {
    const [, name, key, value] = /^(?:([^.=]+)\.)?(\w+)=(.+)$/.exec(text.trim()) ?? [];
    if (key === undefined || value === undefined) throw new RangeError(`"${text}" is no expectation: write key=value, such as logGB=3`);
    if (!expectationKeys.includes(key as ExpectationKey))
      throw new RangeError(`"${key}" is nothing that can be expected: there are ${expectationKeys.join(", ")}`);
    const figures = value.split("/").map(Number);
    if (![1, 3].includes(figures.length) || figures.some((figure) => !Number.isFinite(figure) || figure < 0))
      throw new RangeError(`"${value}" is no figure for ${key}: write one, such as ${key}=3, or idle/expected/busy, such as ${key}=0/3/9`);
    const [first, expected, busy] = figures as [number, number, number];
    const said: ExpectedValue = figures.length === 1 ? first : { idle: first, expected, busy };
    if (name === undefined) all[key] = said;
    else (of[name] ??= {})[key] = said;
  }
  return { ...all, ...(Object.keys(of).length > 0 && { of }) };
}

/** Two sayings, the later of which wins. */
export function mergeExpectations(earlier: Expectations, later: Expectations): Expectations {
  const of = { ...earlier.of };
  for (const [name, values] of Object.entries(later.of ?? {})) of[name] = { ...of[name], ...values };
  return { ...earlier, ...later, ...(Object.keys(of).length > 0 && { of }) };
}
