/** On any templates, one reaches another just when a naive simulation of packets through the group rules says so. */
import type { Template } from "@plinth/cloudformation";
import { array, assert, boolean, constantFrom, nat, oneof, property, record, tuple, uniqueArray, type Arbitrary } from "fast-check";
import { expect, test } from "vitest";
import { reachOf } from "../src/index.ts";

const groupCount = 4;
const ports = [80, 443, 5432, 6379] as const;
const subnets = ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"] as const;
const cidrs = ["0.0.0.0/0", "10.0.0.0/16", "10.0.1.0/24", "10.0.1.128/25", "192.168.0.0/16", "203.0.113.0/24"] as const;

interface Rule {
  group: number;
  side: "in" | "out";
  protocol: "tcp" | "udp" | "-1";
  from: number;
  to: number;
  peer: { group: number } | { cidr: string };
  inline: boolean;
}

interface Machine {
  port: number;
  groups: number[];
  subnet: number;
  public: boolean;
}

interface World {
  rules: Rule[];
  /** Whether the group's template says what may leave; without it all may. */
  closed: boolean[];
  machines: Machine[];
  /** By subnet. */
  wayOut: ("gateway" | "nat" | "none")[];
}

const ruleArbitrary: Arbitrary<Rule> = record({
  group: nat(groupCount - 1),
  side: constantFrom("in" as const, "out" as const),
  protocol: constantFrom("tcp" as const, "tcp" as const, "udp" as const, "-1" as const),
  ends: tuple(constantFrom(...ports, 0, 65_535), constantFrom(...ports, 0, 65_535)),
  peer: oneof(
    nat(groupCount - 1).map((group) => ({ group })),
    constantFrom(...cidrs).map((cidr) => ({ cidr })),
  ),
  inline: boolean(),
}).map(({ ends, ...rule }) => ({ ...rule, from: Math.min(...ends), to: Math.max(...ends) }));

const worldArbitrary: Arbitrary<World> = record({
  rules: array(ruleArbitrary, { maxLength: 14 }),
  closed: array(boolean(), { minLength: groupCount, maxLength: groupCount }),
  machines: array(
    record({
      port: constantFrom(...ports),
      groups: uniqueArray(nat(groupCount - 1), { minLength: 1, maxLength: 2 }),
      subnet: nat(subnets.length - 1),
      public: boolean(),
    }),
    { minLength: 2, maxLength: 4 },
  ),
  wayOut: array(constantFrom("gateway" as const, "nat" as const, "none" as const), { minLength: 3, maxLength: 3 }),
});

