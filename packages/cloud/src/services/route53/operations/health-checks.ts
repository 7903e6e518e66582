/** Health checks. */
import type { HealthCheckConfig } from "@aws-sdk/client-route-53";
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { originOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { checkedConfig, describeHealthCheck, type HealthCheckRecord, healthChecks, requireHealthCheck } from "../health-checks.ts";
import { healthReport, lastFailure, syncHealthChecks } from "../health.ts";
import { everywhere } from "../zones.ts";

export const createHealthCheck = operation("route53", "CreateHealthCheck", (input, { cloud }) => {
  const { CallerReference: callerReference } = input;
  checkConstraints("InvalidInput", { callerReference: [callerReference, { length: [1, 64] }] });
  const config = checkedConfig(input.HealthCheckConfig);
  const same = healthChecks(cloud)
    .list(everywhere)
    .find((each) => each.callerReference === callerReference);
  if (same && JSON.stringify(same.config) !== JSON.stringify(config))
    throw new AwsError(
      "HealthCheckAlreadyExists",
      "A health check with the same caller reference and different settings already exists.",
      409,
    );
  const record: HealthCheckRecord = same ?? {
    id: cloud.world.random.uuid(),
    callerReference,
    config,
    version: 1,
    tags: { ...originOf(input)?.tags },
  };
  healthChecks(cloud).put(everywhere, record.id, record);
  syncHealthChecks(cloud);
  return {
    HealthCheck: describeHealthCheck(record) as never,
    Location: `https://route53.amazonaws.com/2013-04-01/healthcheck/${record.id}`,
  };
});

export const getHealthCheck = operation("route53", "GetHealthCheck", ({ HealthCheckId }, { cloud }) => ({
  HealthCheck: describeHealthCheck(requireHealthCheck(cloud, HealthCheckId)) as never,
}));

const mostChecks = 1000;

export const listHealthChecks = operation("route53", "ListHealthChecks", ({ Marker, MaxItems }, { cloud }) => {
  const size = Math.min(Number(MaxItems ?? 100), mostChecks);
  const all = healthChecks(cloud).list(everywhere);
  const from = Marker === undefined ? 0 : all.findIndex(({ id }) => id === Marker);
  if (from < 0) throw new AwsError("InvalidInput", "The marker is not a health check's.");
  const next = all[from + size];
  return {
    HealthChecks: all.slice(from, from + size).map(describeHealthCheck),
    ...(Marker !== undefined && { Marker }),
    IsTruncated: next !== undefined,
    ...(next && { NextMarker: next.id }),
    MaxItems: size,
  } as never;
});

/** What may be changed later; the type and how often it asks may not. */
const changeable = [
  "IPAddress",
  "Port",
  "ResourcePath",
  "FullyQualifiedDomainName",
  "SearchString",
  "FailureThreshold",
  "Inverted",
  "Disabled",
  "HealthThreshold",
  "ChildHealthChecks",
  "EnableSNI",
  "Regions",
  "AlarmIdentifier",
  "InsufficientDataHealthStatus",
] as const;

export const updateHealthCheck = operation("route53", "UpdateHealthCheck", (input, { cloud }) => {
  const record = requireHealthCheck(cloud, input.HealthCheckId);
  if (input.HealthCheckVersion !== undefined && input.HealthCheckVersion !== record.version)
    throw new AwsError(
      "HealthCheckVersionMismatch",
      "The value of HealthCheckVersion in the request doesn't match the value of HealthCheckVersion in the health check.",
      409,
    );
  const config: Record<string, unknown> = { ...record.config };
  for (const name of changeable) if (input[name] !== undefined) config[name] = input[name];
  for (const name of input.ResetElements ?? []) delete config[name];
  const changed = { ...record, config: checkedConfig(config as unknown as HealthCheckConfig), version: record.version + 1 };
  healthChecks(cloud).put(everywhere, record.id, changed);
  syncHealthChecks(cloud);
  return { HealthCheck: describeHealthCheck(changed) as never };
});

export const deleteHealthCheck = operation("route53", "DeleteHealthCheck", ({ HealthCheckId }, { cloud }) => {
  const { id } = requireHealthCheck(cloud, HealthCheckId);
  const parent = healthChecks(cloud)
    .list(everywhere)
    .find(({ config }) => config.ChildHealthChecks?.includes(id));
  if (parent) throw new AwsError("HealthCheckInUse", `The health check ${id} is a child of the calculated health check ${parent.id}.`);
  healthChecks(cloud).delete(everywhere, id);
  syncHealthChecks(cloud);
  return {};
});

export const getHealthCheckCount = operation("route53", "GetHealthCheckCount", (_input, { cloud }) => ({
  HealthCheckCount: healthChecks(cloud).list(everywhere).length,
}));

export const getHealthCheckStatus = operation("route53", "GetHealthCheckStatus", ({ HealthCheckId }, { cloud, region }) => {
  const record = requireHealthCheck(cloud, HealthCheckId);
  const { status, checkedMs, address } = healthReport(cloud, record);
  return {
    HealthCheckObservations: [
      {
        Region: region as "us-east-1",
        ...(address !== undefined && { IPAddress: address }),
        StatusReport: { Status: status, CheckedTime: new Date(checkedMs) },
      },
    ],
  };
});

export const getHealthCheckLastFailureReason = operation(
  "route53",
  "GetHealthCheckLastFailureReason",
  ({ HealthCheckId }, { cloud, region }) => {
    const { id } = requireHealthCheck(cloud, HealthCheckId);
    const failed = lastFailure(cloud, id);
    return {
      HealthCheckObservations: failed
        ? [{ Region: region as "us-east-1", StatusReport: { Status: failed.report, CheckedTime: new Date(failed.atMs) } }]
        : [],
    };
  },
);
