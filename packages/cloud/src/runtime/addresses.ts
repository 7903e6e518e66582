/** Loopback addresses, one for each thing that listens (a task, a database), so that two of them can have the same port. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { Cloud } from "../cloud.ts";

/** Whether every address of 127.0.0.0/8 can be listened on without setup: so on Linux, not on macOS. */
export const ownAddresses = process.platform === "linux";

/**
 * A loopback address of its own for `owner`, kept until released, on which `port` can be listened on now. Drawn from
 * 127.64.0.0–127.127.255.255 (four million), so that two clouds on one machine do not meet. Where only 127.0.0.1 can be
 * used (macOS), that and a free port of the system's choice; so is the port where this user may not listen on `port` (80), or, with
 * `confined`, a program without any right of its own may not.
 */
export async function claimAddress(
  cloud: Cloud,
  owner: string,
  port: number,
  { confined = false }: { confined?: boolean } = {},
): Promise<{ address: string; port: number }> {
  const claims = cloud.store.collection<{ address: string; port: number }>("addresses");
  const kept = claims.get("global", owner);
  if (kept && (await listens(kept.address, kept.port)) !== undefined) return kept;
  let wanted = !ownAddresses || (confined && port < firstUnprivilegedPort()) ? 0 : port;
  for (let attempt = 0; attempt < 100; attempt++) {
    const [a, b, c] = drawn(cloud);
    const address = ownAddresses ? `127.${64 + (a % 64)}.${b}.${1 + (c % 254)}` : "127.0.0.1";
    const free = await tried(address, wanted);
    if (free === "EACCES") wanted = 0;
    if (typeof free === "string") continue;
    const claim = { address, port: free };
    claims.put("global", owner, claim);
    return claim;
  }
  throw new Error(`no loopback address is free for port ${port}`);
}

/** Of this cloud alone, whatever others draw: those whose randomness comes from the same seed differ in their folder. */
function drawn({ world: { disk, random } }: Cloud): [number, number, number] {
  const digest = createHash("sha256").update(disk.root).update(random.bytes(8)).digest();
  return [digest[0]!, digest[1]!, digest[2]!];
}

/**
 * A port at `address` for `owner`, kept until released: `wanted` where this user may listen there, else one of the system's choice.
 * The same at every call, as long as it can be listened on.
 */
export async function claimPort(cloud: Cloud, owner: string, address: string, wanted: number): Promise<number> {
  const claims = cloud.store.collection<{ address: string; port: number }>("addresses");
  const kept = claims.get("global", owner);
  if (kept?.address === address && (await listens(address, kept.port)) !== undefined) return kept.port;
  const port = (await listens(address, wanted)) ?? (await listens(address, 0));
  if (port === undefined) throw new Error(`no port is free at ${address}`);
  claims.put("global", owner, { address, port });
  return port;
}

/** Whether `port` at `address` can be listened on now by this user. */
export const canListen = async (address: string, port: number): Promise<boolean> => (await listens(address, port)) !== undefined;

export function releaseAddress(cloud: Cloud, owner: string): void {
  cloud.store.collection("addresses").delete("global", owner);
}

/** The port when it can be listened on there (port 0: the one that the system chose), else `undefined`. */
async function listens(address: string, port: number): Promise<number | undefined> {
  const found = await tried(address, port);
  return typeof found === "number" ? found : undefined;
}

/** The port that could be listened on, or the code of the error. */
function tried(address: string, port: number): Promise<number | string> {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    server.listen({ host: address, port, exclusive: true }, () => {
      const bound = (server.address() as { port: number }).port;
      server.close(() => done(bound));
    });
  });
}

/** The first port that needs no right (ip(7), ip_unprivileged_port_start). */
function firstUnprivilegedPort(): number {
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
  } catch {
    return 1024;
  }
}
