/** What the options of databases must hold, on RDS and on Aurora. */
import type { BackupCopy } from "@plinth/language";
import { durationSeconds } from "@plinth/language/reading";
import { capacityOf } from "./aurora-capacity.ts";
import { checkRotation } from "./check-rotation.ts";
import type { Checker } from "./checker.ts";
import type { Compilation } from "./compilation.ts";
import { databaseName } from "./database.ts";
import { auroraMinor, postgresMinor } from "./engine-versions.ts";
import type { Named, NamedDatabase } from "./inventory.ts";

const secretName = /^[A-Za-z0-9/_+=.@-]{1,512}$/;

/** Of databases and file systems. */
export function checkBackupCopy(
  { region }: Pick<Compilation, "region">,
  { key }: { key: string },
  copy: BackupCopy | undefined,
  check: Checker,
): void {
  check.integer("backup.copy.retain", copy?.retain && Number.parseInt(copy.retain, 10), 1, 36_500);
  if (copy?.region !== region) return;
  check.refuse("bad-option", `${key}: backup.copy names the app's own region, ${region}: a copy helps in another one`);
}

/** Of both kinds. */
function checkDatabase(
  compilation: Pick<Compilation, "app" | "stem" | "region">,
  named: NamedDatabase,
  check: Checker,
  { leastDays }: { leastDays: number },
): void {
  const { key } = named;
  const { options } = named.declared;
  check.integer("backup.retain", options.backup?.retain && Number.parseInt(options.backup.retain, 10), leastDays, 35);
  checkBackupCopy(compilation, named, options.backup?.copy, check);
  checkRotation(key, options.rotate, check);
  check.pattern(
    "name",
    options.name,
    /^[a-z](?!.*--)[a-z0-9-]{0,61}[a-z0-9]$|^[a-z]$/,
    "1 to 63 lower-case letters, digits and -, a letter first",
  );
  check.pattern(
    "restoreFrom",
    options.restoreFrom,
    /^(?:arn:[^:]+:rds:[a-z0-9-]+:\d{12}:(?:cluster-)?snapshot:\S+|(?:rds:|awsbackup:(?:copy)?job-)?[a-zA-Z](?:-?[a-zA-Z0-9])*)$/,
    "a snapshot's name or ARN",
  );
  check.pattern("database", databaseName(compilation, named), /^[a-z][a-z0-9_]{0,62}$/i, "1 to 63 letters, digits and _, a letter first");
  for (const extension of options.extensions ?? []) check.pattern("extensions", extension, /^[a-z][a-z0-9_-]*$/, "an extension's name");
  if ((options.extensions ?? []).join(" ").length > 256) {
    check.refuse("bad-option", `${key}: extensions are more than a tag holds (256 characters): make the others in a migration`);
  }
  if (options.parameters && "rds.force_ssl" in options.parameters && String(options.parameters["rds.force_ssl"]) !== "1") {
    check.refuse("bad-option", `${key}: rds.force_ssl cannot be taken away: every connection is encrypted`);
  }
  // Its log's group, a proxy and a global cluster carry a name that is made of the key.
  const made = `${compilation.stem}-${named.kebab}`;
  const proxied = "proxy" in options && (options.proxy === true || (options.globalRegions ?? []).length > 0);
  if ((options.logs || proxied) && !/^(?!.*--).{1,53}$/.test(made)) {
    check.refuse("bad-option", `${key}: RDS would call a part of it ${made}, which is too long or has two - in a row: rename it`);
  }
  check.pattern("secrets.connection", options.secrets?.connection, secretName, "a secret's name");
  check.pattern("secrets.password", options.secrets?.password, secretName, "a secret's name");
  if (options.secrets?.connection !== undefined && options.secrets.connection === options.secrets.password) {
    check.refuse("bad-option", `${key}: secrets names both ${options.secrets.connection}: give each a name of its own`);
  }
}

