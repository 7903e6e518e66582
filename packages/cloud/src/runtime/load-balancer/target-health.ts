/** The health of a target by AWS's states, and the checks that decide it. */
import { connect } from "node:net";
import { request, secureRequest } from "../../plain-http.ts";
import type { Clock } from "../../world.ts";
import type { HealthCheckSpec } from "./specification.ts";

export interface TargetHealth {
  state: "initial" | "healthy" | "unhealthy" | "unused" | "draining" | "unavailable";
  reason?: string;
  description?: string;
}

export const initialHealth: TargetHealth = {
  state: "initial",
  reason: "Elb.InitialHealthChecking",
  description: "Initial health checks in progress",
};
export const registrationInProgress: TargetHealth = {
  state: "initial",
  reason: "Elb.RegistrationInProgress",
  description: "Target registration is in progress",
};
export const drainingHealth: TargetHealth = {
  state: "draining",
  reason: "Target.DeregistrationInProgress",
  description: "Target deregistration is in progress",
};
export const uncheckedHealth: TargetHealth = {
  state: "unavailable",
  reason: "Target.HealthCheckDisabled",
  description: "Health checks are disabled for this target group",
};

type Failure = Pick<TargetHealth, "reason" | "description">;

/**
 * While a target is initial it is looked at more often than its interval: on AWS several nodes look, each on its own schedule. The longer it takes to
 * come up, the seldomer: it is seen at most an eighth of that time late.
 */
const firstLookMs = 50;
const longestLookMs = 1_000;
const lookAfter = (waitedMs: number): number => Math.min(longestLookMs, Math.max(firstLookMs, waitedMs / 8));

/** Checks until the answer is called. `where` tells the address at each check; `changed` is told of each new state. */
export function watchTarget(
  clock: Clock,
  spec: HealthCheckSpec,
  where: () => { host: string; port: number } | undefined,
  changed: (health: TargetHealth) => void,
): () => void {
  let health = initialHealth;
  let passed = 0;
  let failed = 0;
  let countedMs = clock.nowMs();
  const bornMs = countedMs;
  let over = false;
  let cancel = () => {};
  let abort = () => {};

  const become = (next: TargetHealth) => {
    if (next.state === health.state && next.reason === health.reason && next.description === health.description) return;
    health = next;
    changed(next);
  };
  const look = () => {
    const check = checkOnce(clock, spec, where());
    abort = check.abort;
    const startedMs = clock.nowMs();
    const judge = (failure: Failure | undefined) => {
      if (over) return;
      const nowMs = clock.nowMs();
      if (!failure) {
        failed = 0;
        passed++;
        // One pass is enough for a new target of a load balancer; one that was unhealthy has to pass several times.
        if (passed >= (health.state === "initial" ? (spec.firstThreshold ?? 1) : spec.healthyThreshold)) become({ state: "healthy" });
      } else if (health.state === "initial") {
        passed = 0;
        if (startedMs - countedMs >= spec.intervalMs * (failed + 1)) failed++;
        if (failed >= spec.unhealthyThreshold) become({ state: "unhealthy", ...failure });
      } else {
        passed = 0;
        failed++;
        if (health.state === "unhealthy" || failed >= spec.unhealthyThreshold) become({ state: "unhealthy", ...failure });
      }
      if (health.state !== "initial") countedMs = nowMs;
      const nextMs =
        health.state === "initial"
          ? Math.min(lookAfter(nowMs - bornMs), spec.intervalMs)
          : Math.max(0, startedMs + spec.intervalMs - nowMs);
      cancel = clock.after(nextMs, look);
    };
    void check.result.then(judge);
  };
  cancel = clock.after(0, look);
  return () => {
    over = true;
    cancel();
    abort();
  };
}

/** One request; `undefined` when it passed. */
function checkOnce(
  clock: Clock,
  spec: HealthCheckSpec,
  place: { host: string; port: number } | undefined,
): { result: Promise<Failure | undefined>; abort: () => void } {
  const closed: Failure = { reason: "Target.FailedHealthChecks", description: "Health checks failed" };
  if (!place) return { result: Promise.resolve(closed), abort: () => {} };
  if (spec.protocol === "TCP") return connectOnce(clock, spec.timeoutMs, place, closed);
  let abort = () => {};
  const result = new Promise<Failure | undefined>((done) => {
    const sent = (spec.protocol === "HTTPS" ? secureRequest : request)({
      host: place.host,
      port: place.port,
      path: spec.path,
      agent: false,
      // A load balancer does not check the certificates of targets.
      rejectUnauthorized: false,
      headers: {
        Host: `${place.host}:${place.port}`,
        Connection: "close",
        "User-Agent": "ELB-HealthChecker/2.0",
        "Accept-Encoding": "gzip, compressed",
      },
    });
    const finish = (failure: Failure | undefined) => {
      late();
      done(failure);
      sent.destroy();
    };
    const late = clock.after(spec.timeoutMs, () => finish({ reason: "Target.Timeout", description: "Request timed out" }));
    abort = () => finish(closed);
    sent.once("error", () => finish(closed));
    sent.once("response", (response) => {
      const { statusCode = 0 } = response;
      response.resume();
      finish(
        matchesCode(spec.matcher, statusCode)
          ? undefined
          : { reason: "Target.ResponseCodeMismatch", description: `Health checks failed with these codes: [${statusCode}]` },
      );
    });
    sent.end();
  });
  return { result, abort: () => abort() };
}

/** One connection, closed as soon as it stands. */
function connectOnce(
  clock: Clock,
  timeoutMs: number,
  place: { host: string; port: number },
  closed: Failure,
): ReturnType<typeof checkOnce> {
  let abort = () => {};
  const result = new Promise<Failure | undefined>((done) => {
    const socket = connect(place);
    const finish = (failure: Failure | undefined) => {
      late();
      done(failure);
      socket.destroy();
    };
    const late = clock.after(timeoutMs, () => finish({ reason: "Target.Timeout", description: "Request timed out" }));
    abort = () => finish(closed);
    socket.once("error", () => finish(closed));
    socket.once("connect", () => finish(undefined));
  });
  return { result, abort: () => abort() };
}

/** Whether `status` is in `matcher`: `200`, `200,202`, `200-299`. */
export function matchesCode(matcher: string, status: number): boolean {
  return matcher.split(",").some((part) => {
    const [from, to = from] = part.trim().split("-").map(Number);
    return status >= from! && status <= to!;
  });
}
