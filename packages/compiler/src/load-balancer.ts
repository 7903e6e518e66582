/** A public load balancer: listeners, rules by path and host, and a group of targets for each service. Source: aws-recipes §6. */
import type { BuiltAccessLogs } from "./access-logs.ts";
import { declaredOf, durationSeconds, type AnyDeclared } from "@plinth/language/reading";
import { balancerAttributes, notFound, tlsPolicy, toTls, type Balancer } from "./balancer.ts";
import type { BuiltBucket } from "./bucket.ts";
import { sub, type Compilation, type Target } from "./compilation.ts";
import { buildFirewall } from "./firewall.ts";
import type { Named } from "./inventory.ts";
import { buildAliases, buildCertificates, buildFurtherCertificates, hasTls, namedDomains } from "./load-balancer-domains.ts";
import { logicalId } from "./names.ts";
import type { Network } from "./network.ts";
import { packRoutes, parseRoutes, redirectOf, type Destination, type Rule } from "./routes.ts";
import { forwardTo, rolloutOf } from "./rollout.ts";
import type { SecurityGroups } from "./security-groups.ts";
import { buildTargetGroup } from "./target-group.ts";
import type { Here, Made } from "./value.ts";

export interface BuiltLoadBalancer extends Balancer, Target {
  readonly named: Named<"loadBalancer">;
  /** Its URL where that is known before the deploy. */
  readonly knownUrl: string | undefined;
  readonly tls: boolean;
}

export function buildLoadBalancer(
  compilation: Compilation,
  named: Named<"loadBalancer">,
  {
    network,
    groups,
    buckets,
    accessLogs,
  }: { network: Network; groups: SecurityGroups; buckets: readonly BuiltBucket[]; accessLogs: BuiltAccessLogs | undefined },
): BuiltLoadBalancer {
  const { draft, production, inventory } = compilation;
  const { id, declared } = named;
  const { options } = declared;
  const origin = compilation.origin(named);
  const domains = namedDomains(id, options, compilation);
  const tls = hasTls(declared);
  const given = declaredOf(options.accessLogs || undefined);
  const logs = options.accessLogs === undefined ? accessLogs : buckets.find((one) => one.named.declared === given);

  const loadBalancer = draft.add("compute", id, { ...origin, part: "LoadBalancer" }, (here) => {
    if (logs) here.after([logs.policy]);
    return {
      Type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
      Properties: {
        Name: options.name,
        Type: "application",
        Scheme: "internet-facing",
        IpAddressType: "ipv4",
        Subnets: network.publicSubnets.map((subnet) => here.take(subnet)),
        SecurityGroups: [here.take(groups.of(declared))],
        LoadBalancerAttributes: balancerAttributes({
          protect: options.protect ?? production,
          idleTimeoutSeconds: durationSeconds(options.idleTimeout ?? "1 hour")!,
          logs: logs && { bucket: here.take(logs.bucket.ref()), prefix: named.kebab },
        }),
      },
    };
  });

  const certificates = options.certificate === undefined ? buildCertificates(compilation, domains, origin) : [];
  const [certificate] = certificates;

  const http = draft.add("compute", `${id}Http`, { ...origin, ...(!tls && { part: "Listener" }) }, (here) => ({
    Type: "AWS::ElasticLoadBalancingV2::Listener",
    Properties: { LoadBalancerArn: here.take(loadBalancer.ref()), Port: 80, Protocol: "HTTP", DefaultActions: [tls ? toTls : notFound] },
  }));
  const listener = tls
    ? draft.add("compute", `${id}Https`, { ...origin, part: "Listener" }, (here) => ({
        Type: "AWS::ElasticLoadBalancingV2::Listener",
        Properties: {
          LoadBalancerArn: here.take(loadBalancer.ref()),
          Port: 443,
          Protocol: "HTTPS",
          SslPolicy: tlsPolicy,
          Certificates: [{ CertificateArn: certificate ? here.take(certificate.ref()) : options.certificate! }],
          DefaultActions: [notFound],
        },
      }))
    : http;
  buildFurtherCertificates(compilation, domains, origin, listener, certificates);
  buildAliases(compilation, domains, origin, loadBalancer);

  const targetGroups = new Map<AnyDeclared, Made>();
  const alternates = new Map<AnyDeclared, Made>();
  const targetGroupOf = (of: AnyDeclared): Made => {
    const service = inventory.find(of) as Named<"service">;
    const build = (suffix: string): Made =>
      buildTargetGroup(
        compilation,
        `${id}${service.id}${suffix}`,
        { origin, sticky: options.sticky, drain: options.drain },
        service,
        network,
      );
    const made = targetGroups.get(of) ?? build("Targets");
    targetGroups.set(of, made);
    if (rolloutOf(service.declared.options) && !alternates.has(of)) alternates.set(of, build("OtherTargets"));
    return made;
  };
  const movedBy = (of: AnyDeclared, rule: string) => {
    const alternate = alternates.get(of);
    return alternate && { alternate, rule };
  };
  const rules = new Map<AnyDeclared, Made[]>();
  const ids = new Set<string>();
  packRoutes(parseRoutes(declared)).forEach((rule, i) => {
    const { destination } = rule;
    const to = destination.kind === "service" ? destination.to! : undefined;
    const logical = freeId(ruleId(named, inventory, rule), ids);
    const made = draft.add("compute", logical, { ...origin, part: "ListenerRule" }, (here) => ({
      Type: "AWS::ElasticLoadBalancingV2::ListenerRule",
      Properties: {
        ListenerArn: here.take(listener.ref()),
        Priority: (i + 1) * 10,
        Conditions: conditionsOf(rule),
        Actions: [to ? forwardTo(here, targetGroupOf(to), movedBy(to, logical)) : actionOf(destination)],
      },
    }));
    if (to) rules.set(to, [...(rules.get(to) ?? []), made]);
  });

  const firewall = buildFirewall(compilation, named);
  if (firewall) {
    draft.add("compute", `${id}FirewallAssociation`, origin, (here) => ({
      Type: "AWS::WAFv2::WebACLAssociation",
      Properties: { ResourceArn: here.take(loadBalancer.ref()), WebACLArn: here.take(firewall.attribute("Arn")) },
    }));
  }

  const knownUrl = domains[0] && `https://${domains[0].domain.name}`;
  const url = (here: Here): unknown =>
    knownUrl ?? sub(`${tls ? "https" : "http"}://\${Name}`, { Name: here.take(loadBalancer.attribute("DNSName")) });
  return {
    named,
    loadBalancer,
    targetGroups,
    alternates,
    rulesOf: (service) => rules.get(service) ?? [],
    knownUrl,
    tls,
    inject: () => ({ kind: "open", value: url }),
  };
}