export function checkPostgres(compilation: Pick<Compilation, "app" | "stem" | "region">, named: Named<"postgres">, check: Checker): void {
  const { options } = named.declared;
  const storage = options.storage ?? 20;
  check.oneOf("version", options.version, Object.keys(postgresMinor));
  check.pattern("instance", options.instance, /^db\.[a-z0-9]+\.[a-z0-9]+$/, "an instance class");
  check.integer("storage", storage, 20, 65_536);
  check.integer("maxStorage", options.maxStorage, Math.ceil(storage * 1.1), 65_536);
  checkDatabase(compilation, named, check, { leastDays: 0 });
}

export function checkAurora(compilation: Pick<Compilation, "app" | "stem" | "region">, named: Named<"aurora">, check: Checker): void {
  const { key } = named;
  const { options } = named.declared;
  check.oneOf("version", options.version, Object.keys(auroraMinor));
  check.pattern("instance", options.instance, /^db\.[a-z0-9]+\.[a-z0-9]+$/, "an instance class");
  check.integer("readers", options.readers, 0, 15);
  checkDatabase(compilation, named, check, { leastDays: 1 });
  if (options.instance !== undefined && options.capacity !== undefined) {
    check.refuse("bad-option", `${key}: instance and capacity exclude each other: a fixed machine, or one that follows the load`);
  }
  checkCapacity(named, check);
  const { globalRegions = [] } = options;
  if (globalRegions.length > 10) check.refuse("bad-option", `${key}: globalRegions are ${globalRegions.length}: write at most 10`);
  globalRegions.forEach((region, i) => {
    check.pattern(`globalRegions[${i}]`, region, /^[a-z]{2}-[a-z]+-\d$/, "a region, like eu-west-1");
    if (region === compilation.region)
      check.refuse("bad-option", `${key}: globalRegions names ${region}, where the database itself stands`);
    if (globalRegions.indexOf(region) !== i) check.refuse("bad-option", `${key}: globalRegions names ${region} twice: keep one`);
  });
  if (globalRegions.length > 0 && options.instance?.startsWith("db.t")) {
    check.refuse(
      "bad-option",
      `${key}: a global database does not run on ${options.instance}: take capacity, or a class that begins with db.r`,
    );
  }
}

function checkCapacity({ key, declared: { options } }: Named<"aurora">, check: Checker): void {
  const { min, max } = capacityOf(options);
  const halves = (value: number, least: number): boolean => Number.isInteger(value * 2) && value >= least && value <= 256;
  if (min !== 0 && !halves(min, 0.5)) check.refuse("bad-option", `${key}: capacity.min is ${min}: write 0, or 0.5 to 256 in halves`);
  if (!halves(max, 1) || max < min) {
    check.refuse("bad-option", `${key}: capacity.max is ${max}: write ${Math.max(1, min)} to 256 in halves`);
  }
  const { pauseAfter } = options.capacity ?? {};
  if (pauseAfter !== undefined && min > 0) {
    check.refuse("never-pauses", `${key}: pauseAfter says when it pauses, but capacity.min is ${min}: a database pauses only with min: 0`);
  }
  const seconds = durationSeconds(pauseAfter ?? "5 minutes");
  if (seconds === undefined || seconds < 300 || seconds > 86_400) {
    check.refuse("bad-option", `${key}: capacity.pauseAfter is "${pauseAfter}": write 5 minutes to 1 day, like "20 minutes"`);
  }
  if (min > 0 || options.instance !== undefined) return;
  if (options.proxy) {
    check.refuse("never-pauses", `${key}: a proxy keeps it awake, so min: 0 never comes: leave out proxy, or give capacity.min 0.5`);
  }
  if ((options.globalRegions ?? []).length > 0) {
    check.refuse(
      "never-pauses",
      `${key}: its copies keep it awake, so min: 0 never comes: leave out globalRegions, or give capacity.min 0.5`,
    );
  }
}
