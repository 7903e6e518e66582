/** Security groups and all their rules: closed by default, out as well as in; each rule a resource of its own, so no cycle can arise. */
import type { AnyDeclared } from "@plinth/language/reading";
import { copiesOf } from "./aurora-copies.ts";
import { closedEgress, groupId } from "./closed-group.ts";
import type { Compilation } from "./compilation.ts";
import { connectionsOf, type Connection, type End } from "./connections.ts";
import { databasesOf, type Named } from "./inventory.ts";
import { entrancePorts, entranceOf, entrances } from "./entrance-kind.ts";
import type { Origin } from "./origin.ts";
import { hasTls } from "./load-balancer-domains.ts";
import { hasBastion, type Network } from "./network.ts";
import { outsideRules } from "./outside-rules.ts";
import { domainOf } from "./public-domain.ts";
import { parseRoutes } from "./routes.ts";
import { literal, type Value } from "./value.ts";

export interface SecurityGroups {
  /** The group of a program, a database, a cache. */
  of(declared: AnyDeclared): Value;
  /** The groups that a program on ECS is in: its own, and those that it shares with very many others. */
  allOf(named: Named): readonly Value[];
  /** The group of the proxy before a database; only where it has one. */
  proxyOf(declared: AnyDeclared): Value | undefined;
  /** The group of the load balancer that public services share; only where there are some. */
  readonly entrance: Value | undefined;
  /** The group of the tasks that administer databases; only where there is a database. */
  readonly administration: Value | undefined;
  /** The group of the machine through which one reaches what is private; only where there is one. */
  readonly bastion: Value | undefined;
}

export const postgresPort = 5432;
export const redisPort = 6379;
const nfsPort = 2049;

