/** The poolers that run now: one for each proxy, and one for each of its further endpoints. */
import { readFile } from "node:fs/promises";
import type { Cloud } from "../../../cloud.ts";
import { claimAddress, releaseAddress } from "../../../runtime/addresses.ts";
import { certificateFor } from "../../../runtime/authority.ts";
import { openPooler, type Pooler } from "../../../runtime/postgres/pooler/pooler.ts";
import { credentialsOf } from "./credentials.ts";
import { faultOfToken } from "../token-login.ts";
import { changeProxy, proxies, type Proxy, proxyById, type TargetRole } from "./proxy.ts";
import { addressFor, connectionsTaken } from "./target.ts";

const memory = Symbol("rds proxies");

/** By the id of the proxy or of the endpoint. */
const running = (cloud: Cloud) => cloud.memory(memory, () => new Map<string, Pooler>());

export const poolerOf = (cloud: Cloud, id: string): Pooler | undefined => running(cloud).get(id);

const port = 5432;
const noTargetPollMs = 50;

/** Listens for one proxy, or for one of its further endpoints; what runs already stays. */
export async function openProxy(cloud: Cloud, region: string, id: string, endpoint?: { id: string; role: TargetRole }): Promise<void> {
  const key = endpoint?.id ?? id;
  const role = endpoint?.role ?? "READ_WRITE";
  if (running(cloud).has(key)) return;
  const owner = `rds-proxy/${region}/${key}`;
  const at = await claimAddress(cloud, owner, port);
  const files = await certificateFor(cloud, { owner, names: ["localhost"], addresses: [at.address] });
  const [certificate, keyBytes] = await Promise.all([readFile(files.certificateFile), readFile(files.keyFile)]);
  /** As it is by now; it is there as long as its pooler is. */
  const now = (): Proxy => proxyById(cloud, region, id)!;
  const pooler = await openPooler(cloud, {
    ...at,
    certificate: { certificate, key: keyBytes },
    requireTls: () => now().requireTls,
    idleTimeoutMs: () => now().idleClientTimeoutSeconds * 1000,
    limits() {
      const proxy = now();
      const { maxConnectionsPercent, maxIdleConnectionsPercent, borrowTimeoutSeconds, initQuery } = proxy.group.pool;
      const taken = connectionsTaken(cloud, region, proxy, role);
      return {
        maxConnections: Math.max(1, Math.floor((taken * maxConnectionsPercent) / 100)),
        maxIdle: Math.floor((taken * maxIdleConnectionsPercent) / 100),
        borrowTimeoutMs: borrowTimeoutSeconds * 1000,
        initQuery,
      };
    },
    roleOf: async (user) => (await credentialsOf(cloud, region, now())).find(({ username }) => username === user),
    judge(user, token) {
      const endpoints = [now().at, ...now().endpoints.map((each) => each.at)].flatMap((each) =>
        each ? [`${each.address}:${each.port}`] : [],
      );
      return faultOfToken({ cloud, region, resourceId: id, endpoints }, user, token);
    },
    server: () => serverOf(cloud, region, id, role),
  });
  running(cloud).set(key, pooler);
  changeProxy(cloud, region, id, (proxy) => {
    const place = endpoint ? proxy.endpoints.find((each) => each.id === endpoint.id) : proxy;
    if (!place) return;
    place.at = at;
    if (place.status === "creating") place.status = "available";
  });
}

/** Waits for a target as long as a client waits for a connection. */
async function serverOf(cloud: Cloud, region: string, id: string, role: TargetRole): Promise<{ address: string; port: number }> {
  const { clock } = cloud.world;
  const untilMs = clock.nowMs() + (proxyById(cloud, region, id)?.group.pool.borrowTimeoutSeconds ?? 0) * 1000;
  for (;;) {
    const proxy = proxyById(cloud, region, id);
    const at = proxy && addressFor(cloud, region, proxy, role);
    if (at) return at;
    if (!proxy || clock.nowMs() >= untilMs) throw new Error("This RDS proxy has no target that is available for this endpoint.");
    await clock.sleep(noTargetPollMs, cloud.stopping);
  }
}

export async function closeProxy(cloud: Cloud, region: string, key: string): Promise<void> {
  const pooler = running(cloud).get(key);
  running(cloud).delete(key);
  await pooler?.close();
  releaseAddress(cloud, `rds-proxy/${region}/${key}`);
}

/** Opens those that were open in the cloud's last life, and finishes those that were being made or deleted. */
export async function reviveProxies(cloud: Cloud): Promise<void> {
  for (const { scope: region, value: proxy } of proxies(cloud).all()) {
    if (proxy.status === "deleting") {
      proxies(cloud).delete(region, proxy.name);
      continue;
    }
    await openProxy(cloud, region, proxy.id);
    for (const endpoint of proxy.endpoints) await openProxy(cloud, region, proxy.id, endpoint);
  }
}

export async function closeProxies(cloud: Cloud): Promise<void> {
  const all = [...running(cloud).values()];
  running(cloud).clear();
  await Promise.all(all.map((pooler) => pooler.close()));
}
