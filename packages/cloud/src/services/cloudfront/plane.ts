/** The distributions that run: brought to what the records say after each change, one after the other, at any time, twice, or after a crash. */
import { readFile } from "node:fs/promises";
import type { Cloud } from "../../cloud.ts";
import { canListen, claimAddress, ownAddresses, releaseAddress } from "../../runtime/addresses.ts";
import { placeAddressHealth } from "../../runtime/address-health.ts";
import { authorityFile, certificateFor } from "../../runtime/authority.ts";
import { noteCertificateUse, onCertificateChange } from "../../runtime/certificates.ts";
import { placeEdgeName } from "../../runtime/dns/edge-names.ts";
import { publicNames } from "../../runtime/dns/public-names.ts";
import { type Edge, startEdge } from "../../runtime/edge/edge.ts";
import { firewallFor, wantFirewall } from "../../runtime/firewall/firewall.ts";
import { randomSource, type RandomSource } from "../../runtime/load-balancer/random-source.ts";
import { movedPorts, placeMovedPorts } from "../../runtime/moved-ports.ts";
import { askBucket } from "./bucket-origin.ts";
import { logFunction } from "./function-logs.ts";
import { type DistributionRecord, distributions, everywhere } from "./records.ts";
import { edgeSpec } from "./specifications.ts";
import { AccessLog } from "./access-log.ts";
import { TrafficCounts } from "./traffic-counts.ts";

export interface RunningEdge {
  id: string;
  edge: Edge;
  counts: TrafficCounts;
  log: AccessLog;
  written: string;
}

interface Plane {
  edges: Map<string, RunningEdge>;
  random: RandomSource;
  last: Promise<void>;
  stopped: boolean;
}

const key = Symbol("cloudfront plane");

export function planeOf(cloud: Cloud): Plane {
  return cloud.memory(key, () => {
    onCertificateChange(cloud, () => {
      if (distributions(cloud).list(everywhere).length > 0)
        cloud.inBackground("cloudfront: serving a changed certificate", syncPlane(cloud));
    });
    return { edges: new Map(), random: randomSource(cloud.world.random), last: Promise.resolve(), stopped: false };
  });
}

/** Resolves when what the records say listens. One at a time. */
export function syncPlane(cloud: Cloud): Promise<void> {
  const plane = planeOf(cloud);
  const done = plane.last.then(() => (plane.stopped ? undefined : apply(cloud, plane)));
  plane.last = done.catch((error: unknown) => console.error("cloudfront: distributions were not brought up to date:", error));
  return done;
}

async function apply(cloud: Cloud, plane: Plane): Promise<void> {
  const wanted = new Map(
    distributions(cloud)
      .list(everywhere)
      .map((record) => [record.id, record]),
  );
  for (const [id, running] of plane.edges) {
    if (wanted.get(id)?.config.Enabled === true) continue;
    plane.edges.delete(id);
    await running.edge.stop();
    await running.log.flush();
  }
  const failures: unknown[] = [];
  for (const record of wanted.values()) {
    note(cloud, record);
    if (record.config.Enabled !== true) continue;
    try {
      await bring(cloud, plane, record);
    } catch (error) {
      // One whose port a program outside has keeps no other from listening.
      failures.push(new Error(`distribution ${record.id} at ${record.address} does not listen`, { cause: error }));
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** What others have to know of it. */
function note(cloud: Cloud, { arn, address, ports, entryPort, domainName, config }: DistributionRecord): void {
  const enabled = config.Enabled === true;
  const certificate = config.ViewerCertificate?.ACMCertificateArn;
  noteCertificateUse(cloud, arn, certificate ? [certificate] : []);
  wantFirewall(cloud, arn, config.WebACLId ? config.WebACLId : undefined);
  placeEdgeName(cloud, domainName, enabled ? address : undefined);
  placeAddressHealth(cloud, address, enabled ? () => true : undefined);
  placeMovedPorts(
    cloud,
    address,
    new Map([
      [80, entryPort ?? ports.http],
      [443, entryPort ?? ports.https],
    ]),
  );
}

/** Before its record goes. */
export function forgetDistribution(cloud: Cloud, { id, arn, address, domainName }: DistributionRecord): void {
  noteCertificateUse(cloud, arn, []);
  wantFirewall(cloud, arn, undefined);
  placeEdgeName(cloud, domainName, undefined);
  placeAddressHealth(cloud, address, undefined);
  placeMovedPorts(cloud, address, undefined);
  releaseAddress(cloud, owner(id));
}

const owner = (id: string) => `cloudfront/${id}`;

/** An address of its own; where the customary ports are not this user's, one port for both protocols. */
export async function claimPlace(cloud: Cloud, id: string): Promise<Pick<DistributionRecord, "address" | "ports" | "entryPort">> {
  const { address, port } = await claimAddress(cloud, owner(id), 0);
  const customary = ownAddresses && (await canListen(address, 80)) && (await canListen(address, 443));
  return { address, ports: { http: 80, https: 443 }, ...(!customary && { entryPort: port }) };
}

async function bring(cloud: Cloud, plane: Plane, record: DistributionRecord): Promise<void> {
  const spec = edgeSpec(cloud, record);
  const written = JSON.stringify(spec);
  const held = plane.edges.get(record.id);
  if (held) {
    if (held.written !== written) held.edge.update(spec);
    held.written = written;
    return;
  }
  const files = await certificateFor(cloud, { owner: owner(record.id), names: [record.domainName], addresses: [record.address] });
  const own = { certificatePem: await readFile(files.certificateFile, "utf8"), keyPem: await readFile(files.keyFile, "utf8") };
  const counts = new TrafficCounts();
  const log = new AccessLog(cloud, record.id);
  const edge = await startEdge(
    {
      clock: cloud.world.clock,
      random: plane.random,
      find: (name, port) => placeOf(cloud, name, port),
      authority: async () => readFile(await authorityFile(cloud), "utf8"),
      bucket: (asked) => askBucket(cloud, asked),
      firewall: () => firewallFor(cloud, record.arn),
      traffic: {
        finished(request) {
          counts.finished(request);
          log.write(request);
        },
        logged: (called, requestId, lines) => logFunction(cloud, called.name, requestId, lines),
      },
    },
    spec,
    own,
  );
  plane.edges.set(record.id, { id: record.id, edge, counts, log, written });
}

/** Names of this machine alone: its addresses, and what the zones of this cloud lead to them. */
function placeOf(cloud: Cloud, name: string, port: number): { address: string; port: number } | undefined {
  const address = /^127(?:\.\d+){3}$/.test(name)
    ? name
    : name === "localhost"
      ? "127.0.0.1"
      : publicNames(cloud)(name, "A")?.find((each) => each.startsWith("127."));
  return address === undefined ? undefined : { address, port: movedPorts(cloud, address).get(port) ?? port };
}

export async function startPlane(cloud: Cloud): Promise<void> {
  planeOf(cloud);
  // What fails was said; the cloud starts all the same.
  if (distributions(cloud).list(everywhere).length > 0) await syncPlane(cloud).catch(() => {});
}

/** `writeLogs` asks for the lines that would have been written later. */
export async function stopPlane(cloud: Cloud, { writeLogs }: { writeLogs: boolean }): Promise<void> {
  const plane = planeOf(cloud);
  plane.stopped = true;
  await plane.last;
  for (const { edge, log } of plane.edges.values()) {
    await edge.stop();
    if (writeLogs) await log.flush();
    log.close();
  }
  plane.edges.clear();
}
