/**
 * The load balancers that run: brought to what the records say after each change. It reads all records of a region anew and touches
 * only what differs, so that it may be called at any time, twice, or after a crash.
 */
import type { Cloud } from "../../cloud.ts";
import { placeAddressHealth } from "../../runtime/address-health.ts";
import { claimPort, releaseAddress } from "../../runtime/addresses.ts";
import { certificateAt, noteCertificateUse, onCertificateChange } from "../../runtime/certificates.ts";
import { firewallFor } from "../../runtime/firewall/firewall.ts";
import { tellTargetNews } from "../../runtime/load-balancer/health-news.ts";
import { loadBalancer, type LoadBalancer } from "../../runtime/load-balancer/load-balancer.ts";
import { randomSource, type RandomSource } from "../../runtime/load-balancer/random-source.ts";
import type { LoadBalancerSpec, TargetGroupSpec } from "../../runtime/load-balancer/specification.ts";
import { startTargetGroup, type TargetGroup } from "../../runtime/load-balancer/target-group.ts";
import { placeMovedPorts } from "../../runtime/moved-ports.ts";
import { hostAt } from "../../runtime/private-addresses.ts";
import { AccessLog } from "./access-logs.ts";
import {
  type ListenerRecord,
  listenersOf,
  type LoadBalancerRecord,
  loadBalancers,
  type Scope,
  targetGroups,
  usersOfGroups,
} from "./records.ts";
import { forgetDrained } from "./targets.ts";
import { groupSpec, loadBalancerSpec } from "./specifications.ts";
import { TrafficCounts } from "./traffic-counts.ts";

export interface RunningBalancer {
  balancer: LoadBalancer;
  region: string;
  arn: string;
  address: string;
  counts: TrafficCounts;
  log: AccessLog;
  written: string;
}

interface RunningGroup {
  group: TargetGroup;
  region: string;
  written: string;
}

interface Plane {
  balancers: Map<string, RunningBalancer>;
  groups: Map<string, RunningGroup>;
  random: RandomSource;
  secret: Buffer;
  last: Promise<void>;
  stopped: boolean;
}

const key = Symbol("elbv2 plane");

export function planeOf(cloud: Cloud): Plane {
  return cloud.memory(key, () => {
    onCertificateChange(cloud, () => {
      for (const region of regionsOf(cloud))
        cloud.inBackground("elbv2: serving a changed certificate", syncPlane({ cloud, account: cloud.account, region }));
    });
    return {
      balancers: new Map(),
      groups: new Map(),
      random: randomSource(cloud.world.random),
      secret: secretOf(cloud),
      last: Promise.resolve(),
      stopped: false,
    };
  });
}

const regionsOf = (cloud: Cloud) =>
  new Set(
    loadBalancers(cloud)
      .all()
      .map(({ scope }) => scope),
  );

/** Signs the sticky cookies; they hold over a restart. */
function secretOf(cloud: Cloud): Buffer {
  const kept = cloud.store.collection<{ hex: string }>("elbv2:secret");
  let found = kept.get("global", "cookies");
  if (!found) kept.put("global", "cookies", (found = { hex: cloud.world.random.hex(64) }));
  return Buffer.from(found.hex, "hex");
}

/** Resolves when what the records say listens. One at a time. */
export function syncPlane(scope: Scope): Promise<void> {
  const plane = planeOf(scope.cloud);
  const done = plane.last.then(() => (plane.stopped ? undefined : apply(scope, plane)));
  plane.last = done.catch((error: unknown) => console.error("elbv2: load balancers were not brought up to date:", error));
  return done;
}