/** The world as three templates, so that rules and places name each other over stacks. */
function templates({ rules, closed, machines, wayOut }: World): Template[] {
  const network: Template = { Resources: { Vpc: { Type: "AWS::EC2::VPC" }, Gate: { Type: "AWS::EC2::InternetGateway" } }, Outputs: {} };
  const separate: Template = { Parameters: {}, Resources: {} };
  const programs: Template = { Parameters: {}, Resources: {} };
  const hand = (to: Template, name: string, value: unknown) => {
    network.Outputs![name] = { Value: value };
    to.Parameters![name] = { Type: "String" };
  };
  network.Resources["Outer"] = { Type: "AWS::EC2::RouteTable", Properties: {} };
  network.Resources["OuterRoute"] = route("Outer", { GatewayId: { Ref: "Gate" } });
  network.Resources["NatSubnet"] = { Type: "AWS::EC2::Subnet", Properties: { VpcId: { Ref: "Vpc" }, CidrBlock: "10.0.9.0/24" } };
  network.Resources["NatRoutes"] = association("NatSubnet", "Outer");
  network.Resources["Nat"] = { Type: "AWS::EC2::NatGateway", Properties: { SubnetId: { Ref: "NatSubnet" } } };
  subnets.forEach((cidr, index) => {
    network.Resources[`Subnet${index}`] = { Type: "AWS::EC2::Subnet", Properties: { VpcId: { Ref: "Vpc" }, CidrBlock: cidr } };
    network.Resources[`Table${index}`] = { Type: "AWS::EC2::RouteTable", Properties: {} };
    network.Resources[`Ties${index}`] = association(`Subnet${index}`, `Table${index}`);
    if (wayOut[index] === "gateway") network.Resources[`Route${index}`] = route(`Table${index}`, { GatewayId: { Ref: "Gate" } });
    if (wayOut[index] === "nat") network.Resources[`Route${index}`] = route(`Table${index}`, { NatGatewayId: { Ref: "Nat" } });
    hand(programs, `Subnet${index}`, { Ref: `Subnet${index}` });
  });
  for (let group = 0; group < groupCount; group++) {
    const inline = (side: Rule["side"]) => rules.filter((rule) => rule.group === group && rule.side === side && rule.inline);
    const out = inline("out").map((rule) => ruleProperties(rule, (name) => ({ "Fn::GetAtt": [name, "GroupId"] })));
    network.Resources[`Group${group}`] = {
      Type: "AWS::EC2::SecurityGroup",
      Properties: {
        SecurityGroupIngress: inline("in").map((rule) => ruleProperties(rule, (name) => ({ "Fn::GetAtt": `${name}.GroupId` }))),
        SecurityGroupEgress: closed[group]
          ? [...out, { IpProtocol: "icmp", FromPort: 252, ToPort: 86, CidrIp: "255.255.255.255/32" }]
          : out,
      },
    };
    hand(separate, `Group${group}`, { "Fn::GetAtt": [`Group${group}`, "GroupId"] });
    hand(programs, `Group${group}`, { Ref: `Group${group}` });
  }
  rules.forEach((rule, index) => {
    if (rule.inline) return;
    separate.Resources[`Rule${index}`] = {
      Type: `AWS::EC2::SecurityGroup${rule.side === "in" ? "Ingress" : "Egress"}`,
      Properties: { GroupId: { Ref: `Group${rule.group}` }, ...ruleProperties(rule, (name) => ({ Ref: name })) },
    };
  });
  machines.forEach(({ port, groups, subnet, public: isPublic }, index) => {
    programs.Resources[`Definition${index}`] = {
      Type: "AWS::ECS::TaskDefinition",
      Properties: { ContainerDefinitions: [{ Name: "it", PortMappings: [{ ContainerPort: port }] }] },
    };
    programs.Resources[`M${index}`] = {
      Type: "AWS::ECS::Service",
      Properties: {
        TaskDefinition: { Ref: `Definition${index}` },
        NetworkConfiguration: {
          AwsvpcConfiguration: {
            AssignPublicIp: isPublic ? "ENABLED" : "DISABLED",
            Subnets: [{ Ref: `Subnet${subnet}` }],
            SecurityGroups: groups.map((group) => ({ Ref: `Group${group}` })),
          },
        },
      },
    };
  });
  return [network, separate, programs];
}

const route = (table: string, target: object) => ({
  Type: "AWS::EC2::Route",
  Properties: { RouteTableId: { Ref: table }, DestinationCidrBlock: "0.0.0.0/0", ...target },
});
const association = (subnet: string, table: string) => ({
  Type: "AWS::EC2::SubnetRouteTableAssociation",
  Properties: { SubnetId: { Ref: subnet }, RouteTableId: { Ref: table } },
});

function ruleProperties({ protocol, from, to, peer, side }: Rule, group: (name: string) => unknown): Record<string, unknown> {
  return {
    IpProtocol: protocol,
    ...(protocol !== "-1" && { FromPort: from, ToPort: to }),
    ...("cidr" in peer
      ? { CidrIp: peer.cidr }
      : { [side === "in" ? "SourceSecurityGroupId" : "DestinationSecurityGroupId"]: group(`Group${peer.group}`) }),
  };
}

