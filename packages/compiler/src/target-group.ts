/** The copies of a service behind a load balancer, and how they are asked whether they are well. */
import { durationSeconds } from "@plinth/language/reading";
import type { Duration, PathHealth } from "@plinth/language";
import type { Compilation } from "./compilation.ts";
import type { Origin } from "./origin.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import type { Made } from "./value.ts";

/** Seconds that a new copy is given before wrong answers count. */
export function graceSeconds({ declared: { options } }: Named<"service">): number {
  const { health } = options;
  return durationSeconds((typeof health === "object" ? health.grace : undefined) ?? "60 seconds") ?? 60;
}

export interface TargetGroupOptions {
  readonly origin: Origin;
  /** @default "1 day" */
  readonly sticky?: false | Duration | undefined;
  /** @default "30 seconds" */
  readonly drain?: Duration | undefined;
}

/** It has no name of AWS's: all but its health check and attributes makes a new one, which has to stand beside it. */
export function buildTargetGroup(
  { draft }: Compilation,
  id: string,
  { origin, sticky = "1 day", drain = "30 seconds" }: TargetGroupOptions,
  service: Named<"service">,
  network: Network,
): Made {
  const { health, port } = service.declared.options;
  const asked: Partial<PathHealth> =
    typeof health === "string" ? { path: health } : health && "path" in health ? health : { path: "/", codes: "200-499" };
  return draft.add("compute", id, { ...origin, part: "TargetGroup" }, (here) => ({
    Type: "AWS::ElasticLoadBalancingV2::TargetGroup",
    Properties: {
      VpcId: here.take(network.vpc),
      TargetType: "ip",
      Protocol: "HTTP",
      Port: port!,
      HealthCheckPath: asked.path!,
      Matcher: { HttpCode: asked.codes ?? "200-399" },
      HealthCheckIntervalSeconds: durationSeconds(asked.every ?? "10 seconds")!,
      HealthCheckTimeoutSeconds: durationSeconds(asked.timeout ?? "5 seconds")!,
      HealthyThresholdCount: asked.successes ?? 2,
      UnhealthyThresholdCount: asked.retries ?? 3,
      TargetGroupAttributes: Object.entries({
        "deregistration_delay.timeout_seconds": String(durationSeconds(drain)),
        "stickiness.enabled": String(sticky !== false),
        ...(sticky !== false && {
          "stickiness.type": "lb_cookie",
          "stickiness.lb_cookie.duration_seconds": String(durationSeconds(sticky)),
        }),
      }).map(([Key, Value]) => ({ Key, Value })),
    },
  }));
}
