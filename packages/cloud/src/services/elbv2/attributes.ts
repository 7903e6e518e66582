/** The attributes of load balancers, target groups and listeners: AWS's keys, defaults and ranges. */
import { invalidConfiguration, refused, validationError } from "./errors.ts";

interface Rule {
  default?: string;
  range?: readonly [min: number, max: number];
  /** Beside the range. */
  also?: string;
  enum?: readonly string[];
  maxLength?: number;
  refuse?: (value: string) => string | undefined;
}

type Table = Readonly<Record<string, Rule>>;

const flag = (standard: "true" | "false"): Rule => ({ default: standard, enum: ["true", "false"] });
const text: Rule = { default: "", maxLength: 1024 };

export const loadBalancerAttributes: Table = {
  "access_logs.s3.enabled": flag("false"),
  "access_logs.s3.bucket": text,
  "access_logs.s3.prefix": text,
  "client_keep_alive.seconds": { default: "3600", range: [60, 604_800] },
  "connection_logs.s3.enabled": flag("false"),
  "connection_logs.s3.bucket": text,
  "connection_logs.s3.prefix": text,
  "deletion_protection.enabled": flag("false"),
  "health_check_logs.s3.enabled": flag("false"),
  "health_check_logs.s3.bucket": text,
  "health_check_logs.s3.prefix": text,
  "idle_timeout.timeout_seconds": { default: "60", range: [1, 4000] },
  "ipv6.deny_all_igw_traffic": flag("false"),
  "load_balancing.cross_zone.enabled": { default: "true", enum: ["true"] },
  "routing.http.desync_mitigation_mode": { default: "defensive", enum: ["monitor", "defensive", "strictest"] },
  "routing.http.drop_invalid_header_fields.enabled": flag("false"),
  "routing.http.preserve_host_header.enabled": flag("false"),
  "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": flag("false"),
  "routing.http.xff_client_port.enabled": flag("false"),
  "routing.http.xff_header_processing.mode": { default: "append", enum: ["append", "preserve", "remove"] },
  "routing.http2.enabled": flag("true"),
  "waf.fail_open.enabled": flag("false"),
  "zonal_shift.config.enabled": flag("false"),
};

export const targetGroupAttributes: Table = {
  "deregistration_delay.timeout_seconds": { default: "300", range: [0, 3600] },
  "load_balancing.algorithm.anomaly_mitigation": { default: "off", enum: ["on", "off"] },
  "load_balancing.algorithm.type": { default: "round_robin", enum: ["round_robin", "least_outstanding_requests", "weighted_random"] },
  "load_balancing.cross_zone.enabled": {
    default: "use_load_balancer_configuration",
    enum: ["true", "false", "use_load_balancer_configuration"],
  },
  "slow_start.duration_seconds": { default: "0", range: [30, 900], also: "0" },
  "stickiness.app_cookie.cookie_name": text,
  "stickiness.app_cookie.duration_seconds": { default: "86400", range: [1, 604_800] },
  "stickiness.enabled": flag("false"),
  "stickiness.lb_cookie.duration_seconds": { default: "86400", range: [1, 604_800] },
  "stickiness.type": {
    default: "lb_cookie",
    enum: ["lb_cookie", "app_cookie", "source_ip", "source_ip_dest_ip", "source_ip_dest_ip_proto"],
  },
  "target_group_health.dns_failover.minimum_healthy_targets.count": { default: "1", range: [1, 1000], also: "off" },
  "target_group_health.dns_failover.minimum_healthy_targets.percentage": { default: "off", range: [1, 100], also: "off" },
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": { default: "1", range: [1, 1000] },
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": { default: "off", range: [1, 100], also: "off" },
};

const mutualTls = (value: string) => (value === "" ? undefined : "mutual TLS");
const header: Rule = { default: "", maxLength: 1024 };

