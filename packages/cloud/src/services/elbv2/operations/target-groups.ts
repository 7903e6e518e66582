/** CreateTargetGroup and what changes, describes and removes target groups; their targets. */
import type { TargetGroup } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Input } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { checkStickiness, listAttributes, targetGroupAttributes, withAttributes } from "../attributes.ts";
import { invalidConfiguration, refused, resourceInUse, targetGroupNotFound, validationError } from "../errors.ts";
import { page } from "../paging.ts";
import { runningGroup, syncPlane } from "../plane.ts";
import { requireLoadBalancer, requireTargetGroup, type TargetGroupRecord, targetGroups, usersOfGroups } from "../records.ts";
import { tagRecord } from "../tags.ts";
import { deregisterTargets as deregister, describeHealth, registerTargets as register } from "../targets.ts";

type Health = TargetGroupRecord["healthCheck"];
const protocols = ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC"];

function describe(record: TargetGroupRecord, users: ReadonlySet<string> | undefined): TargetGroup {
  const { healthCheck: check } = record;
  return {
    TargetGroupArn: record.arn,
    TargetGroupName: record.name,
    Protocol: record.protocol,
    Port: record.port,
    VpcId: record.vpcId,
    HealthCheckProtocol: check.protocol,
    HealthCheckPort: check.port,
    HealthCheckEnabled: check.enabled,
    HealthCheckIntervalSeconds: check.intervalSeconds,
    HealthCheckTimeoutSeconds: check.timeoutSeconds,
    HealthyThresholdCount: check.healthyThreshold,
    UnhealthyThresholdCount: check.unhealthyThreshold,
    HealthCheckPath: check.path,
    Matcher: { HttpCode: check.matcher },
    LoadBalancerArns: [...(users ?? [])].toSorted(),
    TargetType: record.targetType,
    ProtocolVersion: record.protocolVersion,
    IpAddressType: record.ipAddressType as "ipv4",
  };
}

