/** The account's roles, users, groups and policies as they are kept: written by IAM, read by policy evaluation. */
import type { Cloud } from "../cloud.ts";

interface Entity {
  name: string;
  /** `AROA…`, `AIDA…`, `AGPA…`, `ANPA…`, `AIPA…`. */
  id: string;
  path: string;
  arn: string;
  createdMs: number;
}

/** What a role, a user and a group have in common: policies of their own and attached ones. */
export interface PolicyHolder extends Entity {
  /** JSON text by name. */
  inline: Record<string, string>;
  /** ARNs, in the order of their attachment. */
  attached: string[];
}

export interface RoleRecord extends PolicyHolder {
  /** JSON text. */
  trust: string;
  description?: string;
  maxSessionSeconds: number;
  boundary?: string;
  tags: Record<string, string>;
  lastUsed?: { atMs: number; region: string };
  /** The token of the act of CloudFormation's that made it. */
  token?: string;
}

export interface UserRecord extends PolicyHolder {
  groups: string[];
  boundary?: string;
  tags: Record<string, string>;
  /** The password itself is never kept: nothing signs in with it. */
  loginProfile?: { createdMs: number; resetRequired: boolean };
  accessKeys: {
    id: string;
    status: "Active" | "Inactive";
    createdMs: number;
    lastUsed?: { atMs: number; region: string; service: string };
  }[];
  token?: string;
}

export interface GroupRecord extends PolicyHolder {
  token?: string;
}

export interface ManagedPolicyRecord extends Entity {
  description?: string;
  updatedMs: number;
  /** The number of the version that is in force. */
  defaultVersion: number;
  /** The highest number given so far. */
  lastVersion: number;
  versions: { number: number; document: string; createdMs: number }[];
  tags: Record<string, string>;
  token?: string;
}

export interface InstanceProfileRecord extends Entity {
  roles: string[];
  tags: Record<string, string>;
  token?: string;
}

/** Names are unique without regard to case, and found with it. */
export interface Entities<T> {
  get(name: string): T | undefined;
  /** The one whose name differs by case at most. */
  alike(name: string): T | undefined;
  put(value: T): void;
  delete(name: string): void;
  list(): T[];
}

function entities<T extends { name: string }>(kind: string) {
  return (cloud: Cloud): Entities<T> => {
    const kept = cloud.store.collection<T>(`iam:${kind}`);
    const alike = (name: string) => kept.get("global", name.toLowerCase());
    return {
      alike,
      get(name) {
        const found = alike(name);
        return found?.name === name ? found : undefined;
      },
      put(value) {
        kept.put("global", value.name.toLowerCase(), value);
        forget(cloud);
      },
      delete(name) {
        kept.delete("global", name.toLowerCase());
        forget(cloud);
      },
      list: () => kept.list("global"),
    };
  };
}

export const roles = entities<RoleRecord>("role");
export const users = entities<UserRecord>("user");
export const groups = entities<GroupRecord>("group");
export const managedPolicies = entities<ManagedPolicyRecord>("policy");
export const instanceProfiles = entities<InstanceProfileRecord>("instance-profile");

/** What follows from the entities and is kept in memory until one of them changes. */
const derived = Symbol("derived from iam");

export const derivedFrom = (cloud: Cloud): Map<string, unknown> => cloud.memory(derived, () => new Map<string, unknown>());

const forget = (cloud: Cloud) => derivedFrom(cloud).clear();
