/** How public services take requests through the load balancer that they share: by their host, by a port of their own, or from CloudFront alone. */
import type { AnyDeclared, Declared } from "@plinth/language/reading";
import type { Domain } from "@plinth/language";
import type { Compilation } from "./compilation.ts";
import type { Named, NamedInventory } from "./inventory.ts";
import { domainsOf } from "./load-balancer-domains.ts";

/** How a public service is called. */
export interface EntranceKind {
  readonly by: "host" | "port" | "edge";
  /** Its own name; none for a Next.js app in the embedded cloud, which has no CloudFront. */
  readonly domain: Domain | undefined;
  /** Its URL where that is known before the deploy. */
  readonly knownUrl: string | undefined;
  /** The port of its URL, where that is without TLS. */
  readonly plainPort: number | undefined;
}

/** `undefined` for a service that has no public entrance of its own. */
export function entranceOf(
  { entrance, port }: Declared<"service">["options"],
  { local }: Pick<Compilation, "local">,
): EntranceKind | undefined {
  if (!entrance) return undefined;
  // CloudFront stands before a Next.js app, and the embedded cloud has none.
  const alone = local && entrance.kind === "nextjs";
  const domain = alone ? undefined : entrance.domain;
  const by = alone || (entrance.kind === "shared" && !domain) ? "port" : entrance.kind === "nextjs" ? "edge" : "host";
  return { by, domain, knownUrl: domain && `https://${domain.name}`, plainPort: by === "port" ? port : undefined };
}

/** The services that share the load balancer. */
export function entrances(inventory: Pick<NamedInventory, "of">): Named<"service">[] {
  return inventory.of("service").filter(({ declared }) => declared.options.entrance);
}

/** The ports on which the shared load balancer listens. */
export function entrancePorts(compilation: Pick<Compilation, "local" | "inventory">): number[] {
  const kinds = entrances(compilation.inventory).map(({ declared }) => entranceOf(declared.options, compilation)!);
  const own = kinds.flatMap(({ plainPort }) => plainPort ?? []);
  const byName = kinds.some(({ by }) => by !== "port");
  return [...new Set([...(byName ? [80] : []), ...(kinds.some(({ domain }) => domain) ? [443] : []), ...own])];
}

/** The public URL of a thing, where it is known before the deploy. */
export function knownUrlOf(of: AnyDeclared, compilation: Pick<Compilation, "local">): string | undefined {
  if (of.kind === "service") return entranceOf(of.options, compilation)?.knownUrl;
  const [domain] = of.kind === "loadBalancer" ? domainsOf(of.options) : [];
  return domain && `https://${domain.name}`;
}

/** One sentence for each public service whose name is left out. */
export function entranceNotes({ local, inventory }: Pick<Compilation, "local" | "inventory">): string[] {
  if (!local) return [];
  return entrances(inventory).flatMap(({ key, declared: { options } }) => {
    const { kind, domain } = options.entrance!;
    if (kind !== "nextjs") return [];
    const whose = domain ? ` to serve ${domain.name}` : "";
    return [`${key} is called by its load balancer's own http:// address here: the embedded cloud has no CloudFront${whose}.`];
  });
}