export function buildSecurityGroups(compilation: Compilation, network: Network): SecurityGroups {
  const { draft, inventory, programs, stem } = compilation;
  const groups = new Map<AnyDeclared, Value>();

  const group = (id: string, origin: Origin, suffix: string): Value =>
    draft
      .add("network", `${id}SecurityGroup`, { ...origin, part: "SecurityGroup" }, (here) => ({
        Type: "AWS::EC2::SecurityGroup",
        Properties: {
          GroupDescription: `Plinth ${id}`,
          VpcId: here.take(network.vpc),
          SecurityGroupEgress: closedEgress,
          Tags: [{ Key: "Name", Value: `${stem}-${suffix}` }],
        },
      }))
      .attribute("GroupId", groupId);

  for (const named of inventory.all) {
    if (["service", "task", "appRunner", "postgres", "aurora", "redis", "fileSystem", "loadBalancer"].includes(named.declared.kind)) {
      groups.set(named.declared as AnyDeclared, group(named.id, compilation.origin(named as never), named.kebab));
    }
  }
  const databases = databasesOf(inventory);
  const proxies = new Map<AnyDeclared, Value>();
  for (const named of inventory.of("aurora")) {
    if (!named.declared.options.proxy) continue;
    const { override: _, ...proxyOrigin } = compilation.origin(named);
    proxies.set(named.declared, group(`${named.id}Proxy`, proxyOrigin, `${named.kebab}-proxy`));
  }
  const shared = entrances(inventory);
  const entranceOrigin: Origin = { key: shared[0]?.key ?? "entrance" };
  const entrance = shared.length > 0 ? group("SharedEntrance", entranceOrigin, "entrance") : undefined;
  const administrationOrigin: Origin = { key: databases[0]?.key ?? "administration" };
  const administration = databases.length > 0 ? group("Administration", administrationOrigin, "administration") : undefined;

  const vpc = inventory.of("vpc").find(({ declared }) => hasBastion(declared, compilation));
  const { override: _, ...bastionOrigin }: Origin = vpc ? compilation.origin(vpc) : { key: "bastion" };
  const bastion = vpc && group("Bastion", bastionOrigin, "bastion");

  // All that is wanted is known before the first rule is made: what very many share is made otherwise than what few do.
  const wanted: Connection[] = [];
  const steps: (() => void)[] = [];
  const connect = (from: End, to: End, port: number): void => {
    const connection = { from, to, port };
    wanted.push(connection);
    steps.push(() => connections.add(connection));
  };
  const rules = outsideRules(draft, network, programs.length);
  const step = (add: () => void): void => void steps.push(add);
  const endOf = (named: Named): End => {
    const { id, declared } = named;
    const joins = declared.kind === "service" || declared.kind === "task";
    return { id, group: groups.get(declared as AnyDeclared)!, origin: compilation.origin(named as never), joins };
  };
  const proxyEnd = (named: Named, proxy: Value): End => {
    const { override: __, ...origin } = compilation.origin(named as never);
    return { id: `${named.id}Proxy`, group: proxy, origin, joins: false };
  };

  const toCopies = (from: End, of: Named): void => {
    if (of.declared.kind !== "aurora") return;
    for (const copy of copiesOf(compilation, of as Named<"aurora">)) {
      step(() => rules.toRange(from, copy.id, copy.databaseRange, postgresPort));
    }
  };

  const out = (from: End): void => {
    step(() => rules.toInternet(from));
    step(() => rules.toEndpoints(from));
  };

  for (const { named, reaches } of programs) {
    const from = endOf(named);
    out(from);
    for (const of of reaches) {
      const port = portOf(of);
      const to = inventory.find(of);
      if (of.kind === "loadBalancer" && to && !hasTls(of)) step(() => rules.toPublic(from, to.id, 80));
      const publicPort = of.kind === "service" ? entranceOf(of.options)?.plainPort : undefined;
      if (publicPort !== undefined && to) step(() => rules.toPublic(from, to.id, publicPort));
      if (port === undefined || (of.kind === "service" && of.options.entrance)) continue;
      const proxy = proxies.get(of);
      if (of.kind === "existing" && of.options.type === "postgres") connect(from, existingEnd(of, compilation), port);
      else if (to) {
        connect(from, proxy ? proxyEnd(to, proxy) : endOf(to), port);
        toCopies(from, to);
      }
    }
    const { options } = named.declared;
    if (named.declared.kind === "service" && "public" in options && options.public && options.port !== undefined) {
      const { port } = options;
      step(() => (domainOf(options, compilation) ? rules.fromCloudFront(from, port) : rules.fromInternet(from, port)));
    }
  }
  for (const balancer of inventory.of("loadBalancer")) {
    const from = endOf(balancer);
    for (const port of [80, 443]) step(() => rules.fromInternet(from, port, port === 80 ? "Http" : "Https"));
    const services = parseRoutes(balancer.declared).flatMap(({ destination }) => (destination.kind === "service" ? [destination.to!] : []));
    for (const service of new Set(services)) connect(from, endOf(inventory.find(service)!), portOf(service)!);
  }
  if (entrance) {
    const from: End = { id: "SharedEntrance", group: entrance, origin: entranceOrigin, joins: false };
    for (const port of entrancePorts(compilation.inventory)) {
      step(() => rules.fromInternet(from, port, port === 80 ? "Http" : port === 443 ? "Https" : String(port)));
    }
    for (const named of shared) connect(from, endOf(named), named.declared.options.port!);
  }
  for (const named of inventory.of("aurora")) {
    const proxy = proxies.get(named.declared);
    if (proxy) connect(proxyEnd(named, proxy), endOf(named), postgresPort);
  }
  if (bastion) {
    const from: End = { id: "Bastion", group: bastion, origin: bastionOrigin, joins: false };
    out(from);
    for (const named of inventory.all) {
      const { declared } = named;
      const port = ["service", "fileSystem"].includes(declared.kind) ? undefined : portOf(declared as AnyDeclared);
      if (port === undefined || !groups.has(declared as AnyDeclared)) continue;
      connect(from, endOf(named), port);
      toCopies(from, named);
    }
  }
  if (administration) {
    const from: End = { id: "Administration", group: administration, origin: administrationOrigin, joins: false };
    out(from);
    for (const database of databases) {
      connect(from, endOf(database), postgresPort);
      toCopies(from, database);
    }
  }
  const connections = connectionsOf(draft, wanted, group);
  for (const add of steps) add();

  return {
    of(declared) {
      const found = groups.get(declared);
      if (!found) throw new Error(`the ${declared.kind} has no security group`);
      return found;
    },
    allOf: ({ id, declared }) => [groups.get(declared as AnyDeclared)!, ...connections.sharedBy(id)],
    proxyOf: (declared) => proxies.get(declared),
    entrance,
    administration,
    bastion,
  };
}

function portOf(of: AnyDeclared): number | undefined {
  if (of.kind === "postgres" || of.kind === "aurora") return postgresPort;
  if (of.kind === "fileSystem") return nfsPort;
  if (of.kind === "redis") return redisPort;
  if (of.kind === "service") return of.options.port;
  if (of.kind === "existing" && of.options.type === "postgres") return of.options.port ?? postgresPort;
  return undefined;
}

/** A database that is there already. Its rules are called by its key, or by its group's id where it was not returned. */
function existingEnd(of: Extract<AnyDeclared, { kind: "existing" }>, { inventory }: Compilation): End {
  if (of.options.type !== "postgres") throw new Error("only a database that is there already has a group");
  const { securityGroup } = of.options;
  const named = inventory.find(of);
  const id = named?.id ?? `Existing${securityGroup.replace(/[^A-Za-z0-9]/g, "")}`;
  return { id, group: literal(securityGroup), origin: { key: named?.key ?? securityGroup }, joins: false };
}
