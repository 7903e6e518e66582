/** Access keys that the cloud issued: whose they are, until when, and the secret that signatures are checked with. */
import type { Cloud } from "../cloud.ts";
import type { Principal } from "./principal.ts";

export interface Credentials {
  /** `ASIA…` for temporary ones, `AKIA…` for a user's. */
  accessKeyId: string;
  secretAccessKey: string;
  /** Only with temporary ones. */
  sessionToken?: string;
  /** Only with temporary ones. */
  expiresMs?: number;
  principal: Principal;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const secretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const issued = (cloud: Cloud) => cloud.store.collection<Credentials>("credentials");

/** Credentials of a role's session, valid for `durationSeconds` from now. The caller has checked the trust policy. */
export function issueRoleCredentials(
  cloud: Cloud,
  principal: Extract<Principal, { kind: "assumed-role" }>,
  durationSeconds: number,
): Required<Credentials> {
  return issueTemporary(cloud, principal, durationSeconds);
}

/** Temporary credentials of a user or the root, as GetSessionToken gives. */
export function issueTemporary(cloud: Cloud, principal: Principal, durationSeconds: number): Required<Credentials> {
  const { clock, random } = cloud.world;
  const credentials = {
    accessKeyId: `ASIA${random.text(16, alphabet)}`,
    secretAccessKey: random.text(40, secretAlphabet),
    sessionToken: random.text(356, secretAlphabet),
    expiresMs: clock.nowMs() + durationSeconds * 1000,
    principal,
  };
  issued(cloud).put("global", credentials.accessKeyId, credentials);
  return credentials;
}

/** A long-lived key of a user. */
export function issueUserAccessKey(cloud: Cloud, principal: Extract<Principal, { kind: "user" }>): Credentials {
  const credentials = {
    accessKeyId: `AKIA${cloud.world.random.text(16, alphabet)}`,
    secretAccessKey: cloud.world.random.text(40, secretAlphabet),
    principal,
  };
  issued(cloud).put("global", credentials.accessKeyId, credentials);
  return credentials;
}

/** The credentials of an access key that this cloud issued; expired ones too, so that the error can say so. */
export function findCredentials(cloud: Cloud, accessKeyId: string): Credentials | undefined {
  return issued(cloud).get("global", accessKeyId);
}

export function revokeCredentials(cloud: Cloud, accessKeyId: string): void {
  issued(cloud).delete("global", accessKeyId);
}
