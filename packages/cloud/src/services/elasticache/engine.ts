/** The engines and node types that ElastiCache offers and this cloud serves. As of November 2026. */
import { invalidCombination, invalidValue, notEmulated } from "./errors.ts";

export interface EngineVersion {
  engine: "redis" | "valkey";
  version: string;
  family: string;
}

export const engineVersions: readonly EngineVersion[] = [
  { engine: "redis", version: "6.2.6", family: "redis6.x" },
  { engine: "redis", version: "7.0.7", family: "redis7" },
  { engine: "redis", version: "7.1.0", family: "redis7" },
  { engine: "valkey", version: "7.2.6", family: "valkey7" },
  { engine: "valkey", version: "8.0.1", family: "valkey8" },
  { engine: "valkey", version: "8.1.0", family: "valkey8" },
];

export const families: readonly string[] = [...new Set(engineVersions.map(({ family }) => family))];

/** A version is named in full, or by its first two numbers. */
export function resolveEngine(engine: string | undefined, version: string | undefined): EngineVersion {
  const name = (engine ?? "redis").toLowerCase();
  if (name === "memcached") throw notEmulated("Memcached");
  if (name !== "redis" && name !== "valkey") throw invalidValue(`Invalid cache engine: ${engine}`);
  const own = engineVersions.filter((each) => each.engine === name);
  const found =
    version === undefined
      ? own.at(-1)
      : own.findLast(
          (each) =>
            each.version === version || each.version.startsWith(`${version}.`) || (version === "6.x" && each.version.startsWith("6.")),
        );
  if (!found) throw invalidCombination(`Cannot find version ${version} for ${name}`);
  return found;
}

/** GiB of memory by node type (AWS, "Supported node types"). */
const memoryGib: Readonly<Record<string, number>> = {
  "cache.t4g.micro": 0.5,
  "cache.t4g.small": 1.37,
  "cache.t4g.medium": 3.09,
  "cache.t3.micro": 0.5,
  "cache.t3.small": 1.37,
  "cache.t3.medium": 3.09,
  "cache.m6g.large": 6.38,
  "cache.m6g.xlarge": 12.93,
  "cache.m6g.2xlarge": 26.04,
  "cache.m6g.4xlarge": 52.26,
  "cache.m7g.large": 6.38,
  "cache.m7g.xlarge": 12.93,
  "cache.m7g.2xlarge": 26.04,
  "cache.m7g.4xlarge": 52.26,
  "cache.m5.large": 6.38,
  "cache.m5.xlarge": 12.93,
  "cache.m5.2xlarge": 26.04,
  "cache.r6g.large": 13.07,
  "cache.r6g.xlarge": 26.32,
  "cache.r6g.2xlarge": 52.82,
  "cache.r7g.large": 13.07,
  "cache.r7g.xlarge": 26.32,
  "cache.r7g.2xlarge": 52.82,
  "cache.r5.large": 13.07,
  "cache.r5.xlarge": 26.32,
};

export function memoryBytesOf(nodeType: string): number {
  const gib = memoryGib[nodeType];
  if (gib === undefined) throw invalidValue(`Invalid Cache Node Type: ${nodeType}.`);
  return Math.round(gib * 2 ** 30);
}
