/** The network: VPC, subnets, routes, ways out, entrances to AWS's services, and where programs are placed. */
import type { AnyDeclared, Declared, ExistingVpc } from "@plinth/language/reading";
import { deleted, type Compilation } from "./compilation.ts";
import type { Origin } from "./origin.ts";
import { buildEndpoints } from "./endpoints.ts";
import { buildFlowLog } from "./flow-log.ts";
import { databasesOf, type Named } from "./inventory.ts";
import { subnetRanges } from "./subnet-ranges.ts";
import { literal, type Made, type Value } from "./value.ts";

export interface Network {
  readonly vpc: Value;
  /** Its addresses; not known of a network that is there already. */
  readonly range: string | undefined;
  readonly publicSubnets: readonly Value[];
  readonly privateSubnets: readonly Value[];
  readonly databaseSubnets: readonly Value[];
  /** The route tables of where programs stand; none of a network that is there already. */
  readonly routeTables: readonly Value[];
  /** Where programs stand: private where there is a way out or every entrance that they need. */
  readonly placement: "public" | "private";
  /** Whether private programs can reach the internet at all. */
  readonly wayOut: boolean;
  /** The entrances with addresses in the network, and the group before them. */
  readonly interfaceEndpoints: readonly string[];
  readonly endpointGroup: Value | undefined;
}

const vpcId = "AWS::EC2::VPC::Id";
const subnetId = "AWS::EC2::Subnet::Id";

/** The app's network: what it declares, what it names as existing, or a plain one where something must stand in one. */
export function buildNetwork(compilation: Compilation): Network {
  const own = compilation.inventory.of("vpc");
  const existing = compilation.inventory.of("existing").filter(({ declared }) => declared.options.type === "vpc");
  if (!own[0] && existing[0]) return existingNetwork(compilation, existing[0]);
  const { programs, inventory } = compilation;
  const standing = (["postgres", "aurora", "redis", "loadBalancer", "fileSystem"] as const).flatMap((kind): unknown[] =>
    inventory.of(kind),
  );
  if (!own[0] && programs.length + standing.length === 0) return noNetwork;
  return newNetwork(compilation, own[0]);
}

const noNetwork: Network = {
  vpc: literal("none"),
  range: undefined,
  publicSubnets: [],
  privateSubnets: [],
  databaseSubnets: [],
  routeTables: [],
  placement: "public",
  wayOut: true,
  interfaceEndpoints: [],
  endpointGroup: undefined,
};

function existingNetwork(compilation: Compilation, { key, declared }: Named<"existing">): Network {
  const { options } = declared;
  if (options.type !== "vpc") throw new Error("not a network");
  const { publicSubnets = [], privateSubnets = [] }: ExistingVpc = options;
  const databaseSubnets = options.databaseSubnets ?? (privateSubnets.length > 0 ? privateSubnets : publicSubnets);
  const program = privateSubnets.length > 0 ? privateSubnets : publicSubnets;
  if (program.length === 0) {
    compilation.faults.add({
      code: "no-subnets",
      key,
      message: `${key} names no subnets for programs: give publicSubnets, or privateSubnets that have a way out`,
      at: declared.source,
    });
  }
  return {
    vpc: literal(options.id),
    range: undefined,
    publicSubnets: publicSubnets.map(literal),
    privateSubnets: privateSubnets.map(literal),
    databaseSubnets: databaseSubnets.map(literal),
    routeTables: [],
    placement: privateSubnets.length > 0 ? "private" : "public",
    wayOut: true,
    interfaceEndpoints: [],
    endpointGroup: undefined,
  };
}

/** The endpoints that a private task without a way out cannot do without. Source: aws-recipes §7. */
export function neededEndpoints(compilation: Compilation): string[] {
  const kinds = new Set(compilation.programs.flatMap(({ reaches }) => reaches.map(endpointOf)));
  return ["ecr", "s3", "logs", ...["secretsmanager", "ssm", "sqs", "sns"].filter((service) => kinds.has(service))];
}

