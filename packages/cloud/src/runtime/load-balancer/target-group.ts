/** A target group as it runs: its targets' health, and which of them gets the next request. */
import type { Clock } from "../../world.ts";
import type { RandomSource } from "./random-source.ts";
import type { FindTarget, TargetGroupSpec, TargetSpec } from "./specification.ts";
import { drainingHealth, initialHealth, type TargetHealth, uncheckedHealth, watchTarget } from "./target-health.ts";

export interface Target {
  readonly id: string;
  readonly port: number;
  health: TargetHealth;
  /** Requests and open upgrades on it now. */
  outstanding: number;
  /** When it became healthy: the beginning of a slow start. */
  healthySinceMs: number;
}

export interface TargetGroup {
  readonly spec: TargetGroupSpec;
  update(spec: TargetGroupSpec): void;
  /** The next target, or `undefined` when there is none; `sticky` is the key of one that the client is bound to. */
  pick(sticky: string | undefined): Target | undefined;
  release(target: Target): void;
  where(target: Target): { host: string; port: number } | undefined;
  targets(): readonly Target[];
  stop(): void;
}

export interface TargetGroupEvents {
  healthChanged(target: Target): void;
  /** Nothing is under way on a target that is being deregistered, or its time is over. */
  drained(target: Target): void;
}

export const targetKey = ({ id, port }: Pick<TargetSpec, "id" | "port">) => `${id}:${port}`;

export function startTargetGroup(
  { clock, random, find }: { clock: Clock; random: RandomSource; find: FindTarget },
  first: TargetGroupSpec,
  events: TargetGroupEvents,
): TargetGroup {
  interface Held extends Target {
    stopWatching: () => void;
    checkedBy: string;
    drainingSinceMs: number | undefined;
    cancelDrain: () => void;
  }
  let spec = first;
  let held = new Map<string, Held>();
  let candidates: Held[] | undefined;
  let next = random.below(1 << 16);

  const healthChanged = (target: Held, health: TargetHealth) => {
    if (health.state === "healthy") target.healthySinceMs = clock.nowMs();
    target.health = health;
    candidates = undefined;
    events.healthChanged(target);
  };
  const drained = (target: Held) => {
    target.cancelDrain();
    events.drained(target);
  };

  const apply = () => {
    const before = held;
    held = new Map();
    candidates = undefined;
    const { healthCheck: check } = spec;
    const checkedBy = JSON.stringify([check, spec.protocol]);
    for (const wanted of spec.targets) {
      const key = targetKey(wanted);
      const draining = wanted.drainingSinceMs !== undefined;
      let target = before.get(key);
      before.delete(key);
      if (target && !draining && target.drainingSinceMs !== undefined) {
        // Registered again while it drained: it begins anew.
        target.cancelDrain();
        target = undefined;
      }
      if (!target) {
        target = {
          id: wanted.id,
          port: wanted.port,
          health: initialHealth,
          outstanding: 0,
          healthySinceMs: clock.nowMs(),
          stopWatching: () => {},
          checkedBy: "",
          drainingSinceMs: undefined,
          cancelDrain: () => {},
        };
      }
      const now = target;
      held.set(key, now);
      if (draining) {
        if (now.drainingSinceMs === undefined) {
          now.stopWatching();
          now.checkedBy = "";
          now.drainingSinceMs = wanted.drainingSinceMs;
          now.health = drainingHealth;
          const leftMs = now.outstanding === 0 ? 0 : Math.max(0, wanted.drainingSinceMs! + spec.deregistrationDelayMs - clock.nowMs());
          now.cancelDrain = clock.after(leftMs, () => drained(now));
        }
        continue;
      }
      if (now.checkedBy === checkedBy) continue;
      now.stopWatching();
      now.checkedBy = checkedBy;
      if (!check.enabled) {
        now.stopWatching = () => {};
        now.health = uncheckedHealth;
        continue;
      }
      now.stopWatching = watchTarget(
        clock,
        check,
        () => find({ id: now.id, port: check.port ?? now.port }),
        (health) => healthChanged(now, health),
      );
    }
    for (const gone of before.values()) {
      gone.stopWatching();
      gone.cancelDrain();
    }
  };

  const usable = (): Held[] => {
    if (candidates) return candidates;
    const all = [...held.values()].filter(({ drainingSinceMs }) => drainingSinceMs === undefined);
    const healthy = all.filter(({ health }) => health.state === "healthy" || health.state === "unavailable");
    const enough =
      healthy.length >= spec.minimumHealthyCount &&
      (spec.minimumHealthyPercent === undefined || healthy.length * 100 >= spec.minimumHealthyPercent * all.length);
    // Too few: all get requests, the unhealthy too (AWS: fail open).
    candidates = enough ? healthy : all;
    return candidates;
  };
  /** The share of a full one's requests that a target in its slow start gets. */
  const share = (target: Held) =>
    spec.slowStartMs === 0 ? 1 : Math.min(1, Math.max(0.05, (clock.nowMs() - target.healthySinceMs) / spec.slowStartMs));

  const choose = (list: Held[]): Held | undefined => {
    if (list.length <= 1) return list[0];
    if (spec.algorithm === "least_outstanding_requests") {
      next++;
      let best = list[next % list.length]!;
      for (const each of list) if (each.outstanding < best.outstanding) best = each;
      return best;
    }
    for (let tries = 0; tries < list.length; tries++) {
      const target = list[spec.algorithm === "weighted_random" ? random.below(list.length) : next++ % list.length]!;
      if (spec.slowStartMs === 0 || random.below(1000) < share(target) * 1000) return target;
    }
    return list[next++ % list.length];
  };

  apply();
  return {
    get spec() {
      return spec;
    },
    update(after) {
      spec = after;
      apply();
    },
    pick(sticky) {
      const list = usable();
      const bound = sticky === undefined ? undefined : held.get(sticky);
      const target = bound && list.includes(bound) ? bound : choose(list);
      if (target) target.outstanding++;
      return target;
    },
    release(target) {
      target.outstanding--;
      const own = target as Held;
      if (own.outstanding === 0 && own.drainingSinceMs !== undefined) drained(own);
    },
    where: ({ id, port }) => find({ id, port }),
    targets: () => [...held.values()],
    stop() {
      for (const target of held.values()) {
        target.stopWatching();
        target.cancelDrain();
      }
      held.clear();
    },
  };
}