function checkName(name: string): void {
  if (name.length > 32) throw validationError(`Target group name '${name}' cannot be longer than '32' characters`);
  if (!/^[a-zA-Z0-9-]+$/.test(name))
    throw validationError(`Target group name '${name}' can only contain characters that are alphanumeric characters or hyphens(-)`);
  const pattern = "(?!.*--)(?!^-)(?!.*-$)^[A-Za-z0-9-]+$";
  if (!new RegExp(pattern).test(name)) {
    throw validationError(
      `1 validation error detected: Value '${name}' at 'targetGroup.targetGroupArn.targetGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
    );
  }
}

function checkProtocol(member: string, value: string | undefined): void {
  if (value !== undefined && !protocols.includes(value))
    throw validationError(
      `Value ${value} at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [${protocols.join(", ")}]`,
    );
}

type GivenHealth = Pick<
  Input<"elbv2", "CreateTargetGroup">,
  | "HealthCheckEnabled"
  | "HealthCheckIntervalSeconds"
  | "HealthCheckPath"
  | "HealthCheckPort"
  | "HealthCheckProtocol"
  | "HealthCheckTimeoutSeconds"
  | "HealthyThresholdCount"
  | "Matcher"
  | "UnhealthyThresholdCount"
>;

function readHealth(given: GivenHealth, before: Health): Health {
  checkConstraints("ValidationError", {
    healthCheckIntervalSeconds: [given.HealthCheckIntervalSeconds, { range: [5, 300] }],
    healthCheckTimeoutSeconds: [given.HealthCheckTimeoutSeconds, { range: [2, 120] }],
    healthyThresholdCount: [given.HealthyThresholdCount, { range: [2, 10] }],
    unhealthyThresholdCount: [given.UnhealthyThresholdCount, { range: [2, 10] }],
    healthCheckPath: [given.HealthCheckPath, { length: [1, 1024] }],
  });
  checkProtocol("healthCheckProtocol", given.HealthCheckProtocol);
  const protocol = given.HealthCheckProtocol ?? before.protocol;
  if (protocol !== "HTTP" && protocol !== "HTTPS")
    throw validationError(
      `Health check protocol '${protocol}' must be one of '[HTTP, HTTPS]' for target groups of Application Load Balancers`,
    );
  if (given.Matcher?.GrpcCode !== undefined) throw refused("target groups with gRPC");
  const matcher = given.Matcher?.HttpCode ?? before.matcher;
  const codes = matcher.split(/[,-]/).map(Number);
  if (!/^\d{3}(?:-\d{3})?(?:,\d{3}(?:-\d{3})?)*$/.test(matcher))
    throw new AwsError("InvalidParameterValue", "HttpCode must be like 200 | 200-399 | 200,201 ...");
  if (codes.some((code) => code < 200 || code > 499))
    throw validationError(`Health check matcher HTTP code '${matcher}' must be within '200-499' inclusive`);
  const port = given.HealthCheckPort ?? before.port;
  if (port !== "traffic-port" && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535))
    throw validationError(`Health check port '${port}' must be 'traffic-port' or a number between 1 and 65535`);
  const path = given.HealthCheckPath ?? before.path;
  if (!path.startsWith("/")) throw validationError(`Health check path '${path}' must begin with a '/' character`);
  if (!/^[\x21-\x7e]+$/.test(path)) throw validationError(`Health check path '${path}' contains characters that are not valid`);
  const interval = given.HealthCheckIntervalSeconds ?? before.intervalSeconds;
  const timeout = given.HealthCheckTimeoutSeconds ?? before.timeoutSeconds;
  if (timeout >= interval && !(timeout === interval && given.HealthCheckTimeoutSeconds === undefined))
    throw validationError(`Health check timeout '${timeout}' must be smaller than the interval '${interval}'`);
  return {
    enabled: given.HealthCheckEnabled ?? before.enabled,
    protocol,
    port,
    path,
    intervalSeconds: interval,
    timeoutSeconds: timeout,
    healthyThreshold: given.HealthyThresholdCount ?? before.healthyThreshold,
    unhealthyThreshold: given.UnhealthyThresholdCount ?? before.unhealthyThreshold,
    matcher,
  };
}

const standardHealth: Health = {
  enabled: true,
  protocol: "HTTP",
  port: "traffic-port",
  path: "/",
  intervalSeconds: 30,
  timeoutSeconds: 5,
  healthyThreshold: 5,
  unhealthyThreshold: 2,
  matcher: "200",
};

export const createTargetGroup = operation("elbv2", "CreateTargetGroup", async (input, context) => {
  const { cloud, region, account } = context;
  const {
    Name: name,
    TargetType: type = "instance",
    Protocol: protocol,
    Port: port,
    VpcId: vpcId,
    ProtocolVersion: version = "HTTP1",
  } = input;
  checkName(name);
  checkProtocol("protocol", protocol);
  checkConstraints("ValidationError", {
    targetType: [type, { enum: ["instance", "ip", "lambda", "alb"] }],
    port: [port, { range: [1, 65_535] }],
  });
  if (type === "lambda" || type === "alb") throw refused(`target groups of the type ${type}`);
  if (protocol === undefined) throw validationError("A protocol must be specified");
  if (port === undefined) throw validationError("A port must be specified");
  if (vpcId === undefined || vpcId === "") throw validationError("A VPC ID must be specified");
  if (protocol !== "HTTP" && protocol !== "HTTPS") throw refused(`target groups with the protocol ${protocol}`);
  if (version === "GRPC" || version === "HTTP2") throw refused(`target groups with the protocol version ${version}`);
  if (version !== "HTTP1") throw validationError(`Protocol version '${version}' must be one of '[HTTP1, HTTP2, GRPC]'`);
  if (input.IpAddressType === "ipv6") throw refused("target groups with IPv6");
  try {
    await context.call("ec2", "DescribeVpcs", { VpcIds: [vpcId] });
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith("InvalidVpc")) throw validationError(`The VPC ID '${vpcId}' is not found`);
    throw error;
  }
  const healthCheck = readHealth(input, { ...standardHealth, protocol });
  const tags = { ...tagRecord(input.Tags), ...systemTagsOf(input) };
  const all = targetGroups(cloud).list(region);
  const same = all.find((each) => each.name === name);
  const fresh: TargetGroupRecord = {
    arn: `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/${name}/${cloud.world.random.hex(16)}`,
    name,
    protocol,
    protocolVersion: version,
    port,
    vpcId,
    targetType: type,
    ipAddressType: input.IpAddressType ?? "ipv4",
    healthCheck,
    targets: [],
    tags,
    attributes: {},
  };
  if (same) {
    const bare = (record: TargetGroupRecord) => JSON.stringify({ ...record, arn: "", targets: [], attributes: {} });
    if (bare(same) !== bare(fresh))
      throw new AwsError("DuplicateTargetGroupName", `A target group with the same name '${name}' exists, but with different settings`);
    return { TargetGroups: [describe(same, usersOfGroups(context).get(same.arn))] };
  }
  targetGroups(cloud).put(region, fresh.arn, fresh);
  return { TargetGroups: [describe(fresh, undefined)] };
});

export const describeTargetGroups = operation("elbv2", "DescribeTargetGroups", (input, context) => {
  const { LoadBalancerArn, TargetGroupArns: arns = [], Names: names = [] } = input;
  if ([LoadBalancerArn !== undefined, arns.length > 0, names.length > 0].filter(Boolean).length > 1)
    throw validationError("Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time");
  const users = usersOfGroups(context);
  const all = targetGroups(context.cloud).list(context.region);
  if (LoadBalancerArn !== undefined) requireLoadBalancer(context, LoadBalancerArn);
  const absent = (): never => {
    throw targetGroupNotFound();
  };
  const found =
    LoadBalancerArn !== undefined
      ? all.filter(({ arn }) => users.get(arn)?.has(LoadBalancerArn))
      : arns.length > 0
        ? arns.map((arn) => all.find((each) => each.arn === arn) ?? absent())
        : names.length > 0
          ? names.map((name) => all.find((each) => each.name === name) ?? absent())
          : all;
  const { items, marker } = page(found, input, `DescribeTargetGroups ${LoadBalancerArn ?? ""}`, ({ arn }) => arn);
  return { TargetGroups: items.map((record) => describe(record, users.get(record.arn))), ...marker };
});

export const modifyTargetGroup = operation("elbv2", "ModifyTargetGroup", async (input, context) => {
  const record = requireTargetGroup(context, input.TargetGroupArn);
  record.healthCheck = readHealth(input, record.healthCheck);
  targetGroups(context.cloud).put(context.region, record.arn, record);
  await syncPlane(context);
  return { TargetGroups: [describe(record, usersOfGroups(context).get(record.arn))] };
});

export const deleteTargetGroup = operation("elbv2", "DeleteTargetGroup", async (input, context) => {
  const arn = input.TargetGroupArn;
  if (usersOfGroups(context).has(arn)) throw resourceInUse(`Target group '${arn}' is currently in use by a listener or a rule`);
  targetGroups(context.cloud).delete(context.region, arn);
  await syncPlane(context);
  return {};
});

export const describeTargetGroupAttributes = operation("elbv2", "DescribeTargetGroupAttributes", (input, context) => ({
  Attributes: listAttributes(targetGroupAttributes, requireTargetGroup(context, input.TargetGroupArn).attributes),
}));

export const modifyTargetGroupAttributes = operation("elbv2", "ModifyTargetGroupAttributes", async (input, context) => {
  const record = requireTargetGroup(context, input.TargetGroupArn);
  const attributes = withAttributes(targetGroupAttributes, "Target group", record.attributes, input.Attributes);
  checkStickiness(attributes, record.protocol);
  if (attributes["load_balancing.algorithm.anomaly_mitigation"] === "on") {
    if (attributes["load_balancing.algorithm.type"] !== "weighted_random")
      throw invalidConfiguration("Anomaly mitigation is only supported with the weighted_random load balancing algorithm");
    throw refused("anomaly mitigation of target groups");
  }
  record.attributes = attributes;
  targetGroups(context.cloud).put(context.region, record.arn, record);
  await syncPlane(context);
  return { Attributes: listAttributes(targetGroupAttributes, attributes) };
});

export const registerTargets = operation("elbv2", "RegisterTargets", async (input, context) => {
  register(context, input.TargetGroupArn, input.Targets);
  await syncPlane(context);
  return {};
});

export const deregisterTargets = operation("elbv2", "DeregisterTargets", async (input, context) => {
  deregister(context, input.TargetGroupArn, input.Targets, runningGroup(context.cloud, input.TargetGroupArn) !== undefined);
  await syncPlane(context);
  return {};
});

export const describeTargetHealth = operation("elbv2", "DescribeTargetHealth", (input, context) => {
  const record = requireTargetGroup(context, input.TargetGroupArn);
  return { TargetHealthDescriptions: describeHealth(record, runningGroup(context.cloud, record.arn), input.Targets) };
});
