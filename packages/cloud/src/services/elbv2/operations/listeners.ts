/** CreateListener and what changes, describes and removes listeners, their certificates and attributes. */
import type { Certificate, Listener } from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../../aws-error.ts";
import { releaseAddress } from "../../../runtime/addresses.ts";
import { certificateAt } from "../../../runtime/certificates.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { readActions } from "../actions.ts";
import { listAttributes, listenerAttributes, withAttributes } from "../attributes.ts";
import { certificateNotFound, duplicateListener, listenerNotFound, notPermitted, refused, validationError } from "../errors.ts";
import { page } from "../paging.ts";
import { listenerPortOwner, syncPlane } from "../plane.ts";
import { type ListenerRecord, listeners, listenersOf, requireListener, requireLoadBalancer, rules, rulesOf } from "../records.ts";
import { defaultPolicy, isPolicy } from "../ssl-policies.ts";
import { tagRecord } from "../tags.ts";

const protocols = ["HTTP", "HTTPS"];
const allProtocols = ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE"];
const maxCertificates = 25;

function describe(record: ListenerRecord): Listener {
  const [certificate] = record.certificates;
  return {
    ListenerArn: record.arn,
    LoadBalancerArn: record.loadBalancerArn,
    Port: record.port,
    Protocol: record.protocol,
    ...(certificate !== undefined && { Certificates: [{ CertificateArn: certificate }] }),
    ...(record.sslPolicy !== undefined && { SslPolicy: record.sslPolicy }),
    DefaultActions: record.defaultActions,
    ...(record.protocol === "HTTPS" && { MutualAuthentication: { Mode: "off" } }),
  };
}

function readProtocol(protocol: string | undefined): "HTTP" | "HTTPS" {
  if (protocol === undefined) throw validationError("A listener protocol must be specified");
  if (!allProtocols.includes(protocol)) {
    throw validationError(
      `1 validation error detected: Value '${protocol}' at 'protocol' failed to satisfy constraint: Member must satisfy enum value set: [${allProtocols.join(", ")}]`,
    );
  }
  if (!protocols.includes(protocol)) throw validationError(`Listener protocol '${protocol}' must be one of '${protocols.join(", ")}'`);
  return protocol as "HTTP" | "HTTPS";
}

function readPort(port: number | undefined): number {
  if (port === undefined) throw validationError("A listener port must be specified");
  if (port < 1 || port > 65_535) throw validationError(`The listener port '${port}' must be between 1 and 65535`);
  return port;
}

function readCertificate({ cloud, region }: OperationContext, certificate: Certificate): string {
  const { CertificateArn: arn } = certificate;
  if (arn === undefined || arn === "") throw validationError("A certificate ARN must be specified");
  if (/^arn:aws[\w-]*:iam:/.test(arn)) throw refused("server certificates of IAM");
  // One of another region is none here.
  if (!certificateAt(cloud, arn) || arn.split(":")[3] !== region) throw certificateNotFound(arn);
  return arn;
}

interface GivenTls {
  Certificates?: Certificate[] | undefined;
  SslPolicy?: string | undefined;
  AlpnPolicy?: string[] | undefined;
  MutualAuthentication?: { Mode?: string | undefined } | undefined;
}

