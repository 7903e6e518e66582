/** Everything that reach tells of a system, as data. */
import { howToTransform, transformsNotRun } from "@plinth/cloudformation";
import { factsOf, type Facts, type Resource } from "../facts.ts";
import type { System } from "../system.ts";
import { portsText } from "./groups.ts";
import { graphOf, type Edge, type Graph } from "./graph.ts";
import { reachedFrom, wayBetween } from "./path.ts";
import { permissionsOfResources, permissionsOfRoles, type Permission, type Permissions } from "./permissions.ts";
import { keysOfTheirOwn } from "./key-policies.ts";
import { internet, isSource, type Place, type PlaceKind } from "./place.ts";

/** A step of a way. */
export interface Hop {
  from: string;
  to: string;
  /** `5432`, `every port` */
  ports: string[];
  /** The logical ids of the rules that let it pass. */
  by: string[];
  /** Only from these addresses. */
  onlyFrom?: string[];
}

/** What can be reached from a place, over whatever forwards. */
export interface Reached {
  from: string;
  to: string;
  hops: Hop[];
}

/** An answer about two places. */
export interface PairAnswer {
  from: string;
  to: string;
  /** Over the network, or for what has no place there by its permissions. */
  reached: boolean;
  hops: Hop[];
  /** Why not, one sentence each. */
  blocked: string[];
  /** What the first may do to the second. */
  permissions: PermissionText[];
}

export interface PermissionText {
  who: string;
  role?: string;
  use?: "runs" | "is started";
  effect: "Allow" | "Deny";
  actions: readonly string[];
  resource: string;
  conditional: boolean;
  /** The services through which alone it holds. */
  via?: readonly string[];
  policy: string;
}

/** A pair that must not be, and is. */
export interface BrokenNever {
  from: string;
  to: string;
  answer: PairAnswer;
}

export interface Reachability {
  places: { name: string; kind: PlaceKind; id: string; type: string; source?: string }[];
  /** What anybody on the internet can reach, and by which way; and what anybody may do by a resource's own policy. */
  exposed: Reached[];
  openPolicies: PermissionText[];
  /** Ways between all other places. */
  reached: Reached[];
  permissions: PermissionText[];
  /** What could not be looked at, one sentence each. */
  unknown: string[];
}

export interface Reach {
  facts: Facts;
  all(): Reachability;
  /** What the internet reaches, alone. */
  exposure(): Pick<Reachability, "exposed" | "openPolicies">;
  /** `undefined` where there is no such name. */
  pair(from: string, to: string): PairAnswer | undefined;
  has(name: string): boolean;
  names(): string[];
  brokenNevers(): BrokenNever[];
}

/** Looks who can reach what in a system. */
export function reachOf(system: System, facts: Facts = factsOf(system)): Reach {
  // Each is made when it is first asked for: rules that look at single resources need none of it.
  const graph = once(() => graphOf(facts));
  const nameOf = once(() => naming(facts, new Map(graph().places.map(({ id, name }) => [id, name]))));
  const ofResources = once(() => permissionsOfResources(facts, nameOf()));
  const permissions = once((): Permissions => {
    const { all, foreign } = permissionsOfRoles(facts, nameOf());
    return { all: [...all, ...ofResources()], foreign };
  });
  const things = once(() => {
    const found = new Map<string, Resource>();
    for (const resource of facts.all()) {
      for (const name of [resource.logicalId, nameOf()(resource)])
        if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), resource);
    }
    return found;
  });

  function pair(from: string, to: string): PairAnswer | undefined {
    const source = graph().place(from);
    const place = graph().place(to);
    const thing = place ? facts.find(...split(place.id)) : things().get(to.toLowerCase());
    if (!source || (!place && !thing)) return undefined;
    const toName = place?.name ?? nameOf()(thing!);
    const allowed = thing ? mayDo(permissions().all, source, thing) : [];
    const way = place ? wayBetween(graph(), source, place) : undefined;
    const base = { from: source.name, to: toName, permissions: allowed.map(permissionText) };
    if (way?.reached) return { ...base, reached: true, hops: way.hops.map(hop), blocked: [] };
    const may = !place && allowed.some(({ effect }) => effect === "Allow");
    const blocked = way
      ? way.blocked
      : may
        ? []
        : [`no policy lets ${source.name === "internet" ? "everybody" : source.name} do anything to ${toName}`];
    return { ...base, reached: may, hops: [], blocked };
  }

  const exposure: Reach["exposure"] = () => ({
    exposed: ways(graph(), internet).filter(({ to }) => to !== internet.name),
    openPolicies: ofResources()
      .filter(({ who, effect, conditional }) => who === "anybody" && effect === "Allow" && !conditional)
      .map(permissionText),
  });

  return {
    facts,
    exposure,
    all() {
      return {
        places: graph().places.map(({ name, kind, id, type, source }) => ({
          name,
          kind,
          id,
          type,
          ...(source !== undefined && { source }),
        })),
        ...exposure(),
        reached: graph()
          .places.filter((place) => place !== internet && isSource(place))
          .flatMap((place) => ways(graph(), place)),
        permissions: permissions().all.map(permissionText),
        unknown: unknownsOf(facts, graph(), permissions()),
      };
    },
    pair,
    has: (name) => graph().place(name) !== undefined || things().has(name.toLowerCase()),
    names: () => graph().places.map(({ name }) => name),
    brokenNevers: () =>
      (system.never ?? []).flatMap(([from, to]) =>
        [to, ...copiesOf(graph(), to)].flatMap((one) => {
          const answer = pair(from, one);
          return answer?.reached ? [{ from, to: one, answer }] : [];
        }),
      ),
  };
}

