/** Security groups and all their rules: closed by default, out as well as in; each rule a resource of its own, so no cycle can arise. */
import type { AnyDeclared } from "@plinth/language/reading";
import { hasBastion } from "./bastion.ts";
import { closedEgress, groupId } from "./closed-group.ts";
import type { Compilation } from "./compilation.ts";
import { databasesOf } from "./inventory.ts";
import { entrancePorts, entranceOf, entrances } from "./entrance-kind.ts";
import { type Origin } from "./draft.ts";
import { hasTls } from "./load-balancer.ts";
import type { Network } from "./network.ts";
import { cloudFrontAddresses, domainOf } from "./public-domain.ts";
import { parseRoutes } from "./routes.ts";
import { literal, type Value } from "./value.ts";

export interface SecurityGroups {
  /** The group of a program, a database, a cache. */
  of(declared: AnyDeclared): Value;
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

  /** Both ends of a connection: out of one group, into the other. */
  const connect = (from: { id: string; group: Value; origin: Origin }, to: { id: string; group: Value }, port: number): void => {
    draft.add("network", `${from.id}To${to.id}`, from.origin, (here) => ({
      Type: "AWS::EC2::SecurityGroupEgress",
      Properties: {
        GroupId: here.take(from.group),
        IpProtocol: "tcp",
        FromPort: port,
        ToPort: port,
        DestinationSecurityGroupId: here.take(to.group),
        Description: `${from.id} to ${to.id}`,
      },
    }));
    draft.add("network", `${to.id}From${from.id}`, from.origin, (here) => ({
      Type: "AWS::EC2::SecurityGroupIngress",
      Properties: {
        GroupId: here.take(to.group),
        IpProtocol: "tcp",
        FromPort: port,
        ToPort: port,
        SourceSecurityGroupId: here.take(from.group),
        Description: `${to.id} from ${from.id}`,
      },
    }));
  };
  /** HTTPS out: to the internet, or where there is no way out to what the routes reach, which is AWS's services alone. */
  const out = (from: { id: string; group: Value; origin: Origin }): void => {
    draft.add("network", `${from.id}ToInternet`, from.origin, (here) => ({
      Type: "AWS::EC2::SecurityGroupEgress",
      Properties: {
        GroupId: here.take(from.group),
        IpProtocol: "tcp",
        FromPort: 443,
        ToPort: 443,
        CidrIp: "0.0.0.0/0",
        Description: `${from.id} to the internet over HTTPS`,
      },
    }));
    if (network.endpointGroup) {
      const endpoints = network.endpointGroup;
      draft.add("network", `EndpointFrom${from.id}`, from.origin, (here) => ({
        Type: "AWS::EC2::SecurityGroupIngress",
        Properties: {
          GroupId: here.take(endpoints),
          IpProtocol: "tcp",
          FromPort: 443,
          ToPort: 443,
          SourceSecurityGroupId: here.take(from.group),
          Description: `AWS services from ${from.id}`,
        },
      }));
    }
  };

  /** To a public address, without TLS. */
  const outTo = (from: { id: string; group: Value; origin: Origin }, to: string, port: number): void => {
    draft.add("network", `${from.id}To${to}`, from.origin, (here) => ({
      Type: "AWS::EC2::SecurityGroupEgress",
      Properties: {
        GroupId: here.take(from.group),
        IpProtocol: "tcp",
        FromPort: port,
        ToPort: port,
        CidrIp: "0.0.0.0/0",
        Description: `${from.id} to the public address of ${to}`,
      },
    }));
  };

  /** Anybody may call this port. */
  const open = (to: { id: string; group: Value; origin: Origin }, port: number, suffix = ""): void => {
    draft.add("network", `${to.id}FromInternet${suffix}`, to.origin, (here) => ({
      Type: "AWS::EC2::SecurityGroupIngress",
      Properties: {
        GroupId: here.take(to.group),
        IpProtocol: "tcp",
        FromPort: port,
        ToPort: port,
        CidrIp: "0.0.0.0/0",
        Description: `${to.id} from the internet`,
      },
    }));
  };