/** What belongs to TLS, as far as the listener speaks it. */
function readTls(
  context: OperationContext,
  protocol: "HTTP" | "HTTPS",
  given: GivenTls,
  before?: ListenerRecord,
): Pick<ListenerRecord, "certificates" | "sslPolicy"> {
  if (given.AlpnPolicy && given.AlpnPolicy.length > 0) throw validationError("An ALPN policy can only be specified for TLS listeners");
  if (given.MutualAuthentication?.Mode !== undefined && given.MutualAuthentication.Mode !== "off") throw refused("mutual TLS");
  if (protocol === "HTTP") {
    if (given.Certificates && given.Certificates.length > 0)
      throw new AwsError("InvalidConfigurationRequest", "You cannot specify a certificate for a listener with protocol HTTP");
    if (given.SslPolicy !== undefined) throw validationError("A security policy cannot be specified for HTTP listeners");
    return { certificates: [] };
  }
  if (given.SslPolicy !== undefined && !isPolicy(given.SslPolicy))
    throw new AwsError("SSLPolicyNotFound", `SSL policy '${given.SslPolicy}' not found`);
  const sslPolicy = given.SslPolicy ?? before?.sslPolicy ?? defaultPolicy;
  const list = given.Certificates;
  if (list === undefined || list.length === 0) {
    if (before && before.certificates.length > 0 && list === undefined) return { certificates: before.certificates, sslPolicy };
    throw before
      ? new AwsError(
          "InvalidConfigurationRequest",
          "You must provide a list containing exactly one certificate if the listener protocol is HTTPS.",
        )
      : validationError("A certificate must be specified for HTTPS listeners");
  }
  if (list.length > 1)
    throw new AwsError("TooManyCertificates", "Only one certificate can be specified for the default certificate of a listener");
  const own = readCertificate(context, list[0]!);
  return { certificates: [own, ...(before?.certificates.slice(1) ?? []).filter((arn) => arn !== own)], sslPolicy };
}

export const createListener = operation("elbv2", "CreateListener", async (input, context) => {
  const { cloud, region } = context;
  const balancer = requireLoadBalancer(context, input.LoadBalancerArn);
  const port = readPort(input.Port);
  const protocol = readProtocol(input.Protocol);
  const tls = readTls(context, protocol, input);
  const tags = { ...tagRecord(input.Tags), ...systemTagsOf(input) };
  const defaultActions = readActions(context, input.DefaultActions, "defaultActions", { protocol, port });
  const same = listenersOf(context, balancer.arn).find((each) => each.port === port);
  if (same) {
    const equal =
      same.protocol === protocol &&
      JSON.stringify(same.defaultActions) === JSON.stringify(defaultActions) &&
      JSON.stringify(same.tags) === JSON.stringify(tags);
    if (equal) return { Listeners: [describe(same)] };
    throw duplicateListener();
  }
  const arn = `${balancer.arn.replace(":loadbalancer/", ":listener/")}/${cloud.world.random.hex(16)}`;
  const record: ListenerRecord = {
    arn,
    loadBalancerArn: balancer.arn,
    protocol,
    port,
    ...tls,
    defaultRuleArn: `${arn.replace(":listener/", ":listener-rule/")}/${cloud.world.random.hex(16)}`,
    defaultActions,
    tags,
    attributes: {},
  };
  listeners(cloud).put(region, arn, record);
  await syncPlane(context);
  return { Listeners: [describe(record)] };
});

export const describeListeners = operation("elbv2", "DescribeListeners", (input, context) => {
  const { LoadBalancerArn, ListenerArns: arns = [] } = input;
  if ((LoadBalancerArn === undefined) === (arns.length === 0))
    throw validationError(
      arns.length === 0
        ? "You must specify either listener ARNs or a load balancer ARN"
        : "Listener ARNs and a load balancer ARN cannot be specified at the same time",
    );
  if (LoadBalancerArn !== undefined) requireLoadBalancer(context, LoadBalancerArn);
  const found =
    LoadBalancerArn !== undefined
      ? listenersOf(context, LoadBalancerArn)
      : arns.map((arn) => {
          const record = listeners(context.cloud).get(context.region, arn);
          if (!record) throw listenerNotFound();
          return record;
        });
  const { items, marker } = page(found, input, `DescribeListeners ${LoadBalancerArn ?? ""}`, ({ arn }) => arn);
  return { Listeners: items.map(describe), ...marker };
});