/** Where the data of a thing also stands: its copies in other regions, and replicas. */
function copiesOf(graph: Graph, name: string): string[] {
  const place = graph.place(name);
  if (place?.kind !== "store" || place.key === undefined || place.name !== place.key) return [];
  return graph.places.flatMap((other) => (other !== place && other.kind === "store" && other.key === place.key ? [other.name] : []));
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

const hop = ({ from, to, ports, by, onlyFrom }: Edge): Hop => ({
  from: from.name,
  to: to.name,
  ports: ports.map(portsText),
  by,
  ...(onlyFrom && { onlyFrom }),
});

const ways = (graph: Graph, from: Place): Reached[] =>
  [...reachedFrom(graph, from)].map(([to, edges]) => ({ from: from.name, to: to.name, hops: edges.map(hop) }));

/** A place's name; else the app's, where it is the thing itself; else the logical id. */
function naming(facts: Facts, called: ReadonlyMap<string, string>): (resource: Resource) => string {
  const taken = new Set<string>(called.values());
  const things = new Map<string, string | undefined>();
  /** The id of the first resource that is called like a key of the app. */
  const thingOf = (key: string): string | undefined => {
    if (things.has(key)) return things.get(key);
    const first = facts.called(key).find((one) => one.key === key && !called.has(one.id));
    things.set(key, first?.id);
    return first?.id;
  };
  return ({ id, key, logicalId }) => {
    const place = called.get(id);
    if (place !== undefined) return place;
    if (key === undefined) return logicalId;
    if (!taken.has(key) && thingOf(key) === id) return key;
    return logicalId.charAt(0).toLowerCase() + logicalId.slice(1);
  };
}

const permissionText = ({ who, role, use, effect, actions, resource, conditional, via, holder }: Permission): PermissionText => ({
  who,
  ...(role !== undefined && { role }),
  ...(use && { use }),
  effect,
  actions,
  resource,
  conditional,
  ...(via && { via }),
  policy: holder.logicalId,
});

/** What one may do to the other, by its own role or by the other's policy. */
function mayDo(all: readonly Permission[], source: Place, thing: Resource): Permission[] {
  const who = source === internet ? "anybody" : source.name;
  return all.filter((one) => one.who === who && one.on === thing.id && !(source === internet && one.conditional));
}

function unknownsOf(facts: Facts, graph: Graph, permissions: Permissions): string[] {
  const groups = new Set(graph.places.flatMap((place) => place.groups.filter((id) => facts.find(...split(id)) === undefined)));
  const byPolicy = Map.groupBy(permissions.foreign, ({ policy }) => policy);
  return [
    ...[...groups].map((id) => `the rules of the security group ${id} are not in these templates`),
    ...[...byPolicy].map(
      ([policy, roles]) => `what ${policy} allows is not in these templates: ${roles.map(({ role }) => role).join(", ")}`,
    ),
    ...facts.stacks.flatMap(({ name, template }) =>
      transformsNotRun(template).map((transform) => `what ${transform} makes of ${name} is not looked at: ${howToTransform}`),
    ),
    ...[...keysOfTheirOwn(facts)].map(
      (id) => `the policy of ${split(id)[1]} leaves nothing to its account: what policies of roles allow on it does not count`,
    ),
    ...notFollowed.flatMap(([type, what]) => (facts.ofType(type).length > 0 ? [what] : [])),
  ];
}

const split = (id: string): [string, string] => [id.slice(0, Math.max(0, id.lastIndexOf("/"))), id.slice(id.lastIndexOf("/") + 1)];

/** What has a say in who reaches whom and is not looked at. */
const notFollowed: [type: string, what: string][] = [
  ["AWS::EC2::NetworkAclEntry", "network ACLs are not looked at: they can only take away"],
  ["AWS::EC2::TransitGateway", "transit gateways are not followed"],
  ["AWS::CloudFormation::Stack", "nested stacks are not followed: give their templates as well"],
  ["AWS::ApiGateway::RestApi", "what API Gateway hands on is not followed"],
  ["AWS::ApiGatewayV2::Api", "what API Gateway hands on is not followed"],
];
