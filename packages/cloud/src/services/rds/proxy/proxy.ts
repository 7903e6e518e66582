/** A proxy as it is kept: who may come in, how many connections it may have, before which database, and where it listens. */
import type { Cloud } from "../../../cloud.ts";
import { proxyNotFound } from "../errors.ts";
import type { Tag } from "../tags.ts";

export interface ProxyAuth {
  secretArn: string;
  description?: string | undefined;
  clientPasswordAuthType: string;
  /** Whether clients log in with a token; else with the secret's password. */
  iam?: boolean;
}

export type TargetRole = "READ_WRITE" | "READ_ONLY";

/** An endpoint beside the proxy's own. */
export interface ProxyEndpoint {
  name: string;
  /** `prx-endpoint-` and 17 characters. */
  id: string;
  status: "creating" | "available" | "deleting";
  role: TargetRole;
  subnets: string[];
  securityGroups: string[];
  vpc: string;
  at?: { address: string; port: number } | undefined;
  createdMs: number;
  tags: Tag[];
}

/** The database before which it stands, by what stays when that is renamed. */
export interface ProxyTarget {
  kind: "cluster" | "instance";
  resourceId: string;
}

export interface PoolConfiguration {
  maxConnectionsPercent: number;
  maxIdleConnectionsPercent: number;
  borrowTimeoutSeconds: number;
  initQuery?: string | undefined;
}

export interface Proxy {
  name: string;
  /** `prx-` and 17 characters: names it in ARNs, and stays when it is renamed. */
  id: string;
  status: "creating" | "available" | "modifying" | "deleting";
  auth: ProxyAuth[];
  roleArn: string;
  subnets: string[];
  securityGroups: string[];
  vpc: string;
  requireTls: boolean;
  idleClientTimeoutSeconds: number;
  debugLogging: boolean;
  at?: { address: string; port: number } | undefined;
  /** Its one group of targets, `default`. */
  group: { id: string; pool: PoolConfiguration; createdMs: number; updatedMs: number };
  targets: ProxyTarget[];
  endpoints: ProxyEndpoint[];
  createdMs: number;
  updatedMs: number;
  tags: Tag[];
}

export const proxies = (cloud: Cloud) => cloud.store.collection<Proxy>("rds.proxies");

export function findProxy(cloud: Cloud, region: string, name: string): Proxy {
  const found = proxies(cloud).get(region, name.toLowerCase());
  if (!found) throw proxyNotFound(name);
  return found;
}

/** Reads, changes and writes at once; nothing when it is gone. Answers what was written. */
export function changeProxy(cloud: Cloud, region: string, id: string, change: (proxy: Proxy) => void): Proxy | undefined {
  return cloud.store.transaction(() => {
    const proxy = proxyById(cloud, region, id);
    if (!proxy) return undefined;
    const { name } = proxy;
    change(proxy);
    if (proxy.name !== name) proxies(cloud).delete(region, name);
    proxies(cloud).put(region, proxy.name, proxy);
    return proxy;
  });
}

export function proxyById(cloud: Cloud, region: string, id: string): Proxy | undefined {
  return proxies(cloud)
    .list(region)
    .find((each) => each.id === id);
}

/** Whether a proxy stands before this database: it then holds connections to it, and never lets it pause. */
export function isProxied(cloud: Cloud, region: string, resourceId: string): boolean {
  return proxies(cloud)
    .list(region)
    .some(({ targets }) => targets.some((target) => target.resourceId === resourceId));
}

const alphabet = "0123456789abcdef";
export const newProxyId = (cloud: Cloud, prefix: "prx-" | "prx-tg-" | "prx-endpoint-"): string =>
  `${prefix}0${cloud.world.random.text(16, alphabet)}`;
