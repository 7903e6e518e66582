/** A key as it is kept, the states that it goes through, and how it is shown. Keys are asked at each message of a queue, so they also lie in memory. */
import type { Output } from "../../aws.ts";
import type { Cloud } from "../../cloud.ts";
import type { OperationContext } from "../../service.ts";
import { forgetAliases } from "./aliases.ts";
import { disabled, invalidState } from "./errors.ts";
import { forgetGrants } from "./grants.ts";
import { algorithmsOf, type KeySpec, type KeyUsage } from "./key-spec.ts";
import { materialsOf, putMaterials } from "./material.ts";

export interface Key {
  /** A UUID; of keys of several Regions `mrk-` and 32 hexadecimal digits. */
  id: string;
  region: string;
  arn: string;
  createdMs: number;
  description: string;
  spec: KeySpec;
  usage: KeyUsage;
  origin: "AWS_KMS" | "EXTERNAL";
  /** Of a key that AWS manages: the service that it is of, as `sqs`. */
  managedFor?: string;
  enabled: boolean;
  /** JSON text. */
  policy: string;
  tags: Readonly<Record<string, string>>;
  /** When it goes for good; set while it is scheduled for deletion. */
  deletionMs?: number;
  /** Of a primary key whose replicas have to go first: how long it waits after them. */
  pendingWindowDays?: number;
  multiRegion?: { type: "PRIMARY" | "REPLICA"; primaryRegion: string };
  /** Automatic rotation, while it is on. */
  rotation?: { periodDays: number; nextMs: number };
  /** Of imported material, the id: the key takes no other. */
  importedId?: string;
  /** Imported material that expires. */
  expiresMs?: number;
  /** The token of the act of CloudFormation's that made it. */
  token?: string;
}

export type KeyState = "Enabled" | "Disabled" | "PendingDeletion" | "PendingImport" | "PendingReplicaDeletion";
export type Place = Pick<OperationContext, "cloud" | "account" | "region">;

export const dayMs = 86_400_000;

export const keyArn = ({ account, region }: Pick<Place, "account" | "region">, id: string): string =>
  `arn:aws:kms:${region}:${account}:key/${id}`;

const records = (cloud: Cloud) => cloud.store.collection<Key>("kms.key");
const memory = Symbol("kms keys");

const shelf = (cloud: Cloud): Map<string, Key> =>
  cloud.memory(
    memory,
    () =>
      new Map(
        records(cloud)
          .all()
          .map(({ value }) => [`${value.region}/${value.id}`, value]),
      ),
  );

/** A key, unless there is none or its time is over. */
export function findKey(cloud: Cloud, region: string, id: string): Key | undefined {
  const key = shelf(cloud).get(`${region}/${id}`);
  return key && current(cloud, key);
}

/** In the order of their ids. */
export const keysOf = (cloud: Cloud, region: string): Key[] =>
  [...shelf(cloud).values()]
    .filter((key) => key.region === region)
    .flatMap((key) => current(cloud, key) ?? [])
    .sort((a, b) => (a.id < b.id ? -1 : 1));

/** The same key in all its Regions, the primary first. */
export const relatedKeys = (cloud: Cloud, id: string): Key[] =>
  [...shelf(cloud).values()]
    .filter((key) => key.id === id)
    .flatMap((key) => current(cloud, key) ?? [])
    .sort((a, b) => rank(a) - rank(b) || (a.region < b.region ? -1 : 1));

const rank = (key: Key) => (key.multiRegion?.type === "PRIMARY" ? 0 : 1);

/** Never change a key in place: put another one where it was. */
export function putKey(cloud: Cloud, key: Key): Key {
  records(cloud).put(key.region, key.id, key);
  shelf(cloud).set(`${key.region}/${key.id}`, key);
  return key;
}

/** What the time that has passed has made of it; nothing, when its deletion was due. */
function current(cloud: Cloud, key: Key): Key | undefined {
  const nowMs = cloud.world.clock.nowMs();
  if (key.pendingWindowDays !== undefined) {
    for (const other of shelf(cloud).values()) if (other.id === key.id && other !== key) current(cloud, other);
    const after = shelf(cloud).get(`${key.region}/${key.id}`);
    if (after !== key) return after && current(cloud, after);
  }
  if (key.deletionMs !== undefined && key.deletionMs <= nowMs) {
    removeKey(cloud, key, key.deletionMs);
    return undefined;
  }
  if (key.expiresMs !== undefined && key.expiresMs <= nowMs) {
    putMaterials(cloud, key.id, []);
    const { expiresMs: _, ...rest } = key;
    return putKey(cloud, rest);
  }
  return key;
}

