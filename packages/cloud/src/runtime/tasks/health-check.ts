/** A container's health check: its command run for real, at its interval. */
import type { Cloud } from "../../cloud.ts";

export interface HealthCheck {
  /** `["CMD", …]`, `["CMD-SHELL", "…"]`, or one text for the shell. */
  command: readonly string[];
  intervalSeconds: number;
  timeoutSeconds: number;
  retries: number;
  startPeriodSeconds: number;
}

export type Health = "UNKNOWN" | "HEALTHY" | "UNHEALTHY";

// Until a first success is seen, the check is made this often, so that a service which is ready is not kept waiting for a whole interval.
const eagerMs = 1_000;

/** The command as a program and its arguments; `undefined` for `NONE`. */
export function healthCommand([kind, ...rest]: readonly string[]): string[] | undefined {
  if (kind === undefined || kind === "NONE") return undefined;
  if (kind === "CMD") return rest.length > 0 ? rest : undefined;
  return ["/bin/sh", "-c", kind === "CMD-SHELL" ? rest.join(" ") : [kind, ...rest].join(" ")];
}

/**
 * Checks until it is stopped; the answer stops it. Failures count once an interval and not in the start period; `retries` of them in
 * a row make it UNHEALTHY, one success HEALTHY.
 */
export function watchHealth(
  cloud: Cloud,
  check: HealthCheck,
  probe: (timeoutMs: number) => Promise<boolean>,
  changed: (health: Health) => void,
): () => void {
  const { clock } = cloud.world;
  const startedMs = clock.nowMs();
  const intervalMs = check.intervalSeconds * 1000;
  let health: Health = "UNKNOWN";
  let failures = 0;
  let countedMs = startedMs;
  let stopped = false;
  let cancel = () => {};

  const become = (next: Health) => {
    if (next === health) return;
    health = next;
    changed(next);
  };
  const again = () => {
    if (stopped) return;
    const delayMs = health === "HEALTHY" ? intervalMs : Math.min(intervalMs, eagerMs);
    cancel = clock.after(delayMs, () => void once().then(again));
  };
  const once = async () => {
    const succeeded = await probe(check.timeoutSeconds * 1000);
    if (stopped) return;
    const nowMs = clock.nowMs();
    if (succeeded) {
      failures = 0;
      countedMs = nowMs;
      become("HEALTHY");
      return;
    }
    const starting = health === "UNKNOWN" && nowMs - startedMs < check.startPeriodSeconds * 1000;
    if (starting || (health !== "HEALTHY" && nowMs - countedMs < intervalMs)) return;
    countedMs = nowMs;
    failures++;
    if (failures >= check.retries) become("UNHEALTHY");
  };
  again();
  return () => {
    stopped = true;
    cancel();
  };
}
