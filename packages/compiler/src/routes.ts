/** The routes of a load balancer: read, put in the order in which they are to be tried, and packed into listener rules. */
import { declaredOf, type AnyDeclared, type Declared } from "@plinth/language/reading";
import type { Route } from "@plinth/language";

export interface ParsedRoute {
  /** As the app wrote it. */
  readonly key: string;
  readonly host: string | undefined;
  readonly path: string;
  readonly destination: Destination;
}

export type Destination =
  | {
      readonly kind: "service";
      /** `undefined` for something that is none: checks refuse it. */
      readonly to: AnyDeclared | undefined;
      readonly methods: readonly string[];
      readonly headers: Readonly<Record<string, readonly string[]>>;
      readonly query: Readonly<Record<string, readonly string[]>>;
      readonly from: readonly string[];
    }
  | { readonly kind: "redirect"; readonly to: string; readonly permanent: boolean }
  | { readonly kind: "respond"; readonly status: number; readonly body: string | undefined; readonly type: string };

/** A listener rule: routes of one host to one destination. */
export interface Rule {
  readonly host: string | undefined;
  readonly paths: string[];
  readonly destination: Destination;
  readonly key: string;
}

/** How many values the conditions of a rule may have in all. Source: "Quotas for your Application Load Balancers". */
export const valuesPerRule = 5;

export function parseRoutes({ options }: Declared<"loadBalancer">): ParsedRoute[] {
  return Object.entries(options.routes ?? {}).map(([key, value]) => {
    const slash = key.indexOf("/");
    const host = slash > 0 ? key.slice(0, slash).toLowerCase() : undefined;
    return { key, host, path: slash < 0 ? "" : key.slice(slash).replaceAll(/\*+/g, "*"), destination: destinationOf(value) };
  });
}

function destinationOf(value: unknown): Destination {
  const plain = { methods: [], headers: {}, query: {}, from: [] };
  const own = declaredOf(value);
  if (own || typeof value !== "object" || value === null) return { kind: "service", to: own, ...plain };
  const route = value as Route;
  if ("redirect" in route) return { kind: "redirect", to: route.redirect, permanent: route.permanent === true };
  if ("respond" in route) return { kind: "respond", status: route.respond, body: route.body, type: route.type ?? "text/plain" };
  const { to, methods = [], headers = {}, query = {}, from = [] } = route;
  return { kind: "service", to: declaredOf(to), methods, headers, query, from };
}

/** Whether a request must be more than on its host and path. */
const isPlain = (one: Destination): boolean =>
  one.kind === "service" && one.methods.length + one.from.length + Object.keys(one.headers).length + Object.keys(one.query).length === 0;

/** In the order in which they are to be tried; routes to the same service share a rule where no other one is in between. */
export function packRoutes(routes: readonly ParsedRoute[]): Rule[] {
  const rules: Rule[] = [];
  for (const route of routes.toSorted(byPrecision)) {
    const { key, host, path, destination } = route;
    const shared = rules.find(
      (rule, i) =>
        rule.host === host &&
        isPlain(destination) &&
        isPlain(rule.destination) &&
        sameService(rule.destination, destination) &&
        rule.paths.length + (host === undefined ? 0 : 1) < valuesPerRule &&
        rules
          .slice(i + 1)
          .every((later) => sameService(later.destination, destination) || !later.paths.some((other) => overlap(other, path))),
    );
    if (shared) shared.paths.push(path);
    else rules.push({ key, host, paths: [path], destination });
  }
  return rules;
}

function sameService(a: Destination, b: Destination): boolean {
  return a.kind === "service" && b.kind === "service" && a.to === b.to;
}

/** An exact host before a pattern before none; an exact path before a pattern, a longer one before a shorter one. */
function byPrecision(a: ParsedRoute, b: ParsedRoute): number {
  const wild = (text: string): boolean => /[*?]/.test(text);
  const hostRank = ({ host }: ParsedRoute): number => (host === undefined ? 2 : wild(host) ? 1 : 0);
  const literal = ({ path }: ParsedRoute): number => path.search(/[*?]|$/);
  return (
    hostRank(a) - hostRank(b) ||
    Number(wild(a.path)) - Number(wild(b.path)) ||
    literal(b) - literal(a) ||
    b.path.length - a.path.length ||
    Number(isPlain(a.destination)) - Number(isPlain(b.destination))
  );
}

/** Whether one request could fit both; hosts are not looked at, so it may say yes too often. */
function overlap(a: string, b: string): boolean {
  const prefix = (path: string): string => path.slice(0, path.search(/[*?]|$/));
  const [first, second] = [prefix(a), prefix(b)];
  if (first === a && second === b) return a === b;
  return first.startsWith(second) || second.startsWith(first);
}

/** What a redirect says, by its parts; `undefined` for a text that is no address. */
export function redirectOf(to: string): { Protocol?: string; Host?: string; Port?: string; Path: string; Query: string } | undefined {
  const found = /^(?:(https?|#\{protocol\}):\/\/([^/:?\s]+)(?::(\d+|#\{port\}))?)?(\/[^?\s]*)?(?:\?(\S*))?$/i.exec(to);
  if (!found || to === "") return undefined;
  const [, protocol, host, port, path = host === undefined ? "/" : "/#{path}", query = "#{query}"] = found;
  const scheme = protocol === undefined || protocol.startsWith("#") ? protocol : protocol.toUpperCase();
  const usual = scheme === "HTTPS" ? "443" : scheme === "HTTP" ? "80" : undefined;
  const number = port ?? usual;
  return {
    ...(scheme !== undefined && { Protocol: scheme }),
    ...(host !== undefined && { Host: host }),
    ...(number !== undefined && { Port: number }),
    Path: path,
    Query: query,
  };
}