export const listenerAttributes: Table = {
  ...Object.fromEntries(
    ["clientcert_serial_number", "clientcert_issuer", "clientcert_subject", "clientcert_validity", "clientcert_leaf", "clientcert"].map(
      (name) => [`routing.http.request.x_amzn_mtls_${name}.header_name`, { ...header, refuse: mutualTls }],
    ),
  ),
  "routing.http.request.x_amzn_tls_version.header_name": header,
  "routing.http.request.x_amzn_tls_cipher_suite.header_name": header,
  "routing.http.response.server.enabled": flag("true"),
  "routing.http.response.strict_transport_security.header_value": header,
  "routing.http.response.access_control_allow_origin.header_value": header,
  "routing.http.response.access_control_allow_methods.header_value": header,
  "routing.http.response.access_control_allow_headers.header_value": header,
  "routing.http.response.access_control_allow_credentials.header_value": { ...header, enum: ["", "true"] },
  "routing.http.response.access_control_expose_headers.header_value": header,
  "routing.http.response.access_control_max_age.header_value": { default: "", range: [0, 2_147_483_647], also: "" },
  "routing.http.response.content_security_policy.header_value": header,
  "routing.http.response.x_content_type_options.header_value": { ...header, enum: ["", "nosniff"] },
  "routing.http.response.x_frame_options.header_value": { ...header, enum: ["", "DENY", "SAMEORIGIN"] },
};

interface Given {
  Key?: string | undefined;
  Value?: string | undefined;
}

/** Those given, checked, over those that were. `what` begins the message about a key that is none: `Load balancer`. */
export function withAttributes(
  table: Table,
  what: string,
  before: Readonly<Record<string, string>>,
  given: readonly Given[],
): Record<string, string> {
  const after = { ...before };
  for (const { Key: key = "", Value: value = "" } of given) {
    const rule = Object.hasOwn(table, key) ? table[key] : undefined;
    if (!rule) throw validationError(`${what} attribute key '${key}' is not recognized`);
    if (rule.enum && !rule.enum.includes(value))
      throw validationError(`'${key}' value '${value}' must be one of [${rule.enum.join(", ")}]`);
    if (rule.maxLength !== undefined && value.length > rule.maxLength)
      throw validationError(`'${key}' value '${value}' is too long; the limit is '${rule.maxLength}'`);
    if (rule.range && value !== rule.also) {
      const [min, max] = rule.range;
      if (!/^\d{1,10}$/.test(value) || Number(value) < min || Number(value) > max)
        throw validationError(`'${key}' value '${value}' must be between '${min}-${max}' inclusive`);
    }
    const reason = rule.refuse?.(value);
    if (reason !== undefined) throw refused(`${reason} (the attribute ${key})`);
    after[key] = value;
  }
  return after;
}

/** All of the table, with what was set; optionally without those that have no value. */
export function listAttributes(table: Table, set: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(table).map(([Key, rule]) => ({ Key, Value: set[Key] ?? rule.default ?? "" }));
}

export const attributeOf = (table: Table, set: Readonly<Record<string, string>>, key: string): string =>
  set[key] ?? table[key]?.default ?? "";

/** What AWS refuses of target groups' stickiness. */
export function checkStickiness(attributes: Readonly<Record<string, string>>, protocol: string): void {
  const type = attributeOf(targetGroupAttributes, attributes, "stickiness.type");
  const name = attributeOf(targetGroupAttributes, attributes, "stickiness.app_cookie.cookie_name");
  if (type === "source_ip")
    throw invalidConfiguration(`Stickiness type 'source_ip' is not supported for target groups with the ${protocol} protocol`);
  if (type.startsWith("source_ip_")) throw validationError("'Stickiness type' must be one of [app_cookie, lb_cookie, source_ip]");
  if (type === "app_cookie" && name === "")
    throw invalidConfiguration("You must set an application cookie name to enable stickiness of type 'app_cookie'");
  if (/^AWSALB(?:APP|TG)?/.test(name)) {
    throw invalidConfiguration(
      `The application cookie name '${name}' is not valid. Names that start with AWSALB, AWSALBAPP or AWSALBTG are reserved.`,
    );
  }
  const slow = attributeOf(targetGroupAttributes, attributes, "slow_start.duration_seconds");
  const algorithm = attributeOf(targetGroupAttributes, attributes, "load_balancing.algorithm.type");
  if (slow !== "0" && algorithm !== "round_robin")
    throw invalidConfiguration(`You cannot enable slow start with the ${algorithm} load balancing algorithm`);
}
