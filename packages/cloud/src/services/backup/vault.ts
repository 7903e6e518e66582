/** A backup vault: a name under which recovery points are kept. */
import type { Cloud } from "../../cloud.ts";
import { invalidValue, notFound } from "./errors.ts";
import type { VaultLock } from "./vault-lock.ts";

export type Tags = Record<string, string>;

export interface Vault {
  name: string;
  createdMs: number;
  kmsKeyArn?: string;
  /** Who may do what to it and what it holds; JSON text. */
  policy?: string;
  lock?: VaultLock;
  tags: Tags;
}

export const vaults = (cloud: Cloud) => cloud.store.collection<Vault>("backup.vaults");

export const vaultArn = (region: string, account: string, name: string) => `arn:aws:backup:${region}:${account}:backup-vault:${name}`;

export function checkVaultName(name: string): string {
  if (/^[a-zA-Z0-9\-_]{2,50}$/.test(name)) return name;
  throw invalidValue(`Invalid backup vault name ${name}: it must match ^[a-zA-Z0-9\\-\\_]{2,50}$`);
}

/** `Default` is there without being made, as on AWS. */
export function findVault(cloud: Cloud, region: string, name: string): Vault {
  const found = vaults(cloud).get(region, name);
  if (found) return found;
  if (name === "Default") return { name, createdMs: 0, tags: {} };
  throw notFound(`Backup vault ${name} not found.`);
}

/** A vault by its ARN, also of another region. */
export function vaultAt(cloud: Cloud, arn: string): { region: string; vault: Vault } {
  const [, region, name] = /^arn:aws:backup:([a-z0-9-]+):\d{12}:backup-vault:([a-zA-Z0-9\-_]{2,50})$/.exec(arn) ?? [];
  if (region === undefined || name === undefined) throw invalidValue(`Invalid backup vault ARN: ${arn}`);
  return { region, vault: findVault(cloud, region, name) };
}
