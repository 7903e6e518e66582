/** Published versions: what a function was when one was published, with its number, never changed again. */
import type { Cloud } from "../../cloud.ts";
import { invalidValue, versionExists } from "./errors.ts";
import { functions, type LambdaFunction, type Place } from "./function.ts";

/** The function as it was then. Its policy is its own. */
export interface PublishedVersion extends LambdaFunction {
  version: string;
  /** Of the act of a stack that published it. */
  token?: string;
}

/** By the function's name and the number, so that a list of them is in order. */
export const versions = (cloud: Cloud) => cloud.store.collection<PublishedVersion>("lambda.version");
export const versionKey = (name: string, version: string): string => `${name}/${version.padStart(12, "0")}`;
export const versionsOf = ({ cloud, region }: Place, name: string): PublishedVersion[] => versions(cloud).list(region, `${name}/`);

export interface Publishing {
  description?: string | undefined;
  /** The digest that $LATEST must have. */
  codeSha256?: string | undefined;
  /** Of the act of a stack that publishes it. */
  token?: string | undefined;
}

/** What differs between two functions when a new version is worth publishing. */
const content = (of: LambdaFunction) =>
  JSON.stringify([
    of.codeSha256,
    of.runtime,
    of.handler,
    of.roleArn,
    of.timeoutSeconds,
    of.memoryMb,
    of.ephemeralStorageMb,
    of.architecture,
    of.variables,
    of.logGroup,
    of.deadLetterArn,
  ]);

/** A version of what $LATEST is now; the last one where nothing has changed since (API reference, PublishVersion). */
export function publishVersion(
  place: Place,
  latest: LambdaFunction,
  { description, codeSha256, token }: Publishing = {},
): PublishedVersion {
  const { cloud, region } = place;
  if (codeSha256 !== undefined && codeSha256 !== "" && codeSha256 !== latest.codeSha256) {
    throw invalidValue(
      `CodeSHA256 (${codeSha256}) is different from current CodeSHA256 in $LATEST (${latest.codeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
    );
  }
  const last = versionsOf(place, latest.name).at(-1);
  const number = latest.lastVersion ?? 0;
  const isLast = last !== undefined && last.version === String(number);
  if (isLast && content(last) === content(latest) && (description === undefined || description === last.description)) {
    // Two resources of stacks would share it, and the first to go would take it along: so AWS refuses too.
    if (token !== undefined && last.token !== token) throw versionExists(last.version);
    return last;
  }
  const published: PublishedVersion = {
    ...latest,
    description: description ?? latest.description,
    version: String(number + 1),
    modifiedMs: cloud.world.clock.nowMs(),
    revisionId: cloud.world.random.uuid(),
    permissions: [],
    ...(token !== undefined && { token }),
  };
  cloud.store.transaction(() => {
    versions(cloud).put(region, versionKey(latest.name, published.version), published);
    functions(cloud).put(region, latest.name, { ...latest, lastVersion: number + 1, revisionId: cloud.world.random.uuid() });
  });
  return published;
}

export function removeVersions(place: Place, name: string): void {
  for (const { version } of versionsOf(place, name)) versions(place.cloud).delete(place.region, versionKey(name, version));
}