async function apply(scope: Scope, plane: Plane): Promise<void> {
  const { cloud, region } = scope;
  const users = usersOfGroups(scope);

  const groups = new Map(
    targetGroups(cloud)
      .list(region)
      .map((record) => [record.arn, record]),
  );
  for (const [arn, { group, region: own }] of plane.groups) {
    if (own !== region || (groups.has(arn) && users.has(arn))) continue;
    plane.groups.delete(arn);
    group.stop();
  }
  for (const [arn, record] of groups) {
    if (!users.has(arn)) continue;
    const spec = groupSpec(record);
    const written = JSON.stringify(spec);
    const held = plane.groups.get(arn);
    if (!held) plane.groups.set(arn, { group: startGroup(scope, plane, spec, record.vpcId), region, written });
    else if (held.written !== written) {
      held.written = written;
      held.group.update(spec);
    }
  }

  const wanted = new Map(
    loadBalancers(cloud)
      .list(region)
      .map((record) => [record.arn, record]),
  );
  for (const [arn, held] of plane.balancers) {
    if (held.region !== region || wanted.has(arn)) continue;
    plane.balancers.delete(arn);
    await held.balancer.stop();
    await held.log.flush();
    placeMovedPorts(cloud, held.address, undefined);
    placeAddressHealth(cloud, held.address, undefined);
    noteCertificateUse(cloud, arn, []);
  }
  // One that cannot listen, because a program outside has its port, keeps no other from it.
  const failures: unknown[] = [];
  for (const [arn, record] of wanted) {
    const own = listenersOf(scope, arn);
    noteCertificateUse(
      cloud,
      arn,
      own.flatMap(({ certificates }) => certificates),
    );
    try {
      await bring(scope, plane, record, own);
    } catch (error) {
      failures.push(new Error(`load balancer ${record.name} at ${record.address} does not listen`, { cause: error }));
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function bring(scope: Scope, plane: Plane, record: LoadBalancerRecord, own: readonly ListenerRecord[]): Promise<void> {
  const ports = new Map<string, number>();
  for (const { arn, port } of own) ports.set(arn, await portOf(plane, scope, arn, record.address, port));
  placeMovedPorts(scope.cloud, record.address, new Map(own.map(({ arn, port }) => [port, ports.get(arn)!])));
  const spec = loadBalancerSpec(scope, record, own, ports, (certificate) => certificateAt(scope.cloud, certificate));
  const written = JSON.stringify(spec);
  const held = plane.balancers.get(record.arn) ?? startBalancer(scope, plane, spec, record.entryPort);
  if (held.written === written) return;
  await held.balancer.update(spec);
  held.written = written;
}

/** One that listens already keeps its port; it would look taken. */
async function portOf(plane: Plane, { cloud }: Scope, listenerArn: string, address: string, port: number): Promise<number> {
  const running = plane.balancers.get(listenerArn.replace(/:listener\/(app\/[^/]+\/[^/]+)\/.*/, ":loadbalancer/$1"));
  const spec = running && running.written !== "" ? (JSON.parse(running.written) as LoadBalancerSpec) : undefined;
  const same = spec?.listeners.find((each) => each.arn === listenerArn && each.port === port);
  if (same) return same.boundPort;
  releaseIfMoved(cloud, listenerArn, spec);
  return claimPort(cloud, listenerPortOwner(listenerArn), address, port);
}

function releaseIfMoved(cloud: Cloud, listenerArn: string, spec: LoadBalancerSpec | undefined): void {
  if (spec?.listeners.some((each) => each.arn === listenerArn)) releaseAddress(cloud, listenerPortOwner(listenerArn));
}

export const listenerPortOwner = (listenerArn: string) => `elbv2/${listenerArn}`;

function startGroup(scope: Scope, plane: Plane, spec: TargetGroupSpec, vpcId: string): TargetGroup {
  const { cloud, region } = scope;
  const find = ({ id, port }: { id: string; port: number }) => {
    const host = hostAt(cloud, vpcId, id);
    return host && { host: host.address, port: host.portOf(port) };
  };
  const news = () => tellTargetNews(cloud, { region, targetGroupArn: spec.arn });
  return startTargetGroup({ clock: cloud.world.clock, random: plane.random, find }, spec, {
    healthChanged: news,
    drained(target) {
      if (plane.stopped) return;
      forgetDrained(scope, spec.arn, target);
      cloud.inBackground("elbv2: letting a target go", syncPlane(scope));
      news();
    },
  });
}

function startBalancer(scope: Scope, plane: Plane, spec: LoadBalancerSpec, entryPort: number | undefined): RunningBalancer {
  const { cloud, region } = scope;
  placeAddressHealth(cloud, spec.address, () => isWell(scope, plane, spec.arn));
  const counts = new TrafficCounts();
  const log = new AccessLog(scope, spec.arn);
  const balancer = loadBalancer(
    {
      clock: cloud.world.clock,
      random: plane.random,
      secret: plane.secret,
      entryPort,
      groupOf: (arn) => plane.groups.get(arn)?.group,
      firewall: () => firewallFor(cloud, spec.arn),
      traffic: {
        finished(record) {
          counts.finished(record);
          if (log.enabled) log.write(record);
        },
        connected: () => counts.connected(),
        disconnected: () => {},
        tlsFailed: () => counts.tlsFailed(),
      },
    },
    { ...spec, listeners: [] },
  );
  const held: RunningBalancer = { balancer, region, arn: spec.arn, address: spec.address, counts, log, written: "" };
  plane.balancers.set(spec.arn, held);
  return held;
}

/** Each of its target groups has a healthy target. Source: Route 53 Developer Guide, EvaluateTargetHealth of load balancers. */
function isWell(scope: Scope, plane: Plane, loadBalancerArn: string): boolean {
  const used = [...usersOfGroups(scope)].flatMap(([arn, users]) => (users.has(loadBalancerArn) ? [arn] : []));
  const able = new Set(["healthy", "unavailable"]); // Where checks are disabled nobody knows better.
  return used.every(
    (arn) =>
      plane.groups
        .get(arn)
        ?.group.targets()
        .some(({ health }) => able.has(health.state)) ?? false,
  );
}

/** The health that the data plane sees; nothing when the group is not in use. */
export const runningGroup = (cloud: Cloud, arn: string): TargetGroup | undefined => planeOf(cloud).groups.get(arn)?.group;

export async function startPlane(cloud: Cloud): Promise<void> {
  planeOf(cloud);
  // What fails was said; the cloud starts all the same.
  for (const region of regionsOf(cloud)) await syncPlane({ cloud, account: cloud.account, region }).catch(() => undefined);
}

/** `writeLogs` asks for the lines that would have been written later. */
export async function stopPlane(cloud: Cloud, { writeLogs }: { writeLogs: boolean }): Promise<void> {
  const plane = planeOf(cloud);
  plane.stopped = true;
  await plane.last;
  for (const { group } of plane.groups.values()) group.stop();
  for (const { balancer, log } of plane.balancers.values()) {
    await balancer.stop();
    if (writeLogs) await log.flush();
    log.close();
  }
}

/** Where a listener really listens. */
export const boundPortOf = (cloud: Cloud, listenerArn: string): number | undefined =>
  cloud.store.collection<{ port: number }>("addresses").get("global", listenerPortOwner(listenerArn))?.port;
