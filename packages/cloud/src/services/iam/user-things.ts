/** What a user has beside policies and access keys: keys, certificates and passwords of single services. They go with the user's id, not its name. */
import type { Cloud } from "../../cloud.ts";
import type { UserRecord } from "../../identity/entities.ts";
import { invalidInput } from "./errors.ts";

export interface UserThing {
  id: string;
  userId: string;
  status: "Active" | "Inactive";
  createdMs: number;
}

export interface SshKeyRecord extends UserThing {
  body: string;
  fingerprint: string;
}

export interface SigningCertificateRecord extends UserThing {
  body: string;
}

/** The password is given out once and not kept: nothing signs in with it. */
export interface ServiceCredentialRecord extends UserThing {
  service: string;
  /** The user name, or the alias, by which the service knows it. */
  name: string;
  expiresMs?: number;
}

export interface MfaDeviceRecord {
  serial: string;
  /** Of a virtual device, in hexadecimal. A hardware device's seed is known to its maker only. */
  seed?: string;
  tags: Record<string, string>;
  userId?: string;
  enabledMs?: number;
}

const things =
  <T extends UserThing>(kind: string) =>
  (cloud: Cloud) => {
    const kept = cloud.store.collection<T>(`iam:${kind}`);
    const all = () => kept.list("global");
    return {
      all,
      of: (user: UserRecord) => all().filter(({ userId }) => userId === user.id),
      put: (thing: T) => kept.put("global", thing.id, thing),
      delete: (thing: T) => void kept.delete("global", thing.id),
    };
  };

export const sshKeys = things<SshKeyRecord>("ssh-key");
export const signingCertificates = things<SigningCertificateRecord>("signing-certificate");
export const serviceCredentials = things<ServiceCredentialRecord>("service-credential");

export const mfaDevices = (cloud: Cloud) => cloud.store.collection<MfaDeviceRecord>("iam:mfa-device");

export const devicesOf = (cloud: Cloud, user: UserRecord): MfaDeviceRecord[] =>
  mfaDevices(cloud)
    .list("global")
    .filter(({ userId }) => userId === user.id);

export function checkedStatus(status: string | undefined): "Active" | "Inactive" {
  if (status !== "Active" && status !== "Inactive") throw invalidInput(`Status ${status} is not supported.`);
  return status;
}
