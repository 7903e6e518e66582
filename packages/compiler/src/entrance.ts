/** The load balancer that public services share (`appRunner`, `nextjs`): made where there is one of them. Source: aws-recipes §11 and §12. */
import type { AnyDeclared } from "@plinth/language/reading";
import { sharedPrefix, type BuiltAccessLogs } from "./access-logs.ts";
import { balancerAttributes, buildAlias, notFound, tlsPolicy, toTls, zoneValue, type Balancer } from "./balancer.ts";
import { sub, type Compilation, type Target } from "./compilation.ts";
import { entranceOf, entrances, type EntranceKind } from "./entrance-kind.ts";
import { generatedSecret, secretMember } from "./generated-secret.ts";
import type { Named } from "./inventory.ts";
import { logicalId } from "./names.ts";
import type { Network } from "./network.ts";
import { originOf, type BuiltNextjs } from "./nextjs.ts";
import { forwardTo } from "./rollout.ts";
import type { SecurityGroups } from "./security-groups.ts";
import { buildTargetGroup } from "./target-group.ts";
import type { Here, Made, Value } from "./value.ts";

/** The header by which the load balancer knows CloudFront. */
export const originHeader = "x-origin-secret";

export interface BuiltEntrance extends Balancer {
  /** What CloudFront sends along, for each service that it stands in front of. */
  readonly originSecrets: ReadonlyMap<AnyDeclared, Made>;
}

/** A zone, by its name: one parameter for all names in it. */
export function entranceZone(zone: string, { local, inventory }: Pick<Compilation, "local" | "inventory">): Value {
  const create = entrances(inventory).some(({ declared: { options } }) => {
    const { domain } = options.entrance!;
    return domain?.zone === zone && domain.createZone === true;
  });
  return zoneValue(`HostedZone${logicalId(zone)}`, zone, local || create);
}

