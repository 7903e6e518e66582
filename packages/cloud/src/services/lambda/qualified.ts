/** What a name with a qualifier means: $LATEST, a published version, or what an alias stands for at present. */
import { type Alias, aliases, aliasKey, drawn } from "./alias.ts";
import { functionNotFound } from "./errors.ts";
import {
  checkRegion,
  functionArn,
  functionName,
  functions,
  type LambdaFunction,
  type PermissionStatement,
  type Place,
} from "./function.ts";
import { versionKey, versions } from "./version.ts";

export interface Qualified {
  of: LambdaFunction;
  /** `$LATEST` or a number. */
  version: string;
  /** With the qualifier that was given, if one was. */
  arn: string;
  alias?: Alias;
  /** The statements of the policy that decides about a call by this name. */
  permissions: PermissionStatement[];
}

/** @throws ResourceNotFoundException */
export function qualified(place: Place, given: string, givenQualifier?: string): Qualified {
  const found = findQualified(place, given, givenQualifier);
  if (found) return found;
  const { name, qualifier } = functionName(given, givenQualifier);
  throw functionNotFound(`${functionArn(place, name)}${qualifier === undefined ? "" : `:${qualifier}`}`);
}

export function findQualified(place: Place, given: string, givenQualifier?: string): Qualified | undefined {
  const { cloud, region } = place;
  const { name, qualifier } = functionName(given, givenQualifier);
  checkRegion(place, given);
  const latest = functions(cloud).get(region, name);
  if (!latest) return undefined;
  if (qualifier === undefined) return { of: latest, version: "$LATEST", arn: latest.arn, permissions: latest.permissions };
  const arn = `${latest.arn}:${qualifier}`;
  if (qualifier === "$LATEST") return { of: latest, version: "$LATEST", arn, permissions: latest.permissions };
  const alias = aliases(cloud).get(region, aliasKey(name, qualifier));
  const version = alias ? drawn(place, alias) : qualifier;
  if (alias && version === "$LATEST") return { of: latest, version, arn, alias, permissions: alias.permissions };
  const of = /^\d+$/u.test(version) ? versions(cloud).get(region, versionKey(name, version)) : undefined;
  if (!of) return undefined;
  return { of, version, arn, ...(alias && { alias }), permissions: alias?.permissions ?? of.permissions };
}
