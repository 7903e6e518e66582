/**
 * Copies of a secret in other Regions of this cloud: its values under a key of that Region, its labels, tags, policy and description. They follow at once whatever is
 * changed in the primary Region, and can only be read. Source: Secrets Manager User Guide, "Replicate secrets across Regions".
 */
import type { ReplicationStatusType } from "@aws-sdk/client-secrets-manager";
import { AwsError } from "../../aws-error.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { defaultKey, isFilled, openedValue, sealedValue } from "./sealing.ts";
import { arnOf, forget, peekSecret, type Place, put, type Secret, type SecretVersion } from "./secret.ts";

export interface Replica {
  region: string;
  kmsKeyId?: string;
  /** Why there is no copy, or an old one. */
  failure?: string;
}

/** Keeps a secret, and brings its copies to the same. */
export function keep(place: Place, secret: Secret): void {
  place.cloud.store.transaction(() => {
    for (const replica of secret.replicas ?? []) bring(place, secret, replica);
    put(place, secret);
  });
}

/** Also over a secret of that name that stands there already, where `overwrite` says so. */
export function addReplica(place: Place, secret: Secret, replica: Replica, overwrite: boolean): void {
  const there = { ...place, region: replica.region };
  const known = peekSecret(there, secret.name);
  if (known && known.primaryRegion !== place.region && overwrite) forget(there, known);
  secret.replicas = [...(secret.replicas ?? []).filter(({ region }) => region !== replica.region), replica];
}

export function removeReplica(place: Place, secret: Secret, region: string): void {
  const copy = copyOf(place, secret, region);
  if (copy) forget({ ...place, region }, copy);
  secret.replicas = (secret.replicas ?? []).filter((each) => each.region !== region);
}

export function copyOf(place: Place, { name }: Secret, region: string): Secret | undefined {
  const found = peekSecret({ ...place, region }, name);
  return found?.primaryRegion === place.region ? found : undefined;
}

/** What goes wrong is the copy's matter: it is written down and tried again with the next change. */
function bring(place: Place, primary: Secret, replica: Replica): void {
  delete replica.failure;
  const there = { ...place, region: replica.region };
  const known = peekSecret(there, primary.name);
  if (known && known.primaryRegion !== place.region) {
    replica.failure = `Replication failed: Secret name ${primary.name} already exists in region ${replica.region}.`;
    return;
  }
  const { replicas: _, rotation: __, kmsKeyId: ___, lastAccessedMs: ____, versions, ...same } = primary;
  const copy: Secret = {
    ...same,
    arn: arnOf(there, primary.arn.slice(arnOf(place, "").length)),
    ...(replica.kmsKeyId !== undefined && { kmsKeyId: replica.kmsKeyId }),
    createdMs: known?.createdMs ?? place.cloud.world.clock.nowMs(),
    ...(known?.lastAccessedMs !== undefined && { lastAccessedMs: known.lastAccessedMs }),
    primaryRegion: place.region,
    versions: [],
  };
  try {
    for (const version of versions) copy.versions.push(copied(place, primary, version, there, copy, known));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    replica.failure = `Replication failed: ${error.message}`;
    return;
  }
  put(there, copy);
}

/** A value is sealed anew where the copy has none for the version yet, or another key. */
function copied(
  place: Place,
  primary: Secret,
  version: SecretVersion,
  there: Place,
  copy: Secret,
  known: Secret | undefined,
): SecretVersion {
  const { value: _, secretString: __, secretBinary: ___, lastAccessedMs: ____, ...same } = version;
  const before = known?.kmsKeyId === copy.kmsKeyId ? known?.versions.find(({ id }) => id === version.id) : undefined;
  const kept = { ...same, ...(before?.lastAccessedMs !== undefined && { lastAccessedMs: before.lastAccessedMs }) };
  if (!isFilled(version)) return kept;
  if (before?.value) return { ...kept, value: before.value };
  const principal = servicePrincipal(place.account, "secretsmanager.amazonaws.com");
  const value = openedValue({ ...place, principal }, primary, version);
  return { ...kept, value: sealedValue({ ...there, principal }, copy, version.id, value) };
}

/** As describes show them. */
export function replicationStatus(place: Place, secret: Secret): ReplicationStatusType[] {
  return (secret.replicas ?? []).map(({ region, kmsKeyId, failure }) => {
    const accessedMs = copyOf(place, secret, region)?.lastAccessedMs;
    return {
      Region: region,
      KmsKeyId: kmsKeyId ?? defaultKey,
      Status: failure === undefined ? "InSync" : "Failed",
      StatusMessage: failure ?? "Replication succeeded",
      ...(accessedMs !== undefined && { LastAccessedDate: new Date(accessedMs) }),
    };
  });
}
