/** The PostgreSQL versions that RDS offers and this cloud serves. As of November 2026; a minor is served by the binary of its major. */
import { invalidCombination, invalidValue, notEmulated } from "./errors.ts";

export type Engine = "postgres" | "aurora-postgresql";

export interface EngineVersion {
  engine: Engine;
  major: number;
  /** As `16.8`. */
  version: string;
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
/** The minors on offer, by major; the last one is the default of its major. */
const offered: Readonly<Record<Engine, Readonly<Record<number, readonly number[]>>>> = {
  postgres: { 15: range(7, 18), 16: range(3, 14), 17: range(1, 10) },
  "aurora-postgresql": { 15: [6, 7, 8, 10, 12, 13, 14, 15, 17], 16: [2, 3, 4, 6, 8, 9, 10, 11, 13], 17: [4, 5, 6, 7, 9] },
};
/** What an instance gets that names no version. */
export const defaultMajor = 17;

export const engineVersions: readonly EngineVersion[] = (Object.keys(offered) as Engine[]).flatMap((engine) =>
  Object.entries(offered[engine]).flatMap(([major, minors]) =>
    minors.map((minor) => ({ engine, major: Number(major), version: `${major}.${minor}` })),
  ),
);

export const versionsOf = (engine: Engine) => engineVersions.filter((each) => each.engine === engine);

export const familyOf = (major: number, engine: Engine = "postgres") => `${engine}${major}`;
export const families: readonly string[] = (Object.keys(offered) as Engine[]).flatMap((engine) =>
  Object.keys(offered[engine]).map((major) => familyOf(Number(major), engine)),
);

/** The engine and the major of `postgres16`, `aurora-postgresql16`. */
export function partsOfFamily(family: string): { engine: Engine; major: number } {
  return { engine: family.startsWith("aurora") ? "aurora-postgresql" : "postgres", major: Number(/\d+$/.exec(family)![0]) };
}

export function majorOf(version: string): number {
  return Number(version.split(".")[0]);
}

/** The version that `asked` means: itself, or the last minor of the major that it names. */
export function resolveVersion(asked: string | undefined, engine: Engine = "postgres"): EngineVersion {
  const wanted = asked ?? String(defaultMajor);
  const all = versionsOf(engine);
  const found = all.find(({ version }) => version === wanted) ?? all.findLast(({ major }) => String(major) === wanted);
  if (!found) throw invalidCombination(`Cannot find version ${wanted} for ${engine}`);
  return found;
}

/** The version asked for, when it can be had from the present one: a later minor of the same major. */
export function upgradeOf(present: string, asked: string, engine: Engine = "postgres"): string {
  const all = versionsOf(engine);
  const wanted = all.find(({ version }) => version === asked) ?? all.findLast(({ major }) => String(major) === asked);
  if (!wanted) throw invalidCombination(`Cannot find upgrade path from ${present} to ${asked}.`);
  if (asked === String(majorOf(present))) return present;
  if (wanted.major > majorOf(present)) throw notEmulated(`the upgrade of ${engine} from ${present} to ${wanted.version} (another major)`);
  const minor = (version: string) => Number(version.split(".")[1]);
  if (wanted.major < majorOf(present) || minor(wanted.version) < minor(present))
    throw invalidCombination(`Cannot upgrade ${engine} from ${present} to ${wanted.version}`);
  return wanted.version;
}

/** Engines that AWS has and this cloud does not. */
const otherEngines = new Set(
  (
    "aurora-mysql custom-oracle-ee custom-oracle-ee-cdb custom-oracle-se2 custom-oracle-se2-cdb custom-sqlserver-ee custom-sqlserver-se " +
    "custom-sqlserver-web custom-sqlserver-dev db2-ae db2-se mariadb mysql oracle-ee oracle-ee-cdb oracle-se2 oracle-se2-cdb sqlserver-ee sqlserver-se " +
    "sqlserver-ex sqlserver-web sqlserver-dev-ee"
  ).split(" "),
);

export function checkEngine(engine: string): asserts engine is Engine {
  if (engine in offered) return;
  if (otherEngines.has(engine)) throw notEmulated(`the database engine ${engine}`);
  throw invalidValue("Invalid DB engine");
}
