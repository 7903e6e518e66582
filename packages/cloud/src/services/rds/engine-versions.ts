/** The PostgreSQL versions that RDS offers and this cloud serves. As of November 2026; a minor is served by the binary of its major. */
import { invalidCombination, invalidValue, notEmulated } from "./errors.ts";

export interface EngineVersion {
  major: number;
  /** As `16.8`. */
  version: string;
}

/** The first and the last minor on offer, by major; the last one is the default of its major. */
const offered: Readonly<Record<number, readonly [first: number, last: number]>> = { 15: [7, 18], 16: [3, 14], 17: [1, 10] };
/** What an instance gets that names no version. */
export const defaultMajor = 17;

export const engineVersions: readonly EngineVersion[] = Object.entries(offered).flatMap(([major, [first, last]]) =>
  Array.from({ length: last - first + 1 }, (_, index) => ({ major: Number(major), version: `${major}.${first + index}` })),
);

export const familyOf = (major: number) => `postgres${major}`;
export const families: readonly string[] = Object.keys(offered).map((major) => familyOf(Number(major)));

export function majorOf(version: string): number {
  return Number(version.split(".")[0]);
}

/** The version that `asked` means: itself, or the last minor of the major that it names. */
export function resolveVersion(asked: string | undefined): EngineVersion {
  const wanted = asked ?? String(defaultMajor);
  const found =
    engineVersions.find(({ version }) => version === wanted) ?? engineVersions.findLast(({ major }) => String(major) === wanted);
  if (!found) throw invalidCombination(`Cannot find version ${wanted} for postgres`);
  return found;
}

/** Engines that AWS has; only the first is served. */
const otherEngines = new Set(
  (
    "aurora-mysql aurora-postgresql custom-oracle-ee custom-oracle-ee-cdb custom-oracle-se2 custom-oracle-se2-cdb custom-sqlserver-ee custom-sqlserver-se " +
    "custom-sqlserver-web custom-sqlserver-dev db2-ae db2-se mariadb mysql oracle-ee oracle-ee-cdb oracle-se2 oracle-se2-cdb sqlserver-ee sqlserver-se " +
    "sqlserver-ex sqlserver-web sqlserver-dev-ee"
  ).split(" "),
);

export function checkEngine(engine: string): void {
  if (engine === "postgres") return;
  if (otherEngines.has(engine)) throw notEmulated(`the database engine ${engine}`);
  throw invalidValue("Invalid DB engine");
}
