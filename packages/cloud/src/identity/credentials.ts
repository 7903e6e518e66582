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

/** As they are kept. */
type Issued = Credentials & {
  /** Revoked or inactive. */
  refused?: boolean;
};

const issued = (cloud: Cloud) => cloud.store.collection<Issued>("credentials");

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
  const accessKeyId = `AKIA${cloud.world.random.text(16, alphabet)}`;
  const secretAccessKey = cloud.world.random.text(40, secretAlphabet);
  const credentials = { accessKeyId, secretAccessKey, principal: { ...principal, accessKeyId } };
  issued(cloud).put("global", credentials.accessKeyId, credentials);
  return credentials;
}

/**
 * The credentials of an access key that this cloud issued; expired ones too, so that the error can say so. Of a revoked or
 * inactive key the secret and the token are ones that nobody was told: no signature fits, and the key is never taken for one
 * that the cloud did not issue, which would be the root's.
 */
export function findCredentials(cloud: Cloud, accessKeyId: string): Readonly<Credentials> | undefined {
  const found = issued(cloud).view("global", accessKeyId);
  if (!found?.refused) return found;
  const unknown = () => cloud.world.random.text(64, secretAlphabet);
  return { accessKeyId, secretAccessKey: unknown(), sessionToken: unknown(), principal: found.principal };
}

/** Takes the key back for good. That there was one stays known. */
export function revokeCredentials(cloud: Cloud, accessKeyId: string): void {
  const found = issued(cloud).get("global", accessKeyId);
  if (found) issued(cloud).put("global", accessKeyId, { ...found, secretAccessKey: "", refused: true });
}

/** Lets a user's key rest, or work again. */
export function setCredentialsActive(cloud: Cloud, accessKeyId: string, active: boolean): void {
  const found = issued(cloud).get("global", accessKeyId);
  if (found) issued(cloud).put("global", accessKeyId, { ...found, refused: !active });
}

/** Whose a key is, when that user is called otherwise from now on. */
export function renameCredentials(cloud: Cloud, accessKeyId: string, principal: Extract<Principal, { kind: "user" }>): void {
  const found = issued(cloud).get("global", accessKeyId);
  if (found) issued(cloud).put("global", accessKeyId, { ...found, principal: { ...principal, accessKeyId } });
}