export const modifyListener = operation("elbv2", "ModifyListener", async (input, context) => {
  const { cloud, region } = context;
  const before = requireListener(context, input.ListenerArn);
  const port = input.Port === undefined ? before.port : readPort(input.Port);
  const protocol = input.Protocol === undefined ? before.protocol : readProtocol(input.Protocol);
  const tls = readTls(context, protocol, input, before.protocol === "HTTPS" ? before : undefined);
  if (listenersOf(context, before.loadBalancerArn).some((each) => each.port === port && each.arn !== before.arn)) throw duplicateListener();
  const defaultActions =
    input.DefaultActions && input.DefaultActions.length > 0
      ? readActions(context, input.DefaultActions, "defaultActions", { protocol, port })
      : before.defaultActions;
  const { sslPolicy: _, ...rest } = before;
  const record: ListenerRecord = { ...rest, port, protocol, ...tls, defaultActions };
  listeners(cloud).put(region, record.arn, record);
  await syncPlane(context);
  return { Listeners: [describe(record)] };
});

export const deleteListener = operation("elbv2", "DeleteListener", async (input, context) => {
  const { cloud, region } = context;
  const record = requireListener(context, input.ListenerArn);
  cloud.store.transaction(() => {
    for (const { arn } of rulesOf(context, record.arn)) rules(cloud).delete(region, arn);
    listeners(cloud).delete(region, record.arn);
    releaseAddress(cloud, listenerPortOwner(record.arn));
  });
  await syncPlane(context);
  return {};
});

export const describeListenerAttributes = operation("elbv2", "DescribeListenerAttributes", (input, context) => ({
  Attributes: listAttributes(listenerAttributes, requireListener(context, input.ListenerArn).attributes),
}));

export const modifyListenerAttributes = operation("elbv2", "ModifyListenerAttributes", async (input, context) => {
  const record = requireListener(context, input.ListenerArn);
  record.attributes = withAttributes(listenerAttributes, "Listener", record.attributes, input.Attributes);
  listeners(context.cloud).put(context.region, record.arn, record);
  await syncPlane(context);
  return { Attributes: listAttributes(listenerAttributes, record.attributes) };
});

function requireHttps(context: OperationContext, arn: string): ListenerRecord {
  const record = requireListener(context, arn);
  if (record.protocol !== "HTTPS") throw new AwsError("InvalidConfigurationRequest", "Certificates can only be added to HTTPS listeners");
  return record;
}

export const addListenerCertificates = operation("elbv2", "AddListenerCertificates", async (input, context) => {
  const record = requireHttps(context, input.ListenerArn);
  const added = input.Certificates.map((certificate) => readCertificate(context, certificate));
  const all = [...new Set([...record.certificates, ...added])];
  if (all.length - 1 > maxCertificates)
    throw new AwsError("TooManyCertificates", "You've reached the limit on the number of certificates per load balancer");
  record.certificates = all;
  listeners(context.cloud).put(context.region, record.arn, record);
  await syncPlane(context);
  return { Certificates: added.map((CertificateArn) => ({ CertificateArn, IsDefault: CertificateArn === all[0] })) };
});

export const removeListenerCertificates = operation("elbv2", "RemoveListenerCertificates", async (input, context) => {
  const record = requireHttps(context, input.ListenerArn);
  const gone = input.Certificates.map(({ CertificateArn }) => CertificateArn);
  if (gone.includes(record.certificates[0])) throw notPermitted("You cannot remove the default certificate of a listener");
  record.certificates = record.certificates.filter((arn) => !gone.includes(arn));
  listeners(context.cloud).put(context.region, record.arn, record);
  await syncPlane(context);
  return {};
});

export const describeListenerCertificates = operation("elbv2", "DescribeListenerCertificates", (input, context) => {
  const { certificates } = requireListener(context, input.ListenerArn);
  const { items, marker } = page(certificates, input, `DescribeListenerCertificates ${input.ListenerArn}`, (arn) => arn);
  return { Certificates: items.map((CertificateArn) => ({ CertificateArn, IsDefault: CertificateArn === certificates[0] })), ...marker };
});