  for (const { named, reaches } of programs) {
    const declared: AnyDeclared = named.declared;
    const origin = compilation.origin(named);
    const from = { id: named.id, group: groups.get(declared)!, origin };
    out(from);
    for (const of of reaches) {
      const port = portOf(of);
      const to = inventory.find(of);
      if (of.kind === "loadBalancer" && to && !hasTls(of)) {
        outTo(from, to.id, 80);
      }
      const publicPort = of.kind === "service" ? entranceOf(of.options, compilation)?.plainPort : undefined;
      if (publicPort !== undefined && to) outTo(from, to.id, publicPort);
      if (port === undefined || (of.kind === "service" && of.options.entrance)) continue;
      if (of.kind === "existing" && of.options.type === "postgres") {
        connect(from, { id: existingId(of, compilation), group: literal(of.options.securityGroup) }, port);
      } else if (to && proxies.has(of)) connect(from, { id: `${to.id}Proxy`, group: proxies.get(of)! }, port);
      else if (to) connect(from, { id: to.id, group: groups.get(of)! }, port);
    }
    const { options } = named.declared;
    if (named.declared.kind === "service" && "public" in options && options.public && options.port !== undefined) {
      const port = options.port;
      if (domainOf(options, compilation)) {
        draft.add("network", `${named.id}FromCloudFront`, origin, (here) => ({
          Type: "AWS::EC2::SecurityGroupIngress",
          Properties: {
            GroupId: here.take(from.group),
            IpProtocol: "tcp",
            FromPort: port,
            ToPort: port,
            SourcePrefixListId: here.take(cloudFrontAddresses),
            Description: `${named.id} from CloudFront`,
          },
        }));
        continue;
      }
      open(from, port);
    }
  }
  for (const balancer of inventory.of("loadBalancer")) {
    const origin = compilation.origin(balancer);
    const from = { id: balancer.id, group: groups.get(balancer.declared)!, origin };
    for (const port of [80, 443]) open(from, port, port === 80 ? "Http" : "Https");
    const services = parseRoutes(balancer.declared).flatMap(({ destination }) => (destination.kind === "service" ? [destination.to!] : []));
    for (const service of new Set(services)) {
      connect(from, { id: inventory.find(service)!.id, group: groups.get(service)! }, portOf(service)!);
    }
  }
  if (entrance) {
    const from = { id: "SharedEntrance", group: entrance, origin: entranceOrigin };
    for (const port of entrancePorts(compilation)) {
      open(from, port, port === 80 ? "Http" : port === 443 ? "Https" : String(port));
    }
    for (const { id, declared } of shared) connect(from, { id, group: groups.get(declared)! }, declared.options.port!);
  }
  for (const named of inventory.of("aurora")) {
    const proxy = proxies.get(named.declared);
    const { override: _, ...proxyOrigin } = compilation.origin(named);
    if (!proxy) continue;
    connect(
      { id: `${named.id}Proxy`, group: proxy, origin: proxyOrigin },
      { id: named.id, group: groups.get(named.declared)! },
      postgresPort,
    );
  }
  if (bastion) {
    const from = { id: "Bastion", group: bastion, origin: bastionOrigin };
    out(from);
    for (const { id, declared } of inventory.all) {
      const port = ["service", "fileSystem"].includes(declared.kind) ? undefined : portOf(declared as AnyDeclared);
      const to = groups.get(declared as AnyDeclared);
      if (port !== undefined && to) connect(from, { id, group: to }, port);
    }
  }
  if (administration) {
    const from = { id: "Administration", group: administration, origin: administrationOrigin };
    out(from);
    for (const database of databases) connect(from, { id: database.id, group: groups.get(database.declared)! }, postgresPort);
  }

  return {
    of(declared) {
      const found = groups.get(declared);
      if (!found) throw new Error(`the ${declared.kind} has no security group`);
      return found;
    },
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

/** The stem of an existing database's rules: its key, or its group's id where it was not returned. */
function existingId(of: AnyDeclared, { inventory }: Compilation): string {
  const named = inventory.find(of);
  if (named) return named.id;
  if (of.kind === "existing" && of.options.type === "postgres") return `Existing${of.options.securityGroup.replace(/[^A-Za-z0-9]/g, "")}`;
  throw new Error("only a database that is there already may lack a name");
}
