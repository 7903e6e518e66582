/** What the data plane is told, made from the records. */
import type { HeldCertificate } from "../../runtime/certificates.ts";
import type { ListenerSpec, LoadBalancerSpec, RuleSpec, TargetGroupSpec } from "../../runtime/load-balancer/specification.ts";
import { actionSpec, transformSpec } from "./actions.ts";
import { attributeOf, listenerAttributes, loadBalancerAttributes, targetGroupAttributes } from "./attributes.ts";
import { conditionSpec } from "./conditions.ts";
import { type ListenerRecord, type LoadBalancerRecord, rulesOf, type Scope, type TargetGroupRecord } from "./records.ts";
import { policyVersions } from "./ssl-policies.ts";

export function loadBalancerSpec(
  scope: Scope,
  { arn, address, attributes }: LoadBalancerRecord,
  listeners: readonly ListenerRecord[],
  ports: ReadonlyMap<string, number>,
  certificate: (arn: string) => HeldCertificate | undefined,
): LoadBalancerSpec {
  const get = (key: string) => attributeOf(loadBalancerAttributes, attributes, key);
  return {
    arn,
    address,
    settings: {
      idleTimeoutMs: Number(get("idle_timeout.timeout_seconds")) * 1000,
      clientKeepAliveMs: Number(get("client_keep_alive.seconds")) * 1000,
      dropInvalidHeaders: get("routing.http.drop_invalid_header_fields.enabled") === "true",
      preserveHost: get("routing.http.preserve_host_header.enabled") === "true",
      forwardedFor: get("routing.http.xff_header_processing.mode") as "append",
      forwardedClientPort: get("routing.http.xff_client_port.enabled") === "true",
      tlsHeaders: get("routing.http.x_amzn_tls_version_and_cipher_suite.enabled") === "true",
      http2: get("routing.http2.enabled") === "true",
      wafFailOpen: get("waf.fail_open.enabled") === "true",
    },
    listeners: listeners.map((listener) => listenerSpec(scope, listener, ports.get(listener.arn)!, certificate)),
  };
}

const addedHeader = "routing.http.response.";

function listenerSpec(
  scope: Scope,
  listener: ListenerRecord,
  boundPort: number,
  certificate: (arn: string) => HeldCertificate | undefined,
): ListenerSpec {
  const get = (key: string) => attributeOf(listenerAttributes, listener.attributes, key);
  const ruleSpecs: RuleSpec[] = rulesOf(scope, listener.arn).map(({ arn, priority, conditions, actions, transforms }) => ({
    arn,
    priority,
    conditions: conditions.map(conditionSpec),
    action: actionSpec(actions[0]!),
    transforms: transforms.map(transformSpec),
  }));
  ruleSpecs.push({
    arn: listener.defaultRuleArn,
    priority: "default",
    conditions: [],
    action: actionSpec(listener.defaultActions[0]!),
    transforms: [],
  });
  return {
    arn: listener.arn,
    protocol: listener.protocol,
    port: listener.port,
    boundPort,
    rules: ruleSpecs,
    certificates: listener.certificates.flatMap((arn) => {
      const held = certificate(arn);
      return held ? [{ arn, names: held.names, certificatePem: held.certificatePem, keyPem: held.keyPem }] : [];
    }),
    ...policyVersions(listener.sslPolicy),
    responseHeaders: Object.keys(listenerAttributes)
      .filter((key) => key.startsWith(addedHeader) && key.endsWith(".header_value") && get(key) !== "")
      .map((key) => [key.slice(addedHeader.length, -".header_value".length).replaceAll("_", "-"), get(key)] as const),
    serverHeader: get("routing.http.response.server.enabled") === "true",
    tlsVersionHeader: get("routing.http.request.x_amzn_tls_version.header_name") || "X-Amzn-Tls-Version",
    tlsCipherHeader: get("routing.http.request.x_amzn_tls_cipher_suite.header_name") || "X-Amzn-Tls-Cipher-Suite",
  };
}

export function groupSpec({ arn, protocol, healthCheck, attributes, targets }: TargetGroupRecord): TargetGroupSpec {
  const get = (key: string) => attributeOf(targetGroupAttributes, attributes, key);
  const seconds = (key: string) => Number(get(key)) * 1000;
  const sticky = get("stickiness.enabled") === "true";
  const percent = get("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage");
  return {
    arn,
    protocol,
    healthCheck: {
      enabled: healthCheck.enabled,
      protocol: healthCheck.protocol,
      port: healthCheck.port === "traffic-port" ? undefined : Number(healthCheck.port),
      path: healthCheck.path,
      intervalMs: healthCheck.intervalSeconds * 1000,
      timeoutMs: healthCheck.timeoutSeconds * 1000,
      healthyThreshold: healthCheck.healthyThreshold,
      unhealthyThreshold: healthCheck.unhealthyThreshold,
      matcher: healthCheck.matcher,
    },
    algorithm: get("load_balancing.algorithm.type") as "round_robin",
    slowStartMs: seconds("slow_start.duration_seconds"),
    deregistrationDelayMs: seconds("deregistration_delay.timeout_seconds"),
    stickiness: !sticky
      ? undefined
      : get("stickiness.type") === "app_cookie"
        ? {
            type: "app_cookie",
            cookieName: get("stickiness.app_cookie.cookie_name"),
            seconds: Number(get("stickiness.app_cookie.duration_seconds")),
          }
        : { type: "lb_cookie", seconds: Number(get("stickiness.lb_cookie.duration_seconds")) },
    targets: targets.map(({ id, port, registeredMs, drainingSinceMs }) => ({
      id,
      port,
      registeredMs,
      ...(drainingSinceMs !== undefined && { drainingSinceMs }),
    })),
    minimumHealthyCount: Number(get("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count")),
    minimumHealthyPercent: percent === "off" ? undefined : Number(percent),
  };
}