function ruleId({ id }: Named<"loadBalancer">, { find }: Compilation["inventory"], { destination, key }: Rule): string {
  return id + (destination.kind === "service" ? find(destination.to!)!.id : logicalId(key)) + "Rule";
}

function freeId(id: string, taken: Set<string>): string {
  let free = id;
  for (let number = 2; taken.has(free); number += 1) free = `${id}${number}`;
  taken.add(free);
  return free;
}

function conditionsOf({ host, paths, destination }: Rule) {
  const more = destination.kind === "service" ? destination : { methods: [], headers: {}, query: {}, from: [] };
  return [
    ...(host === undefined ? [] : [{ Field: "host-header", HostHeaderConfig: { Values: [host] } }]),
    { Field: "path-pattern", PathPatternConfig: { Values: paths } },
    ...(more.methods.length > 0 ? [{ Field: "http-request-method", HttpRequestMethodConfig: { Values: [...more.methods] } }] : []),
    ...Object.entries(more.headers).map(([HttpHeaderName, values]) => ({
      Field: "http-header",
      HttpHeaderConfig: { HttpHeaderName, Values: [...values] },
    })),
    ...Object.entries(more.query).map(([Key, values]) => ({
      Field: "query-string",
      QueryStringConfig: { Values: values.map((Value) => ({ Key, Value })) },
    })),
    ...(more.from.length > 0 ? [{ Field: "source-ip", SourceIpConfig: { Values: [...more.from] } }] : []),
  ];
}

function actionOf(destination: Destination) {
  if (destination.kind === "redirect") {
    const RedirectConfig = { ...redirectOf(destination.to), StatusCode: destination.permanent ? "HTTP_301" : "HTTP_302" };
    return { Type: "redirect", RedirectConfig };
  }
  if (destination.kind === "service") throw new Error("a service is forwarded to");
  const { status, body, type } = destination;
  return {
    Type: "fixed-response",
    FixedResponseConfig: { StatusCode: String(status), ContentType: type, ...(body !== undefined && { MessageBody: body }) },
  };
}