/** With its aliases and grants; its material goes with the last of the keys that share it. */
function removeKey(cloud: Cloud, key: Key, atMs: number): void {
  cloud.store.transaction(() => {
    forgetAliases(cloud, key.region, key.id);
    forgetGrants(cloud, key.region, key.id);
    records(cloud).delete(key.region, key.id);
    shelf(cloud).delete(`${key.region}/${key.id}`);
    const left = [...shelf(cloud).values()].filter(({ id }) => id === key.id);
    if (left.length === 0) putMaterials(cloud, key.id, []);
    // A primary key that waited for its replicas begins its own time of waiting.
    const [last] = left;
    if (left.length === 1 && last?.pendingWindowDays !== undefined) {
      const { pendingWindowDays, ...rest } = last;
      putKey(cloud, { ...rest, deletionMs: atMs + pendingWindowDays * dayMs });
    }
  });
}

export function stateOf(cloud: Cloud, key: Key): KeyState {
  if (key.deletionMs !== undefined) return "PendingDeletion";
  if (key.pendingWindowDays !== undefined) return "PendingReplicaDeletion";
  if (key.origin === "EXTERNAL" && materialsOf(cloud, key.id).length === 0) return "PendingImport";
  return key.enabled ? "Enabled" : "Disabled";
}

const stateWords: Readonly<Record<Exclude<KeyState, "Enabled" | "Disabled">, string>> = {
  PendingDeletion: "pending deletion",
  PendingReplicaDeletion: "pending replica deletion",
  PendingImport: "pending import",
};

/** Throws where the key is in a state that `allowed` does not name. Source: AWS KMS Developer Guide, "Key states of AWS KMS keys". */
export function checkState(cloud: Cloud, key: Key, allowed: readonly KeyState[] = ["Enabled"]): void {
  const state = stateOf(cloud, key);
  if (allowed.includes(state)) return;
  if (state === "Disabled") throw disabled(key.arn);
  throw invalidState(key.arn, state === "Enabled" ? "enabled" : stateWords[state]);
}

export type KeyMetadata = NonNullable<Output<"kms", "DescribeKey">["KeyMetadata"]>;

export function describeKey(cloud: Cloud, account: string, key: Key): KeyMetadata {
  const state = stateOf(cloud, key);
  const material = materialsOf(cloud, key.id).at(-1);
  return {
    AWSAccountId: account,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: new Date(key.createdMs),
    Enabled: state === "Enabled",
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: state,
    ...(key.deletionMs !== undefined && { DeletionDate: new Date(key.deletionMs) }),
    ...(key.pendingWindowDays !== undefined && { PendingDeletionWindowInDays: key.pendingWindowDays }),
    Origin: key.origin,
    ...(key.origin === "EXTERNAL" &&
      material && {
        ExpirationModel: key.expiresMs === undefined ? ("KEY_MATERIAL_DOES_NOT_EXPIRE" as const) : ("KEY_MATERIAL_EXPIRES" as const),
      }),
    ...(key.expiresMs !== undefined && { ValidTo: new Date(key.expiresMs) }),
    KeyManager: key.managedFor === undefined ? "CUSTOMER" : "AWS",
    CustomerMasterKeySpec: key.spec as "SYMMETRIC_DEFAULT",
    KeySpec: key.spec,
    ...algorithmsOf(key.spec, key.usage),
    MultiRegion: key.multiRegion !== undefined,
    ...(key.multiRegion && { MultiRegionConfiguration: multiRegionConfiguration(cloud, key) }),
    ...(key.spec === "SYMMETRIC_DEFAULT" && material && { CurrentKeyMaterialId: material.id }),
  };
}

function multiRegionConfiguration(cloud: Cloud, key: Key) {
  const shown = ({ arn, region }: Key) => ({ Arn: arn, Region: region });
  const related = relatedKeys(cloud, key.id);
  const primary = related.find(({ multiRegion }) => multiRegion?.type === "PRIMARY");
  return {
    MultiRegionKeyType: key.multiRegion!.type,
    ...(primary && { PrimaryKey: shown(primary) }),
    ReplicaKeys: related.filter(({ multiRegion }) => multiRegion?.type === "REPLICA").map(shown),
  };
}
