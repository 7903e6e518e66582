/** A hosted zone's name as it came with a request. */
import { invalidDomainName } from "./errors.ts";
import { BadName, canonicalName } from "./names.ts";

/** @throws AwsError InvalidDomainName */
export function zoneName(given: string): string {
  try {
    return canonicalName(given);
  } catch (error) {
    if (!(error instanceof BadName)) throw error;
    throw invalidDomainName(error.message);
  }
}