/** Every address of a block that matters here: its first, last and middle hosts. */
const bits = (address: string) => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
const inBlock = (address: string, cidr: string) => {
  const [base = "", length = "0"] = cidr.split("/");
  const size = 2 ** (32 - Number(length));
  return Math.floor(bits(address) / size) === Math.floor(bits(base) / size);
};
const addressesIn = (subnet: number) => [10, 100, 200].map((host) => `10.0.${subnet}.${host}`);
const internetHosts = ["203.0.113.9", "8.8.8.8"];

function passes(world: World, groups: number[], side: Rule["side"], port: number, other: { address: string; groups: number[] }): boolean {
  return groups.some((group) => {
    const own = world.rules.filter((rule) => rule.group === group && rule.side === side);
    const inlineOut = own.some((rule) => rule.inline);
    if (side === "out" && !world.closed[group] && !inlineOut) return true; // the default: all may leave
    return own.some(
      (rule) =>
        (rule.protocol === "-1" || (rule.protocol === "tcp" && rule.from <= port && port <= rule.to)) &&
        ("cidr" in rule.peer ? inBlock(other.address, rule.peer.cidr) : other.groups.includes(rule.peer.group)),
    );
  });
}

/** A packet from one machine to the other, by every pair of their addresses, directly or over the internet. */
function simulate(world: World, from: Machine | "internet", to: Machine): boolean {
  const port = to.port;
  const arrives = (host: string) =>
    to.public && world.wayOut[to.subnet] === "gateway" && passes(world, to.groups, "in", port, { address: host, groups: [] });
  if (from === "internet") return internetHosts.some(arrives);
  const direct = addressesIn(from.subnet).some((here) =>
    addressesIn(to.subnet).some(
      (there) =>
        passes(world, from.groups, "out", port, { address: there, groups: to.groups }) &&
        passes(world, to.groups, "in", port, { address: here, groups: from.groups }),
    ),
  );
  const leaves = world.wayOut[from.subnet] === "nat" || (world.wayOut[from.subnet] === "gateway" && from.public);
  // Which public addresses the two get nobody knows before: any will do.
  const around =
    leaves &&
    internetHosts.some((there) => passes(world, from.groups, "out", port, { address: there, groups: [] })) &&
    internetHosts.some(arrives);
  return direct || around;
}

/** Whether anything at all can leave for the internet: rules begin and end at these ports only. */
function leaves(world: World, { subnet, public: isPublic, groups }: Machine): boolean {
  const way = world.wayOut[subnet];
  if (way === "none" || (way === "gateway" && !isPublic)) return false;
  return groups.some((group) => {
    const own = world.rules.filter((rule) => rule.group === group && rule.side === "out");
    if (!world.closed[group] && !own.some((rule) => rule.inline)) return true;
    return own.some(({ peer }) => "cidr" in peer && internetHosts.some((host) => inBlock(host, peer.cidr)));
  });
}

test("reach(a, b) is what packets through the rules say", () => {
  assert(
    property(worldArbitrary, (world) => {
      const reach = reachOf({ stacks: templates(world).map((template, index) => ({ name: `stack${index}`, template })) });
      const names = ["internet", ...world.machines.map((_, index) => `M${index}`)];
      const all = reach.all();
      world.machines.forEach((machine, index) => expect(reach.pair(`M${index}`, "internet")!.reached).toBe(leaves(world, machine)));
      for (const from of names) {
        world.machines.forEach((machine, index) => {
          const to = `M${index}`;
          if (from === to) return;
          const source = from === "internet" ? ("internet" as const) : world.machines[Number(from.slice(1))]!;
          const expected = simulate(world, source, machine);
          const answer = reach.pair(from, to)!;
          expect({ from, to, reached: answer.reached }).toEqual({ from, to, reached: expected });
          expect(answer.blocked.length > 0).toBe(!expected);
          // The matrix, which looks only where a rule lets something in, says the same.
          const ways = from === "internet" ? all.exposed : all.reached;
          expect(ways.some((way) => way.from === from && way.to === to)).toBe(expected);
        });
      }
    }),
    { numRuns: 300 },
  );
});
