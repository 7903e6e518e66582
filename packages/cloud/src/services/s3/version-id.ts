/**
 * Names of versions. As AWS's they tell by themselves whether they were ever given out: a made-up one is an invalid argument, one whose version
 * is gone is a version that does not exist.
 */
import { createHash } from "node:crypto";
import type { Cloud } from "../../cloud.ts";
import { invalidArgument } from "./errors.ts";

const randomCharacters = 28;

export function newVersionId(cloud: Cloud): string {
  const random = cloud.world.random.text(randomCharacters, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.");
  return random + mark(random);
}

const mark = (random: string) => createHash("sha256").update(random).digest("base64url").slice(0, 4).replaceAll("-", ".");

export function isVersionId(version: string): boolean {
  if (version === "null") return true;
  return version.length === randomCharacters + 4 && version.endsWith(mark(version.slice(0, randomCharacters)));
}

/** For one that no version has. */
export function checkVersionId(version: string): void {
  if (!isVersionId(version)) throw invalidArgument("Invalid version id specified", "versionId", version);
}
