/** The names of a load balancer: for each its zone, its certificate and the record that leads to it. */
import type { Domain, LoadBalancerOptions } from "@plinth/language";
import { buildAlias, zoneValue } from "./balancer.ts";
import type { Compilation } from "./compilation.ts";
import { logicalId } from "./names.ts";
import type { Made, Value } from "./value.ts";

export interface NamedDomain {
  readonly domain: Domain;
  /** Before `Certificate` and `Alias` in logical ids: the load balancer's for the first name, with the name itself for the others. */
  readonly id: string;
  readonly zone: Value;
}

/** In the order of the file. */
export function domainsOf({ domain }: Pick<LoadBalancerOptions, "domain">): readonly Domain[] {
  if (domain === undefined) return [];
  return Array.isArray(domain) ? (domain as readonly Domain[]) : [domain as Domain];
}

/** One parameter for each zone, however many names lie in it. */
export function namedDomains(
  id: string,
  options: Pick<LoadBalancerOptions, "domain">,
  { local }: Pick<Compilation, "local">,
): NamedDomain[] {
  const domains = domainsOf(options);
  const first = domains[0]?.zone;
  return domains.map((domain, index) => {
    const create = local || domains.some(({ zone, createZone }) => zone === domain.zone && createZone);
    const name = domain.zone === first ? `${id}HostedZone` : `${id}HostedZone${logicalId(domain.zone)}`;
    return { domain, id: index === 0 ? id : id + logicalId(domain.name), zone: zoneValue(name, domain.zone, create) };
  });
}

type Origin = Parameters<Compilation["draft"]["add"]>[2];

/** A certificate for each name, so that adding or removing one leaves the others as they are. */
export function buildCertificates({ draft }: Compilation, domains: readonly NamedDomain[], origin: Origin): Made[] {
  return domains.map(({ id, domain: { name }, zone }) =>
    draft.add("compute", `${id}Certificate`, origin, (here) => ({
      Type: "AWS::CertificateManager::Certificate",
      Properties: {
        DomainName: name,
        ValidationMethod: "DNS",
        DomainValidationOptions: [{ DomainName: name, HostedZoneId: here.take(zone) }],
      },
    })),
  );
}

/** The first certificate stands on the listener itself; these are chosen by the name that a client asks for. */
export function buildFurtherCertificates(
  { draft }: Compilation,
  domains: readonly NamedDomain[],
  origin: Origin,
  listener: Made,
  certificates: readonly Made[],
): void {
  certificates.forEach((certificate, index) => {
    if (index === 0) return;
    draft.add("compute", `${domains[index]!.id}ListenerCertificate`, origin, (here) => ({
      Type: "AWS::ElasticLoadBalancingV2::ListenerCertificate",
      Properties: { ListenerArn: here.take(listener.ref()), Certificates: [{ CertificateArn: here.take(certificate.ref()) }] },
    }));
  });
}

export function buildAliases(compilation: Compilation, domains: readonly NamedDomain[], origin: Origin, loadBalancer: Made): void {
  for (const { id, domain, zone } of domains) buildAlias(compilation, `${id}Alias`, origin, { zone, name: domain.name, loadBalancer });
}

/** What stays of it when the stage is destroyed, one sentence for each zone that this app may have made. */
export function zoneRemains({ local, inventory }: Pick<Compilation, "local" | "inventory">): string[] {
  if (local) return [];
  const balancers = inventory.of("loadBalancer").flatMap(({ declared }) => domainsOf(declared.options));
  const services = inventory.of("service").flatMap(({ declared }) => declared.options.entrance?.domain ?? []);
  const zones = new Set([...balancers, ...services].filter(({ createZone }) => createZone).map(({ zone }) => zone));
  return [...zones].map((zone) => `the zone ${zone} in Route 53, which its registrar leads to: delete it when nothing lies in it any more`);
}

/** Whether it speaks TLS: with a certificate for its domains, or one that was given. */
export function hasTls({ options }: { options: Pick<LoadBalancerOptions, "domain" | "certificate"> }): boolean {
  return domainsOf(options).length > 0 || options.certificate !== undefined;
}
