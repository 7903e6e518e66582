/** The parameters of a region as they are kept: every version of each, with labels, and its tags. */
import type { Cloud } from "../../cloud.ts";

export type ParameterType = "String" | "StringList" | "SecureString";
export type Tier = "Standard" | "Advanced" | "Intelligent-Tiering";

export interface ParameterVersion {
  version: number;
  type: ParameterType;
  /** Of a SecureString as `sealing.ts` keeps it; one from before it did lies as it was written. */
  value: string;
  /** What sealed the value of a SecureString: its KMS key itself, or a data key of that. */
  sealedBy?: "key" | "data key";
  description?: string;
  keyId?: string;
  allowedPattern?: string;
  tier: Tier;
  dataType: string;
  policies: { type: string; text: string }[];
  labels: string[];
  modifiedMs: number;
  /** The ARN of who wrote it. */
  modifiedBy: string;
}

export interface Parameter {
  name: string;
  /** Oldest first; never empty. */
  versions: ParameterVersion[];
  tags: Record<string, string>;
}

/** AWS keeps a hundred versions of a parameter. */
export const versionLimit = 100;

const collection = (cloud: Cloud) => cloud.store.collection<Parameter>("ssm.parameter");

export const newest = ({ versions }: Parameter): ParameterVersion => versions.at(-1)!;

/** A parameter by its name or ARN; one whose Expiration policy has passed is gone. */
export function findParameter(cloud: Cloud, region: string, nameOrArn: string): Parameter | undefined {
  const { name, alternative } = nameIn(nameOrArn);
  for (const key of [name, alternative]) {
    const found = key === undefined ? undefined : collection(cloud).get(region, key);
    if (found && !dropIfExpired(cloud, region, found)) return found;
  }
  return undefined;
}

export function allParameters(cloud: Cloud, region: string, prefix = ""): Parameter[] {
  return collection(cloud)
    .list(region, prefix)
    .filter((parameter) => !dropIfExpired(cloud, region, parameter));
}

export function putParameter(cloud: Cloud, region: string, parameter: Parameter): void {
  collection(cloud).put(region, parameter.name, parameter);
}

export function removeParameter(cloud: Cloud, region: string, name: string): boolean {
  return collection(cloud).delete(region, name);
}

/** `arn:…:parameter/a/b` is of `/a/b`; `arn:…:parameter/a` of `a`, or of `/a`: AWS writes both alike. */
export function parameterArn(account: string, region: string, name: string): string {
  return `arn:aws:ssm:${region}:${account}:parameter${name.startsWith("/") ? "" : "/"}${name}`;
}

function nameIn(nameOrArn: string): { name: string; alternative?: string } {
  const path = /^arn:[^:]+:ssm:[^:]*:\d*:parameter(\/.+)$/.exec(nameOrArn)?.[1];
  return path === undefined ? { name: nameOrArn } : { name: path, alternative: path.slice(1) };
}

function dropIfExpired(cloud: Cloud, region: string, parameter: Parameter): boolean {
  const expiration = newest(parameter).policies.find(({ type }) => type === "Expiration");
  if (!expiration) return false;
  const at = Date.parse((JSON.parse(expiration.text) as { Attributes?: { Timestamp?: string } }).Attributes?.Timestamp ?? "");
  if (!(at <= cloud.world.clock.nowMs())) return false;
  removeParameter(cloud, region, parameter.name);
  return true;
}