/** The service of AWS that stands behind a thing, for its own programs. */
function endpointOf(of: AnyDeclared): string | undefined {
  if (of.kind === "postgres" || of.kind === "aurora" || of.kind === "redis") return "secretsmanager";
  if (of.kind === "queue") return "sqs";
  if (of.kind === "topic") return "sns";
  if (of.kind === "setting") return "ssm";
  if (of.kind === "secret") return of.options.store === "parameter-store" ? "ssm" : "secretsmanager";
  if (of.kind !== "existing") return undefined;
  if (of.options.type === "postgres") return "secretsmanager";
  if (of.options.type === "secret") return of.options.id.startsWith("/") ? "ssm" : "secretsmanager";
  return undefined;
}

function newNetwork(compilation: Compilation, named: Named<"vpc"> | undefined): Network {
  const { draft, stem, faults } = compilation;
  const options: Declared<"vpc">["options"] = named?.declared.options ?? {};
  const origin: Origin = named ? compilation.origin(named) : { key: "network" };
  const zones = options.zones ?? 2;
  const natGateways = options.natGateways ?? 0;
  const endpoints = [...new Set(options.endpoints ?? [])];
  const complete = neededEndpoints(compilation).every((name) => endpoints.some((endpoint) => endpoint === name));
  const placement = natGateways > 0 || complete ? "private" : "public";
  const withPrivate = placement === "private" || options.subnets?.private !== undefined;
  const cidr = options.cidr ?? "10.0.0.0/16";
  const ranges = subnetRanges({ cidr, zones, given: options.subnets, withPrivate });
  for (const message of ranges.faults) {
    faults.add({
      code: "bad-subnets",
      key: named?.key ?? "network",
      message: `${named?.key ?? "network"}: ${message}`,
      at: named?.declared.source,
    });
  }
  const name = (suffix: string) => [{ Key: "Name", Value: `${stem}-${suffix}` }];

  const vpc = draft.add("network", "Vpc", { ...origin, part: "VPC" }, () => ({
    Type: "AWS::EC2::VPC",
    Properties: { CidrBlock: cidr, EnableDnsSupport: true, EnableDnsHostnames: true, Tags: [{ Key: "Name", Value: stem }] },
  }));
  const gateway = draft.add("network", "InternetGateway", origin, () => ({
    Type: "AWS::EC2::InternetGateway",
    Properties: { Tags: name("internet") },
  }));
  const attachment = draft.add("network", "InternetGatewayAttachment", origin, (here) => ({
    Type: "AWS::EC2::VPCGatewayAttachment",
    Properties: { VpcId: here.take(vpc.ref(vpcId)), InternetGatewayId: here.take(gateway.ref()) },
  }));

  const routeTable = (id: string, suffix: string): Made =>
    draft.add("network", id, origin, (here) => ({
      Type: "AWS::EC2::RouteTable",
      Properties: { VpcId: here.take(vpc.ref(vpcId)), Tags: name(suffix) },
    }));
  const subnet = (id: string, suffix: string, zone: number, range: string, table: Made): Made => {
    const made = draft.add("network", id, origin, (here) => ({
      Type: "AWS::EC2::Subnet",
      Properties: {
        VpcId: here.take(vpc.ref(vpcId)),
        CidrBlock: range,
        AvailabilityZone: here.take({
          kind: "source",
          name: `Zone${zone + 1}`,
          parameter: { Type: "AWS::EC2::AvailabilityZone::Name" },
          source: { from: "zone", index: zone },
        }),
        MapPublicIpOnLaunch: false,
        Tags: name(suffix),
      },
    }));
    draft.add("network", `${id}Routes`, origin, (here) => ({
      Type: "AWS::EC2::SubnetRouteTableAssociation",
      Properties: { SubnetId: here.take(made.ref(subnetId)), RouteTableId: here.take(table.ref()) },
    }));
    return made;
  };

  const publicTable = routeTable("PublicRouteTable", "public");
  draft.add("network", "PublicRoute", origin, (here) => ({
    Type: "AWS::EC2::Route",
    DependsOn: attachment.logicalId,
    Properties: { RouteTableId: here.take(publicTable.ref()), DestinationCidrBlock: "0.0.0.0/0", GatewayId: here.take(gateway.ref()) },
  }));
  const publicSubnets = ranges.public.map((range, i) => subnet(`PublicSubnet${i + 1}`, `public-${i + 1}`, i, range, publicTable));

  const nats: Made[] = [];
  for (let i = 0; i < Math.min(natGateways, publicSubnets.length); i++) {
    const address = draft.add("network", `NatAddress${i + 1}`, origin, () => ({
      Type: "AWS::EC2::EIP",
      DependsOn: attachment.logicalId,
      ...deleted,
      Properties: { Domain: "vpc", Tags: name(`nat-${i + 1}`) },
    }));
    nats.push(
      draft.add("network", `NatGateway${i + 1}`, origin, (here) => ({
        Type: "AWS::EC2::NatGateway",
        DependsOn: "PublicRoute",
        Properties: {
          AllocationId: here.take(address.attribute("AllocationId")),
          SubnetId: here.take(publicSubnets[i]!.ref(subnetId)),
          Tags: name(`nat-${i + 1}`),
        },
      })),
    );
  }

  const privateTables: Made[] = [];
  const privateSubnets = ranges.private.map((range, i) => {
    const table = routeTable(`PrivateRouteTable${i + 1}`, `private-${i + 1}`);
    privateTables.push(table);
    const nat = nats[i % Math.max(nats.length, 1)];
    if (nat) {
      draft.add("network", `PrivateRoute${i + 1}`, origin, (here) => ({
        Type: "AWS::EC2::Route",
        Properties: { RouteTableId: here.take(table.ref()), DestinationCidrBlock: "0.0.0.0/0", NatGatewayId: here.take(nat.ref()) },
      }));
    }
    return subnet(`PrivateSubnet${i + 1}`, `private-${i + 1}`, i, range, table);
  });

  const needsData = databasesOf(compilation.inventory).length + compilation.inventory.of("redis").length > 0;
  let databaseSubnets = privateSubnets;
  if (!ranges.databaseIsPrivate) {
    const databaseTable = needsData ? routeTable("DatabaseRouteTable", "database") : undefined;
    databaseSubnets = databaseTable
      ? ranges.database.map((range, i) => subnet(`DatabaseSubnet${i + 1}`, `database-${i + 1}`, i, range, databaseTable))
      : [];
  }

  const routeTables = [publicTable, ...privateTables].map((table) => table.ref());
  const { endpointGroup, interfaceEndpoints } = buildEndpoints(compilation, {
    origin,
    endpoints,
    vpc: vpc.ref(vpcId),
    tables: routeTables,
    subnets: (privateSubnets.length > 0 ? privateSubnets : publicSubnets).map((made) => made.ref(subnetId)),
  });
  if (options.flowLogs) buildFlowLog(compilation, origin, vpc.ref(vpcId), options.flowLogs === true ? "30 days" : options.flowLogs.retain);

  const values = (made: readonly Made[]): Value[] => made.map((one) => one.ref(subnetId));
  return {
    vpc: vpc.ref(vpcId),
    range: cidr,
    publicSubnets: values(publicSubnets),
    privateSubnets: values(privateSubnets),
    databaseSubnets: values(databaseSubnets),
    routeTables,
    placement,
    wayOut: placement === "public" || natGateways > 0,
    interfaceEndpoints,
    endpointGroup,
  };
}

/** Whether a machine stands in it through which one gets in. None in the embedded cloud: what stands in it is reached directly. */
export function hasBastion({ options }: Named<"vpc">["declared"], { local }: Pick<Compilation, "local">): boolean {
  return options.bastion === true && !local;
}
