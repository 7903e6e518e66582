/** How callers name keys: by id, ARN, alias or an alias's ARN. */
import { aliasArn, findAlias } from "./aliases.ts";
import { aliasNotFound, invalidKeyId, keyNotFound, notFound } from "./errors.ts";
import { findKey, type Key, keyArn, type Place } from "./key.ts";
import { isManagedAlias, managedKey } from "./managed-keys.ts";

const idForm = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/u;

export interface Accepted {
  /** Whether the operation takes aliases. Default: yes. */
  aliases?: boolean;
  /** Whether a key that AWS manages is made when its alias is named first (DescribeKey, and services that encrypt by it). Default: no. */
  make?: boolean;
}

/** Throws NotFoundException in AWS's words. */
export function resolveKey(place: Place, reference: string, { aliases = true, make = false }: Accepted = {}): Key {
  const { cloud, account, region } = place;
  const name = nameIn(place, reference);
  if (name.startsWith("alias/")) {
    if (!aliases) throw invalidKeyId(reference);
    const alias = findAlias(cloud, region, name);
    const found = alias && findKey(cloud, region, alias.targetId);
    if (found) return found;
    if (make && isManagedAlias(name)) return managedKey(place, name.slice("alias/aws/".length));
    throw aliasNotFound(aliasArn({ account, region }, name));
  }
  const key = findKey(cloud, region, name);
  if (key) return key;
  throw idForm.test(name) ? keyNotFound(keyArn({ account, region }, name)) : invalidKeyId(reference);
}

/** The same, or nothing. */
export function peekKey(place: Place, reference: string): Key | undefined {
  const parts = partsOf(reference);
  if (parts && (parts.region !== place.region || parts.account !== place.account)) return undefined;
  const name = parts?.name ?? reference;
  const id = name.startsWith("alias/") ? findAlias(place.cloud, place.region, name)?.targetId : name;
  return id === undefined ? undefined : findKey(place.cloud, place.region, id);
}

/** The alias that a reference names, if it names one. */
export function aliasIn(reference: string): string | undefined {
  const name = partsOf(reference)?.name ?? reference;
  return name.startsWith("alias/") ? name : undefined;
}

function partsOf(reference: string): { region: string; account: string; name: string } | undefined {
  if (!reference.startsWith("arn:")) return undefined;
  const [, , , region = "", account = "", ...rest] = reference.split(":");
  return { region, account, name: rest.join(":").replace(/^key\//u, "") };
}

function nameIn({ account, region }: Place, reference: string): string {
  const parts = partsOf(reference);
  if (!parts) return reference;
  if (parts.region !== region) throw notFound(`Invalid arn ${parts.region}`);
  if (parts.account !== account) {
    throw parts.name.startsWith("alias/") ? aliasNotFound(reference) : keyNotFound(reference);
  }
  return parts.name;
}
