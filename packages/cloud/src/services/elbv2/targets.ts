/** The targets of a group: registered, deregistered, and what is said of their health. */
import { isIPv4, isIPv6 } from "node:net";
import type { TargetDescription, TargetHealthDescription } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { TargetGroup } from "../../runtime/load-balancer/target-group.ts";
import { registrationInProgress } from "../../runtime/load-balancer/target-health.ts";
import { invalidTarget, validationError } from "./errors.ts";
import { requireTargetGroup, type Scope, type TargetGroupRecord, type TargetRecord, targetGroups } from "./records.ts";

const sameTarget = (a: { id: string; port: number }, b: { id: string; port: number }) => a.id === b.id && a.port === b.port;

/** Those of a group's addresses that AWS takes: private ones. A loopback address stands for a program on this machine, outside the cloud. */
function checkTarget({ targetType }: TargetGroupRecord, id: string): void {
  if (targetType === "instance") {
    throw invalidTarget(`The following targets are not in a running state and cannot be registered: '${id}'`);
  }
  if (!isIPv4(id) && !isIPv6(id)) throw validationError(`The IP address '${id}' is not a valid IPv4 address`);
  if (isIPv6(id)) throw validationError(`The IP address '${id}' is not a valid IPv4 address`);
  const [a = 0, b = 0] = id.split(".").map(Number);
  const known = a === 10 || a === 127 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b < 128);
  if (!known) throw validationError(`The IP address '${id}' is not within a range that can be registered`);
}

export function registerTargets(scope: Scope, arn: string, given: readonly TargetDescription[]): void {
  const group = requireTargetGroup(scope, arn);
  if (given.length === 0) throw validationError("At least one target must be specified");
  for (const { Id = "", Port: port = group.port, AvailabilityZone } of given) {
    checkTarget(group, Id);
    if (port < 1 || port > 65_535) throw validationError(`The port '${port}' must be between 1 and 65535`);
    const target: TargetRecord = {
      id: Id,
      port,
      registeredMs: scope.cloud.world.clock.nowMs(),
      ...(AvailabilityZone !== undefined && { availabilityZone: AvailabilityZone }),
    };
    const before = group.targets.find((each) => sameTarget(each, target));
    if (before && before.drainingSinceMs === undefined) continue;
    group.targets = [...group.targets.filter((each) => each !== before), target];
  }
  targetGroups(scope.cloud).put(scope.region, arn, group);
}

/** Without a port: all of that address. In a group that nobody uses there is nothing to wait for. */
export function deregisterTargets(scope: Scope, arn: string, given: readonly TargetDescription[], inUse: boolean): void {
  const group = requireTargetGroup(scope, arn);
  const nowMs = scope.cloud.world.clock.nowMs();
  for (const { Id = "", Port } of given) {
    const matching = group.targets.filter(({ id, port }) => id === Id && (Port === undefined || port === Port));
    if (matching.length === 0 && group.targetType === "instance") throw invalidTarget("The following targets do not exist: '" + Id + "'");
    for (const target of matching) target.drainingSinceMs ??= nowMs;
  }
  if (!inUse) group.targets = group.targets.filter(({ drainingSinceMs }) => drainingSinceMs === undefined);
  targetGroups(scope.cloud).put(scope.region, arn, group);
}

export function forgetDrained({ cloud, region }: Scope, arn: string, target: { id: string; port: number }): void {
  const group = targetGroups(cloud).get(region, arn);
  if (!group) return;
  group.targets = group.targets.filter((each) => each.drainingSinceMs === undefined || !sameTarget(each, target));
  targetGroups(cloud).put(region, arn, group);
}

/** Of all registered targets, or of those asked for. */
export function describeHealth(
  group: TargetGroupRecord,
  running: TargetGroup | undefined,
  asked: readonly TargetDescription[] | undefined,
): TargetHealthDescription[] {
  const wanted = asked?.map(({ Id = "", Port = group.port }) => ({ id: Id, port: Port }));
  return (wanted ?? group.targets).map(({ id, port }) => {
    const record = group.targets.find((each) => sameTarget(each, { id, port }));
    const live = running?.targets().find((each) => sameTarget(each, { id, port }));
    const TargetHealth = !record
      ? { State: "unused" as const, Reason: "Target.NotRegistered" as const, Description: "Target is not registered to the target group" }
      : !running
        ? {
            State: "unused" as const,
            Reason: "Target.NotInUse" as const,
            Description: "Target group is not configured to receive traffic from the load balancer",
          }
        : shown(live?.health ?? registrationInProgress);
    return {
      Target: { Id: id, Port: port, ...(record?.availabilityZone !== undefined && { AvailabilityZone: record.availabilityZone }) },
      HealthCheckPort: group.healthCheck.port === "traffic-port" ? String(port) : group.healthCheck.port,
      TargetHealth,
      AdministrativeOverride: {
        State: "no_override" as const,
        Reason: "AdministrativeOverride.NoOverride" as const,
        Description: "No override is currently active on target",
      },
    };
  });
}

const shown = ({ state, reason, description }: { state: string; reason?: string; description?: string }) => ({
  State: state as "healthy",
  ...(reason !== undefined && { Reason: reason as "Target.Timeout" }),
  ...(description !== undefined && { Description: description }),
});
