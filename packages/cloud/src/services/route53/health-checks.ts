/** Health checks: what is kept of each, and the rules of their configuration. */
import { isIP } from "node:net";
import type { HealthCheck, HealthCheckConfig } from "@aws-sdk/client-route-53";
import type { Cloud } from "../../cloud.ts";
import type { Collection } from "../../store.ts";
import { invalidInput, noSuchHealthCheck } from "./errors.ts";
import { bareId, everywhere } from "./zones.ts";

export interface HealthCheckRecord {
  id: string;
  callerReference: string;
  config: HealthCheckConfig;
  version: number;
  tags: Record<string, string>;
}

export const healthChecks = (cloud: Cloud): Collection<HealthCheckRecord> => cloud.store.collection("route53:health-check");

export function requireHealthCheck(cloud: Cloud, id: string): HealthCheckRecord {
  const found = healthChecks(cloud).get(everywhere, bareId(id));
  if (!found) throw noSuchHealthCheck(bareId(id));
  return found;
}

export const describeHealthCheck = ({ id, callerReference, config, version }: HealthCheckRecord): HealthCheck => ({
  Id: id,
  CallerReference: callerReference,
  HealthCheckConfig: config,
  HealthCheckVersion: version,
});

/** Those that ask an address; the others reckon from other checks or alarms. */
export const probes = (type: string | undefined): boolean => /^(?:HTTPS?(?:_STR_MATCH)?|TCP)$/.test(type ?? "");

const types = ["HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP", "CALCULATED", "CLOUDWATCH_METRIC", "RECOVERY_CONTROL"];
const customaryPorts: Readonly<Record<string, number>> = { HTTP: 80, HTTP_STR_MATCH: 80, HTTPS: 443, HTTPS_STR_MATCH: 443 };
const mostChildren = 256;

/** With AWS's defaults filled in. @throws AwsError */
export function checkedConfig(given: HealthCheckConfig): HealthCheckConfig {
  const { Type, IPAddress, FullyQualifiedDomainName, RequestInterval, FailureThreshold, SearchString } = given;
  if (!types.includes(Type!)) throw invalidInput(`Invalid parameter : Type ${Type} is not one of ${types.join(", ")}`);
  const plain: HealthCheckConfig = { ...given, Inverted: given.Inverted ?? false, Disabled: given.Disabled ?? false };
  if (!probes(Type)) {
    if (Type === "CALCULATED" && (given.ChildHealthChecks?.length ?? 0) > mostChildren)
      throw invalidInput(`Invalid parameter : ChildHealthChecks has more than ${mostChildren} members`);
    if (Type === "CLOUDWATCH_METRIC" && !given.AlarmIdentifier) throw invalidInput("Invalid parameter : AlarmIdentifier is required");
    return plain;
  }
  if (IPAddress === undefined && FullyQualifiedDomainName === undefined)
    throw invalidInput("Invalid parameter : Basic health checks require either an IP address or a fully qualified domain name");
  if (IPAddress !== undefined && isIP(IPAddress) === 0)
    throw invalidInput(`Invalid parameter : IPAddress ${IPAddress} is not an IP address`);
  const port = given.Port ?? customaryPorts[Type!];
  if (port === undefined) throw invalidInput("Invalid parameter : Port is required for health checks of the type TCP");
  if (!(port >= 1 && port <= 65_535)) throw invalidInput(`Invalid parameter : Port ${port} is not from 1 to 65535`);
  if (RequestInterval !== undefined && RequestInterval !== 10 && RequestInterval !== 30)
    throw invalidInput("Invalid parameter : RequestInterval must be 10 or 30");
  if (FailureThreshold !== undefined && !(FailureThreshold >= 1 && FailureThreshold <= 10))
    throw invalidInput("Invalid parameter : FailureThreshold must be from 1 to 10");
  if (Type!.endsWith("_STR_MATCH") && !SearchString) throw invalidInput(`Invalid parameter : SearchString is required for ${Type}`);
  return {
    ...plain,
    Port: port,
    ...(Type !== "TCP" && { ResourcePath: pathOf(given.ResourcePath) }),
    RequestInterval: RequestInterval ?? 30,
    FailureThreshold: FailureThreshold ?? 3,
    MeasureLatency: given.MeasureLatency ?? false,
    EnableSNI: given.EnableSNI ?? Type!.startsWith("HTTPS"),
  };
}

const pathOf = (given = "/") => (given.startsWith("/") ? given : `/${given}`);
