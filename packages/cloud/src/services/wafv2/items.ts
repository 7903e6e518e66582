/** What all four kinds of resources (web ACLs, IP sets, regex pattern sets, rule groups) have: names, ids, ARNs, lock tokens, tags. */
import type { Cloud } from "../../cloud.ts";
import { checkConstraints, type Constrained } from "../../constraints.ts";
import { readToken, writeToken } from "../../paging.ts";
import { originOf } from "../../runtime/system-tags.ts";
import { duplicateItem, invalidParameter, nonexistentItem, optimisticLock } from "./errors.ts";
import { checkTags } from "./tags.ts";

export type Kind = "webacl" | "ipset" | "regexpatternset" | "rulegroup";
export type Scope = "REGIONAL" | "CLOUDFRONT";

export interface Item {
  id: string;
  name: string;
  arn: string;
  scope: Scope;
  description: string;
  lockToken: string;
  tags: { Key: string; Value: string }[];
  /** Of the act of CloudFormation's that made it. */
  token?: string;
}

interface Place {
  cloud: Cloud;
  region: string;
  account: string;
}

export const items = <T extends Item>(cloud: Cloud, kind: Kind) => cloud.store.collection<T>(`wafv2.${kind}`);

const keyOf = (scope: Scope, id: string) => `${scope}/${id}`;
/** What is global lies in us-east-1. */
export const globalRegion = "us-east-1";

export function check(members: Constrained): void {
  checkConstraints("ValidationException", members);
}

export const nameConstraint = { length: [1, 128], pattern: "^[\\w\\-]+$" } as const;

export function checkScope(scope: string | undefined, region: string): Scope {
  check({ scope: [scope, { enum: ["CLOUDFRONT", "REGIONAL"] }] });
  if (scope === "CLOUDFRONT" && region !== globalRegion) throw invalidParameter("The scope is not valid.", "SCOPE_VALUE", "CLOUDFRONT");
  return scope as Scope;
}

export const arnFor = ({ region, account }: Pick<Place, "region" | "account">, kind: Kind, scope: Scope, name: string, id: string) =>
  `arn:aws:wafv2:${region}:${account}:${scope === "CLOUDFRONT" ? "global" : "regional"}/${kind}/${name}/${id}`;

interface CreateInput {
  Name: string | undefined;
  Scope: string | undefined;
  Description?: string | undefined;
  Tags?: { Key: string | undefined; Value: string | undefined }[] | undefined;
}

/** A new one, not yet kept. */
export function newItem(place: Place, kind: Kind, input: CreateInput): Item {
  const scope = checkScope(input.Scope, place.region);
  check({
    name: [input.Name, nameConstraint],
    description: [input.Description, { length: [1, 256], pattern: "^[\\w+=:#@/\\-,\\.][\\w+=:#@/\\-,\\.\\s]+[\\w+=:#@/\\-,\\.]$" }],
  });
  const name = input.Name!;
  const origin = originOf(input);
  if (
    items(place.cloud, kind)
      .list(place.region, `${scope}/`)
      .some((other) => other.name === name)
  )
    throw duplicateItem();
  const id = place.cloud.world.random.uuid();
  return {
    id,
    name,
    arn: arnFor(place, kind, scope, name, id),
    scope,
    description: input.Description ?? "",
    lockToken: place.cloud.world.random.uuid(),
    tags: [...checkTags(input.Tags), ...Object.entries(origin?.tags ?? {}).map(([Key, Value]) => ({ Key, Value }))],
    ...(origin?.token !== undefined && { token: origin.token }),
  };
}

export function keepItem<T extends Item>({ cloud, region }: Place, kind: Kind, item: T): void {
  items<T>(cloud, kind).put(region, keyOf(item.scope, item.id), item);
}

interface Named {
  Name?: string | undefined;
  Scope?: string | undefined;
  Id?: string | undefined;
}

/** By name, scope and id, which must all be of the same. */
export function findItem<T extends Item>(place: Place, kind: Kind, { Name, Scope, Id }: Named): T {
  const scope = checkScope(Scope, place.region);
  const found = items<T>(place.cloud, kind).get(place.region, keyOf(scope, Id ?? ""));
  if (!found || found.name !== Name) throw nonexistentItem();
  return found;
}

export function findByArn<T extends Item>({ cloud, region, account }: Place, kind: Kind, arn: string | undefined): T | undefined {
  const match = /^arn:aws:wafv2:([^:]+):(\d+):(regional|global)\/([a-z]+)\/([^/]+)\/([^/]+)$/u.exec(arn ?? "");
  if (!match || match[1] !== region || match[2] !== account || match[4] !== kind) return undefined;
  const found = items<T>(cloud, kind).get(region, keyOf(match[3] === "global" ? "CLOUDFRONT" : "REGIONAL", match[6]!));
  return found?.arn === arn ? found : undefined;
}

export const kinds: readonly Kind[] = ["webacl", "ipset", "regexpatternset", "rulegroup"];

/** Of any kind. */
export function findAnyByArn(place: Place, arn: string | undefined): { kind: Kind; item: Item } | undefined {
  for (const kind of kinds) {
    const item = findByArn(place, kind, arn);
    if (item) return { kind, item };
  }
  return undefined;
}

/** With the changes, under a new lock token, which is answered. */
export function changeItem<T extends Item>(
  place: Place,
  kind: Kind,
  item: T,
  given: string | undefined,
  changes: Partial<T>,
): { NextLockToken: string } {
  if (item.lockToken !== given) throw optimisticLock();
  const lockToken = place.cloud.world.random.uuid();
  keepItem(place, kind, { ...item, ...changes, lockToken });
  return { NextLockToken: lockToken };
}

export function removeItem({ cloud, region }: Place, kind: Kind, item: Item, given: string | undefined): void {
  if (item.lockToken !== given) throw optimisticLock();
  items(cloud, kind).delete(region, keyOf(item.scope, item.id));
}

export const summaryOf = ({ name, id, description, lockToken, arn }: Item) => ({
  Name: name,
  Id: id,
  Description: description,
  LockToken: lockToken,
  ARN: arn,
});

interface ListInput {
  Scope?: string | undefined;
  NextMarker?: string | undefined;
  Limit?: number | undefined;
}

/** Summaries in the order of names. AWS gives a marker with every page that is not empty; the page after the last is. */
export function listItems(place: Place, kind: Kind, input: ListInput) {
  const scope = checkScope(input.Scope, place.region);
  const all = items(place.cloud, kind).list(place.region, `${scope}/`);
  const page = pageByName(all, input, `${kind} ${scope}`, ({ name }) => name);
  return { summaries: page.members.map(summaryOf), ...(page.NextMarker !== undefined && { NextMarker: page.NextMarker }) };
}

export function pageByName<T>(
  all: readonly T[],
  { Limit, NextMarker }: Omit<ListInput, "Scope">,
  query: string,
  nameOf: (member: T) => string,
) {
  check({ limit: [Limit, { range: [1, 100] }], nextMarker: [NextMarker, { length: [1, 256] }] });
  const after = NextMarker === undefined ? undefined : readToken(NextMarker, query);
  if (NextMarker !== undefined && after === undefined) {
    throw invalidParameter("The parameter contains formatting that is not valid.", "NEXT_MARKER", NextMarker);
  }
  const rest = all.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).filter((member) => after === undefined || nameOf(member) > after);
  const members = rest.slice(0, Limit ?? 100);
  return { members, ...(members.length > 0 && { NextMarker: writeToken(nameOf(members.at(-1)!), query) }) };
}
