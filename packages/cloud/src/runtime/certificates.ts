/** Certificates with their keys, by ARN: Certificate Manager puts them here, what terminates TLS (a load balancer) takes them, and each knows of the other. */
import type { Cloud } from "../cloud.ts";

export interface HeldCertificate {
  /** With the chain after it. PEM. */
  certificatePem: string;
  keyPem: string;
  /** DNS names, perhaps `*.example.com`. */
  names: readonly string[];
}

interface Shelf {
  held: Map<string, HeldCertificate>;
  /** By user, the certificates that it has in use. */
  uses: Map<string, readonly string[]>;
  watchers: Set<() => void>;
}

const key = Symbol("certificates");
const shelf = (cloud: Cloud): Shelf => cloud.memory(key, () => ({ held: new Map(), uses: new Map(), watchers: new Set() }));

export function placeCertificate(cloud: Cloud, arn: string, certificate: HeldCertificate | undefined): void {
  const { held, watchers } = shelf(cloud);
  if (certificate) held.set(arn, certificate);
  else held.delete(arn);
  for (const changed of watchers) changed();
}

export const certificateAt = (cloud: Cloud, arn: string): HeldCertificate | undefined => shelf(cloud).held.get(arn);

/** Calls `changed` whenever a certificate is put here anew or goes. */
export function onCertificateChange(cloud: Cloud, changed: () => void): void {
  shelf(cloud).watchers.add(changed);
}

/** `user` (an ARN) has these in use from now on, and no others. */
export function noteCertificateUse(cloud: Cloud, user: string, arns: readonly string[]): void {
  if (arns.length > 0) shelf(cloud).uses.set(user, arns);
  else shelf(cloud).uses.delete(user);
}

/** The ARNs of what has a certificate in use, in order. */
export function usersOfCertificate(cloud: Cloud, arn: string): string[] {
  return [...shelf(cloud).uses].flatMap(([user, arns]) => (arns.includes(arn) ? [user] : [])).toSorted();
}
