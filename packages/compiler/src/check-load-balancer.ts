/** What a load balancer's routes and options must hold. */
import { declaredOf } from "@plinth/language/reading";
import { domainName, type Checker } from "./checker.ts";
import type { Compilation } from "./compilation.ts";
import { managedGroups, rateOf } from "./firewall.ts";
import type { Named } from "./inventory.ts";
import { domainsOf } from "./load-balancer-domains.ts";
import { packRoutes, parseRoutes, redirectOf, valuesPerRule, type ParsedRoute } from "./routes.ts";

/** Rules that a load balancer may have. Source: "Quotas for your Application Load Balancers". */
const mostRules = 100;

export function checkLoadBalancer(compilation: Compilation, named: Named<"loadBalancer">, check: Checker): void {
  const { key, declared } = named;
  const { options } = declared;
  const routes = parseRoutes(declared);
  if (routes.length === 0) check.refuse("no-routes", `${key} has no routes: write routes: { "/*": … } with a service that has a port`);
  const seen = new Map<string, string>();
  for (const route of routes) {
    checkKey(key, route, check);
    checkDestination(compilation, key, route, check);
    const same = `${route.host ?? ""}${route.path}`;
    const earlier = seen.get(same);
    if (earlier !== undefined) {
      check.refuse("same-route", `${key}: "${earlier}" and "${route.key}" are the same path: one request goes to one service, keep one`);
    }
    seen.set(same, route.key);
  }
  const rules = routes.every(({ destination }) => destination.kind !== "service" || destination.to) ? packRoutes(routes).length : 0;
  if (rules > mostRules)
    check.refuse("too-many-routes", `${key} would have ${rules} rules, and a load balancer may have ${mostRules}: use patterns`);
  checkOptions(compilation, named, check);
  for (const { named: program, reaches } of compilation.programs) {
    if (program.declared.kind !== "task" || !reaches.includes(declared) || domainsOf(options).length > 0) continue;
    check.refuse(
      "not-there-yet",
      `${program.key} names ${key}, whose address is known only after tasks are made: give ${key} a domain, or leave it out of ${program.key}`,
    );
  }
  const { accessLogs } = options;
  if (accessLogs !== undefined && accessLogs !== false && declaredOf(accessLogs)?.kind !== "bucket") {
    check.refuse(
      "bad-option",
      `${key}: accessLogs is no bucket of the app: declare one, const logs = bucket(), and write accessLogs: logs`,
    );
  }
}

