/** A secret as it is kept: its versions with their values and staging labels, its policy, its fate. */
import type { OperationContext } from "../../service.ts";
import type { Replica } from "./replication.ts";
import type { Rotation } from "./rotation.ts";
import type { KeptValue } from "./sealing.ts";
import { invalidName, markedForDeletion, notOnReplica, secretNotFound } from "./errors.ts";

export interface Secret {
  name: string;
  arn: string;
  description?: string;
  kmsKeyId?: string;
  type?: string;
  owningService?: string;
  createdMs: number;
  lastChangedMs: number;
  /** To the day, as AWS gives it. */
  lastAccessedMs?: number;
  /** When it goes for good; set while it is scheduled for deletion. */
  deletionMs?: number;
  tags: { Key: string; Value: string }[];
  /** It had tags once: from then on it is shown with its tags, be there none. */
  wasTagged?: true;
  resourcePolicy?: string;
  rotation?: Rotation;
  /** Where copies of it are kept; absent where it never had any. */
  replicas?: Replica[];
  /** The Region of the secret that this one is a copy of. */
  primaryRegion?: string;
  /** The oldest first. */
  versions: SecretVersion[];
}

export interface SecretVersion {
  id: string;
  createdMs: number;
  lastAccessedMs?: number;
  /** Staging labels; without any the version is deprecated. */
  stages: string[];
  /** Absent: a rotation waits for it. */
  value?: KeptValue;
  /** From before values were sealed: as they were written, the bytes in base64. */
  secretString?: string;
  secretBinary?: string;
}

const dayMs = 86_400_000;
export const toDay = (timeMs: number): number => timeMs - (timeMs % dayMs);

export type Place = Pick<OperationContext, "cloud" | "account" | "region">;

const collection = ({ cloud }: Pick<Place, "cloud">) => cloud.store.collection<Secret>("secrets");

const arnAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Ends in six random characters, so that a secret made anew under an old name is another one to policies. */
export const newArn = ({ cloud, account, region }: Place, name: string): string =>
  `${arnOf({ account, region }, name)}-${cloud.world.random.text(6, arnAlphabet)}`;

export const arnOf = ({ account, region }: Pick<Place, "account" | "region">, name: string): string =>
  `arn:aws:secretsmanager:${region}:${account}:secret:${name}`;

/** By name, whole ARN, or an ARN without the six characters; also one that is scheduled for deletion. Its time over, it is gone. */
export function peekSecret(place: Place, id: string): Secret | undefined {
  const found = viewSecret(place, id);
  return found && collection(place).get(place.region, found.name);
}

/** The same to look at only: what every call that reads a value does. */
export function viewSecret(place: Place, id: string): Readonly<Secret> | undefined {
  const name = nameIn(place, id);
  const secrets = collection(place);
  const found = secrets.view(place.region, id.startsWith("arn:") ? withoutSuffix(name) : name);
  // An ARN that ends as whole ones do is taken for one, also where that is how a name ends.
  if (id.startsWith("arn:") && name !== found?.name && found?.arn !== id) return undefined;
  if (found?.deletionMs === undefined || found.deletionMs > place.cloud.world.clock.nowMs()) return found;
  secrets.delete(place.region, found.name);
  return undefined;
}

function nameIn({ account, region }: Place, id: string): string {
  const prefix = arnOf({ account, region }, "");
  return id.startsWith(prefix) ? id.slice(prefix.length) : id;
}

const withoutSuffix = (name: string) => name.replace(/-[A-Za-z0-9]{6}$/, "");

/** Throws where there is none, or where the name can be none's. */
export function findSecret(place: Place, id: string): Secret {
  if (!id.startsWith("arn:")) checkName(id);
  const secret = peekSecret(place, id);
  if (!secret) throw secretNotFound();
  return secret;
}

/** Throws where there is none, or where it is scheduled for deletion. */
export function liveSecret(place: Place, id: string): Secret {
  const secret = findSecret(place, id);
  if (secret.deletionMs !== undefined) throw markedForDeletion();
  return secret;
}

/** The same to change it, which is done in its primary Region alone. */
export function primarySecret(place: Place, id: string): Secret {
  const secret = liveSecret(place, id);
  if (secret.primaryRegion !== undefined) throw notOnReplica();
  return secret;
}

/** The same to look at only. */
export function viewLiveSecret(place: Place, id: string): Readonly<Secret> {
  const secret = viewSecret(place, id);
  if (!secret) {
    if (!id.startsWith("arn:")) checkName(id);
    throw secretNotFound();
  }
  if (secret.deletionMs !== undefined) throw markedForDeletion();
  return secret;
}

/** In the order of their making. */
export const allSecrets = (place: Place): Secret[] =>
  collection(place)
    .list(place.region)
    .filter(({ name }) => peekSecret(place, name))
    .sort((a, b) => a.createdMs - b.createdMs || (a.name < b.name ? -1 : 1));

/** Without its copies in other Regions: whoever changes a secret uses `keep` of `replication.ts`. */
export const put = (place: Place, secret: Secret): void => collection(place).put(place.region, secret.name, secret);
export const forget = (place: Place, secret: Secret): boolean => collection(place).delete(place.region, secret.name);

/** Characters that a name may hold (CreateSecret's reference); the length is checked with the other constraints. */
export function checkName(name: string): void {
  if (!/^[A-Za-z0-9/_+=.@!-]*$/.test(name)) throw invalidName();
}