export function buildEntrance(
  compilation: Compilation,
  network: Network,
  groups: SecurityGroups,
  accessLogs: BuiltAccessLogs | undefined,
): BuiltEntrance | undefined {
  const { draft, production, stem } = compilation;
  const all = entrances(compilation.inventory).map((named) => ({ named, kind: entranceOf(named.declared.options)! }));
  if (all.length === 0) return undefined;
  const id = "SharedEntrance";
  const origin = { key: all[0]!.named.key };

  const loadBalancer = draft.add("compute", id, origin, (here) => {
    if (accessLogs) here.after([accessLogs.policy]);
    return {
      Type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
      Properties: {
        Type: "application",
        Scheme: "internet-facing",
        IpAddressType: "ipv4",
        Subnets: network.publicSubnets.map((subnet) => here.take(subnet)),
        SecurityGroups: [here.take(groups.entrance!)],
        LoadBalancerAttributes: balancerAttributes({
          protect: production,
          idleTimeoutSeconds: 3600,
          logs: accessLogs && { bucket: here.take(accessLogs.bucket.ref()), prefix: sharedPrefix },
        }),
      },
    };
  });
  const names = all.flatMap(({ kind: { by, domain } }) =>
    domain ? (by === "edge" ? [domain, { name: originOf(domain), zone: domain.zone }] : [domain]) : [],
  );
  const certificate =
    names.length > 0
      ? draft.add("compute", `${id}Certificate`, origin, (here) => ({
          Type: "AWS::CertificateManager::Certificate",
          Properties: {
            DomainName: names[0]!.name,
            ...(names.length > 1 && { SubjectAlternativeNames: names.slice(1).map(({ name }) => name) }),
            ValidationMethod: "DNS",
            DomainValidationOptions: names.map(({ name, zone }) => ({
              DomainName: name,
              HostedZoneId: here.take(entranceZone(zone, compilation)),
            })),
          },
        }))
      : undefined;
  const listener = (suffix: string, port: number, action: object | ((here: Here) => object)): Made =>
    draft.add("compute", `${id}${suffix}`, origin, (here) => ({
      Type: "AWS::ElasticLoadBalancingV2::Listener",
      Properties: {
        LoadBalancerArn: here.take(loadBalancer.ref()),
        Port: port,
        Protocol: suffix === "Https" ? "HTTPS" : "HTTP",
        ...(suffix === "Https" && { SslPolicy: tlsPolicy, Certificates: [{ CertificateArn: here.take(certificate!.ref()) }] }),
        DefaultActions: [typeof action === "function" ? action(here) : action] as never,
      },
    }));
  const http = all.some(({ kind }) => kind.by !== "port") ? listener("Http", 80, certificate ? toTls : notFound) : undefined;
  const https = certificate && listener("Https", 443, notFound);

  const targetGroups = new Map<AnyDeclared, Made>();
  const rules = new Map<AnyDeclared, Made[]>();
  const originSecrets = new Map<AnyDeclared, Made>();
  all.forEach(({ named, kind }, i) => {
    const { declared } = named;
    const own = compilation.origin(named);
    const { override: _, ...plain } = own;
    const targets = buildTargetGroup(compilation, `${named.id}Targets`, { origin: own }, named, network);
    targetGroups.set(declared, targets);
    if (kind.by === "port") {
      const port = declared.options.port!;
      rules.set(declared, [listener(named.id, port, (here) => forwardTo(here, targets))]);
      return;
    }
    if (kind.by === "edge") {
      originSecrets.set(
        declared,
        generatedSecret(compilation, `${named.id}OriginSecret`, plain, {
          description: `${stem} ${named.key}: what CloudFront sends along`,
          member: "token",
        }),
      );
    }
    const rule = draft.add("compute", `${named.id}Rule`, { ...own, part: "ListenerRule" }, (here) => ({
      Type: "AWS::ElasticLoadBalancingV2::ListenerRule",
      Properties: {
        ListenerArn: here.take((kind.domain ? https! : http!).ref()),
        Priority: (i + 1) * 10,
        Conditions: [
          kind.by === "host"
            ? { Field: "host-header", HostHeaderConfig: { Values: [kind.domain!.name] } }
            : {
                Field: "http-header",
                HttpHeaderConfig: {
                  HttpHeaderName: originHeader,
                  Values: [sub(secretMember("Origin", "token"), { Origin: here.take(originSecrets.get(declared)!.ref()) }) as string],
                },
              },
        ],
        Actions: [forwardTo(here, targets)],
      },
    }));
    rules.set(declared, [rule]);
    buildName(compilation, named, kind, loadBalancer);
  });
  return {
    named: { key: "entrance", id, kebab: "shared-entrance" },
    loadBalancer,
    targetGroups,
    alternates: new Map(),
    originSecrets,
    rulesOf: (service) => rules.get(service) ?? [],
  };
}

/** The record that leads to the load balancer: the name itself, or the one under which CloudFront calls it. */
function buildName(compilation: Compilation, named: Named<"service">, { by, domain }: EntranceKind, loadBalancer: Made): void {
  if (!domain) return;
  const { override: _, ...origin } = compilation.origin(named);
  const name = by === "edge" ? originOf(domain) : domain.name;
  buildAlias(compilation, `${named.id}${by === "edge" ? "Origin" : ""}Alias`, origin, {
    zone: entranceZone(domain.zone, compilation),
    name,
    loadBalancer,
  });
}

/** What a public service offers to programs: its URL. */
export function publicTarget(
  { by, knownUrl, plainPort }: EntranceKind,
  { loadBalancer }: BuiltEntrance,
  front: BuiltNextjs | undefined,
): Target {
  return {
    inject: () => ({
      kind: "open",
      value: (here) => {
        if (knownUrl !== undefined) return knownUrl;
        return by === "edge"
          ? sub("https://${Name}", { Name: here.take(front!.distribution.attribute("DomainName")) })
          : sub(`http://\${Name}:${plainPort}`, { Name: here.take(loadBalancer.attribute("DNSName")) });
      },
    }),
  };
}