function checkKey(key: string, { key: route, host, path }: ParsedRoute, check: Checker): void {
  const written = JSON.stringify(route);
  if (path === "" || (host !== undefined && !/^(?=.{3,128}$)[a-z0-9*?-]+(?:\.[a-z0-9*?-]+)+$/.test(host))) {
    const first = JSON.stringify(`/${route.replace(/^\/+/, "")}`);
    check.refuse(
      "bad-route",
      `${key}: ${written} is no route: write a path that begins with /, like ${first}, or a host and a path, like "api.example.com/*"`,
    );
  } else if (!/^\/[A-Za-z0-9_.$/~"'@:+&*?-]{0,127}$/.test(path)) {
    check.refuse(
      "bad-route",
      `${key}: ${written} is no route: a path is at most 128 of A-Z a-z 0-9 _ - . $ / ~ " ' @ : + & and the wildcards * and ?`,
    );
  }
}

function checkDestination({ inventory }: Compilation, key: string, route: ParsedRoute, check: Checker): void {
  const { destination } = route;
  const at = `${key}: the route ${JSON.stringify(route.key)}`;
  if (destination.kind === "redirect") {
    if (!redirectOf(destination.to)) {
      check.refuse(
        "bad-route",
        `${at} redirects to "${destination.to}", which is no address: write "https://www.example.com/#{path}", or a path`,
      );
    }
    return;
  }
  if (destination.kind === "respond") {
    const { status, body } = destination;
    if (!Number.isInteger(status) || !/^[245]\d\d$/.test(String(status))) {
      check.refuse("bad-route", `${at} responds with ${status}: write a status from 200 to 299 or 400 to 599`);
    }
    if ((body ?? "").length > 1024) check.refuse("bad-route", `${at} responds with more than 1024 characters: let a service do that`);
    return;
  }
  const { to, methods, headers, query, from } = destination;
  if (!to) return check.refuse("bad-route", `${at} leads to nothing: write a service with a port, a redirect or an answer`);
  const name = inventory.find(to)?.key ?? `a ${to.kind}`;
  if (to.kind !== "service")
    return check.refuse("bad-route", `${at} leads to ${name}, which is no service: only a service with a port takes requests`);
  if (to.options.entrance) {
    return check.refuse("bad-route", `${at} leads to ${name}, which has an entrance of its own: write a service for routes`);
  }
  if (to.options.port === undefined) {
    return check.refuse("no-port", `${at} leads to ${name}, which has no port: only a service with a port takes requests, so give it one`);
  }
  const more = methods.length + from.length + Object.values({ ...headers, ...query }).flat().length;
  const values = 1 + (route.host === undefined ? 0 : 1) + more;
  if (values > valuesPerRule) {
    check.refuse("bad-route", `${at} has ${values} values in its conditions, and a rule may have ${valuesPerRule}: make two routes of it`);
  }
  for (const method of methods)
    check.pattern(`routes[${JSON.stringify(route.key)}].methods`, method, /^[A-Z_-]{1,40}$/, "a method in capitals, like GET");
  for (const range of from) {
    check.pattern(
      `routes[${JSON.stringify(route.key)}].from`,
      range,
      /^[0-9a-f.:]+\/\d{1,3}$/i,
      "a range of addresses, like 203.0.113.0/24",
    );
  }
}

function checkOptions({ stem, region }: Compilation, named: Named<"loadBalancer">, check: Checker): void {
  const { key } = named;
  const { certificate, sticky, firewall, ...options } = named.declared.options;
  const names = new Set<string>();
  for (const domain of domainsOf(options)) {
    if (names.has(domain.name)) check.refuse("same-domain", `${key} is ${domain.name} twice: keep one`);
    names.add(domain.name);
    check.pattern("domain.name", domain.name, domainName, "a name in small letters, like api.example.com");
    check.pattern("domain.zone", domain.zone, domainName, "a zone's name, like example.com");
    if (domain.name !== domain.zone && !domain.name.endsWith(`.${domain.zone}`)) {
      check.refuse("bad-option", `${key}: domain.name is "${domain.name}", which does not lie in the zone ${domain.zone}`);
    }
  }
  check.pattern("certificate", certificate, /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/.+$/, "the ARN of a certificate in ACM");
  const lies = /^arn:aws[a-z-]*:acm:([a-z0-9-]+):/.exec(certificate ?? "")?.[1];
  if (lies !== undefined && lies !== region) {
    check.refuse(
      "bad-option",
      `${key}: certificate lies in ${lies}, and a load balancer takes only those of its own region: request or import one in ${region}`,
    );
  }
  if (sticky) check.seconds("sticky", sticky, 1, 604_800);
  check.seconds("idleTimeout", options.idleTimeout, 1, 4000);
  check.seconds("drain", options.drain, 0, 3600);
  check.pattern("name", options.name, /^(?!internal-)(?!-)[A-Za-z0-9-]{1,32}(?<!-)$/, "1 to 32 letters, digits and -, no - first or last");
  if (!firewall) return;
  const { rateLimit, rules, mode } = firewall;
  const rate = rateLimit === undefined ? undefined : rateOf(rateLimit);
  if (rateLimit !== undefined && (!rate || rate.limit < 10 || rate.limit > 2_000_000_000)) {
    check.refuse(
      "bad-option",
      `${key}: firewall.rateLimit is "${rateLimit}": write 10 to 2000000000 per 1, 2, 5 or 10 minutes, like "2000 per 5 minutes"`,
    );
  }
  for (const rule of rules ?? []) check.oneOf("firewall.rules", rule, Object.keys(managedGroups));
  if (new Set(rules).size < (rules ?? []).length) check.refuse("bad-option", `${key}: firewall.rules names one twice: keep one`);
  if (rules?.length === 0 && rateLimit === undefined) {
    check.refuse("bad-option", `${key}: firewall has neither rules nor a rateLimit: give one, or leave firewall out`);
  }
  check.oneOf("firewall.mode", mode, ["block", "count"]);
  check.pattern("firewall", `${stem}-${named.kebab}`, /^.{1,110}$/, "short enough for a web ACL's name: rename it");
}
