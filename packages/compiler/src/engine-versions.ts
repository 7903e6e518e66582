/**
 * The current minor of each major: AWS wants a version in full, and draws a warning for a bare major.
 * As of 2026-11-21, from the versions that RDS and ElastiCache list as available; look again each quarter.
 */
import type { AuroraVersion, PostgresVersion } from "@plinth/language";

export const postgresMinor: Readonly<Record<PostgresVersion, string>> = {
  "14": "14.22",
  "15": "15.17",
  "16": "16.13",
  "17": "17.9",
  "18": "18.3",
};

/** Each of these can pause. */
export const auroraMinor: Readonly<Record<AuroraVersion, string>> = {
  "14": "14.22",
  "15": "15.17",
  "16": "16.13",
  "17": "17.9",
};

export const cacheEngines = {
  "valkey 8": { engine: "valkey", version: "8.0" },
  "redis 7": { engine: "redis", version: "7.1" },
} as const;
