/** Health checks that run: each asks its address on its own schedule, or reckons from others. What is not on this machine is not asked. */
import type { HealthCheckConfig } from "@aws-sdk/client-route-53";
import type { Cloud } from "../../cloud.ts";
import { rootPrincipal } from "../../identity/principal.ts";
import { publicNames } from "../../runtime/dns/public-names.ts";
import { type HealthCheckRecord, healthChecks, probes } from "./health-checks.ts";
import { probe } from "./probe.ts";
import { everywhere } from "./zones.ts";

interface Watched {
  healthy: boolean;
  /** In a row, other than `healthy`. */
  different: number;
  report: string;
  lastFailure: { report: string; atMs: number } | undefined;
  checkedMs: number;
  /** By which it was begun; another one begins anew. */
  version: number;
  end(): void;
}

const key = Symbol("route53 health");
const watched = (cloud: Cloud) => cloud.memory(key, () => new Map<string, Watched>());

const alarmLookMs = 10_000;
const notHere = "Not checked: the embedded cloud asks only addresses of this machine.";

/** Begins, ends and renews checks as the records say. */
export function syncHealthChecks(cloud: Cloud): void {
  const records = new Map(
    healthChecks(cloud)
      .list(everywhere)
      .map((record) => [record.id, record]),
  );
  for (const [id, held] of watched(cloud)) {
    if (records.get(id)?.version === held.version) continue;
    held.end();
    watched(cloud).delete(id);
  }
  for (const [id, record] of records) if (!watched(cloud).has(id)) watched(cloud).set(id, begin(cloud, record));
}

export function stopHealthChecks(cloud: Cloud): void {
  for (const { end } of watched(cloud).values()) end();
  watched(cloud).clear();
}

/** As records see it. One that is not known, or is disabled, counts as healthy. */
export function isHealthy(cloud: Cloud, id: string, depth = 0): boolean {
  const record = healthChecks(cloud).get(everywhere, id);
  if (!record) return true;
  const { config } = record;
  const found = config.Disabled ? true : raw(cloud, id, config, depth);
  return config.Inverted ? !found : found;
}

const deepest = 8;

function raw(cloud: Cloud, id: string, config: HealthCheckConfig, depth: number): boolean {
  if (config.Type !== "CALCULATED") return watched(cloud).get(id)?.healthy ?? true;
  const children = config.ChildHealthChecks ?? [];
  const healthy = children.filter((child) => depth >= deepest || isHealthy(cloud, child, depth + 1)).length;
  return healthy >= (config.HealthThreshold ?? children.length);
}

export interface HealthReport {
  status: string;
  checkedMs: number;
  address: string | undefined;
}

export function healthReport(cloud: Cloud, { id, config }: HealthCheckRecord): HealthReport {
  const held = watched(cloud).get(id);
  const reckoned = isHealthy(cloud, id) ? "Success" : "Failure";
  return {
    status: config.Type === "CALCULATED" ? reckoned : (held?.report ?? "Success"),
    checkedMs: held?.checkedMs ?? cloud.world.clock.nowMs(),
    address: addressOf(cloud, config),
  };
}

export const lastFailure = (cloud: Cloud, id: string) => watched(cloud).get(id)?.lastFailure;

/** Where it asks: an address of this machine, or one that a name of this cloud's zones leads to. */
function addressOf(cloud: Cloud, { IPAddress, FullyQualifiedDomainName: name }: HealthCheckConfig): string | undefined {
  const address = IPAddress ?? (name === "localhost" ? "127.0.0.1" : name && publicNames(cloud)(name, "A")?.[0]);
  return address?.startsWith("127.") || address === "::1" ? address : undefined;
}

function begin(cloud: Cloud, { id, config, version }: HealthCheckRecord): Watched {
  const { clock } = cloud.world;
  const ending = new AbortController();
  const state: Watched = {
    healthy: true,
    different: 0,
    report: "Success",
    lastFailure: undefined,
    checkedMs: clock.nowMs(),
    version,
    end: () => ending.abort(),
  };
  if (config.Disabled) return state;
  const judge = (healthy: boolean, report: string, threshold: number) => {
    state.checkedMs = clock.nowMs();
    state.report = report;
    if (!healthy) state.lastFailure = { report, atMs: state.checkedMs };
    state.different = healthy === state.healthy ? 0 : state.different + 1;
    if (state.different < threshold) return;
    state.healthy = healthy;
    state.different = 0;
  };
  const repeat = (everyMs: number, look: () => Promise<void>) => {
    const round = async () => {
      await look();
      if (!ending.signal.aborted) cancel = clock.after(everyMs, again);
    };
    const again = () =>
      void round().catch((error: unknown) => {
        if (!ending.signal.aborted) console.error(`route53: health check ${id} was not looked at:`, error);
      });
    let cancel = clock.after(0, again);
    ending.signal.addEventListener("abort", () => cancel());
  };
  if (probes(config.Type)) {
    repeat((config.RequestInterval ?? 30) * 1000, async () => {
      const address = addressOf(cloud, config);
      if (address === undefined) return judge(true, notHere, 1);
      const { passed, report } = await probe(clock, config, address, ending.signal);
      if (!ending.signal.aborted) judge(passed, report, config.FailureThreshold ?? 3);
    });
  } else if (config.Type === "CLOUDWATCH_METRIC") {
    repeat(alarmLookMs, async () => {
      const { Name = "", Region } = config.AlarmIdentifier ?? {};
      const call = cloud.as(rootPrincipal(cloud.account), Region ?? "us-east-1");
      const { MetricAlarms: [alarm] = [] } = await call("cloudwatch", "DescribeAlarms", { AlarmNames: [Name] });
      const known = alarm?.StateValue === "OK" || alarm?.StateValue === "ALARM";
      if (known)
        return judge(alarm.StateValue === "OK", alarm.StateValue === "OK" ? "Success" : `Failure: the alarm ${Name} is in ALARM`, 1);
      if (config.InsufficientDataHealthStatus === "LastKnownStatus") return;
      judge(config.InsufficientDataHealthStatus !== "Unhealthy", "The alarm has not enough data.", 1);
    });
  }
  return state;
}
