/** How public services take requests through the load balancer that they share: by their host, by a port of their own, or from CloudFront alone. */
import type { AnyDeclared, Declared } from "@plinth/language/reading";
import type { Domain } from "@plinth/language";
import type { Named, NamedInventory } from "./inventory.ts";
import { domainsOf } from "./load-balancer-domains.ts";

/** How a public service is called. */
export interface EntranceKind {
  readonly by: "host" | "port" | "edge";
  /** Its own name, where it has one. */
  readonly domain: Domain | undefined;
  /** Its URL where that is known before the deploy. */
  readonly knownUrl: string | undefined;
  /** The port of its URL, where that is without TLS. */
  readonly plainPort: number | undefined;
}

/** `undefined` for a service that has no public entrance of its own. */
export function entranceOf({ entrance, port }: Declared<"service">["options"]): EntranceKind | undefined {
  if (!entrance) return undefined;
  const { domain } = entrance;
  const by = entrance.kind === "nextjs" ? "edge" : domain ? "host" : "port";
  return { by, domain, knownUrl: domain && `https://${domain.name}`, plainPort: by === "port" ? port : undefined };
}

/** The services that share the load balancer. */
export function entrances(inventory: Pick<NamedInventory, "of">): Named<"service">[] {
  return inventory.of("service").filter(({ declared }) => declared.options.entrance);
}

/** The ports on which the shared load balancer listens. */
export function entrancePorts(inventory: Pick<NamedInventory, "of">): number[] {
  const kinds = entrances(inventory).map(({ declared }) => entranceOf(declared.options)!);
  const own = kinds.flatMap(({ plainPort }) => plainPort ?? []);
  const byName = kinds.some(({ by }) => by !== "port");
  return [...new Set([...(byName ? [80] : []), ...(kinds.some(({ domain }) => domain) ? [443] : []), ...own])];
}

/** The public URL of a thing, where it is known before the deploy. */
export function knownUrlOf(of: AnyDeclared): string | undefined {
  if (of.kind === "service") return entranceOf(of.options)?.knownUrl;
  const [domain] = of.kind === "loadBalancer" ? domainsOf(of.options) : [];
  return domain && `https://${domain.name}`;
}
