/**
 * The templates while they are made. A resource is added to a layer by a function that says its properties; what it takes from
 * elsewhere it takes as a `Value`: in the same stack that is a reference, else the other stack gets an output and this one a parameter.
 */
import type { Resource, TypedResource } from "@plinth/cloudformation";
import type { ResourceType } from "@plinth/cloudformation/resource-types";
import type { Assembly, Layer, Stack } from "./assembly.ts";
import type { Fault } from "./faults.ts";
import type { Origin } from "./origin.ts";
import { overridden } from "./override.ts";
import { buildFor, outputFrom, parameterSources, templateOf } from "./building.ts";
import { isFull, openShard, outputsFor, type Shard } from "./shard.ts";
import type { Here, Made, Value } from "./value.ts";

/** Where a resource stands: a layer, and a region if that is not the layer's own. */
export type Place = Layer | { readonly layer: Layer; readonly region: string };

export interface Draft {
  /** Adds a resource of a known type; wrong properties do not type-check. */
  add<T extends ResourceType>(
    place: Place,
    id: string,
    origin: Origin & { part?: string },
    build: (here: Here) => TypedResource<T> & { Type: T },
  ): Made;
  /** Adds a resource of any type. */
  addAny(place: Place, id: string, origin: Origin & { part?: string }, build: (here: Here) => Resource): Made;
  /** Makes sure that a value is an output of its stack; answers where it stands. */
  output(value: Value): { stack: string; output: string };
  /** Adds an output that is no single reference, in the stack of a resource. */
  namedOutput(made: Made, name: string, expression: (here: Here) => unknown): { stack: string; output: string };
  /** Says that the stacks of one layer wait for those of others. */
  after(layer: Layer, ...others: Layer[]): void;
  stacks(tags: (layer: Layer) => Record<string, string>): Stack[];
  readonly origins: Assembly["origins"];
}

/** The order in which layers are deployed. */
const layers = [
  "network",
  "storage",
  "secrets",
  "messaging",
  "database",
  "iam",
  "tasks",
  "waf",
  "edge",
  "compute",
  "observability",
] as const satisfies readonly Layer[];

/** Where what CloudFront takes from others must stand, wherever the app is. */
const edgeRegion = "us-east-1";

export interface DraftOptions {
  /** `{app}-{stage}`. */
  readonly stem: string;
  readonly region: string;
  readonly description: (layer: Layer) => string;
  /** Logical ids by stack, as deployed: what stands in a shard stays there. */
  readonly placed?: Readonly<Record<string, readonly string[]>>;
  readonly fault: (fault: Fault) => void;
}

export function draft({ stem, region, description, placed = {}, fault }: DraftOptions): Draft {
  const shards = new Map<string, Shard[]>();
  const waits = new Map<Layer, Set<Layer>>();
  const origins: Assembly["origins"] = {};
  const placedIn = new Map<string, string>();
  /** Of every resource the stack without its number and the logical id. */
  const added = new Set<string>();
  for (const [stack, ids] of Object.entries(placed)) for (const id of ids) placedIn.set(`${stemOf(stack)}/${id}`, stack);

  /** The stack's name without its number; a stack of another app has none. */
  function stemOf(stack: string): string | undefined {
    const found = /^(-([a-z]+)(?:-[a-z]{2}-[a-z]+-\d)?)(?:-\d+)?$/.exec(stack.startsWith(stem) ? stack.slice(stem.length) : "");
    return found && layers.some((layer) => layer === found[2]) ? stem + found[1]! : undefined;
  }
  const stackOf = (place: Place): string => (typeof place === "string" ? `${stem}-${place}` : `${stem}-${place.layer}-${place.region}`);
  const shardsOf = (place: Place): Shard[] => shards.get(stackOf(place)) ?? [];
  const open = (place: Place, name: string): Shard => {
    const shard = typeof place === "string" ? openShard(place, undefined, name) : openShard(place.layer, place.region, name);
    shards.set(stackOf(place), [...shardsOf(place), shard]);
    return shard;
  };
  const openNext = (place: Place): Shard => {
    const nameOf = (number: number): string => `${stackOf(place)}${number === 1 ? "" : `-${number}`}`;
    let number = 1;
    while (shardsOf(place).some(({ name }) => name === nameOf(number))) number += 1;
    return open(place, nameOf(number));
  };
  /** The stack in which a resource stands, or the last one of its layer. */
  const candidate = (place: Place, id: string): Shard => {
    const kept = placedIn.get(`${stackOf(place)}/${id}`);
    if (kept !== undefined) return shardsOf(place).find(({ name }) => name === kept) ?? open(place, kept);
    return shardsOf(place).at(-1) ?? openNext(place);
  };

  const output: Draft["output"] = (value) => {
    if (value.kind === "source") throw new Error("a parameter is no output");
    if (value.kind === "resource" || value.kind === "chosen") return outputFrom(value);
    // What is there already is told on by the network, so that whoever runs tasks finds every value in outputs.
    const shard = shardsOf("network").at(-1) ?? openNext("network");
    const name = `Existing${value.value.replace(/[^A-Za-z0-9]/g, "")}`;
    shard.outputs[name] = value.value;
    return { stack: shard.name, output: name };
  };

  const addAny: Draft["addAny"] = (place, id, origin, make) => {
    const layer = typeof place === "string" ? place : place.layer;
    let shard = candidate(place, id);
    let built = buildFor(shard, make);
    const placedHere = placedIn.has(`${stackOf(place)}/${id}`);
    if (isFull(shard, built.made.Type, built.parameters) && !placedHere && shard.size.resources > 0) {
      shard = openNext(place);
      built = buildFor(shard, make);
    }
    const taken = `${stackOf(place)}/${id}`;
    if (shard.parameters[id] !== undefined || added.has(taken)) {
      fault({
        code: "alike-names",
        key: origin.key,
        message: `${origin.key} would make a second ${id} in ${layer}: rename it`,
        ...(origin.source !== undefined && { source: origin.source }),
      });
    }
    built.apply();
    shard.reservedOutputs += outputsFor(built.made.Type);
    if (!added.has(taken)) shard.size.resources += 1;
    added.add(taken);
    shard.resources[id] = overridden(built.made, origin);
    origins[`${layer}/${id}`] = { key: origin.key, ...(origin.source !== undefined && { source: origin.source }) };
    const value = (attribute: string | undefined, type: string): Value => ({
      kind: "resource",
      shard,
      logicalId: id,
      ...(attribute !== undefined && { attribute }),
      type,
    });
    return {
      logicalId: id,
      shard,
      ref: (type = "String") => value(undefined, type),
      attribute: (name, type = "String") => value(name, type),
    };
  };

  return {
    origins,
    addAny,
    add: (place, id, origin, make) => addAny(place, id, origin, (here) => make(here) as Resource),
    output,
    namedOutput(made, name, make) {
      const built = buildFor(made.shard, make);
      built.apply();
      made.shard.outputs[name] = built.made;
      return { stack: made.shard.name, output: name };
    },
    after(layer, ...others) {
      waits.set(layer, new Set([...(waits.get(layer) ?? []), ...others]));
    },
    stacks(tags) {
      const elsewhere = [...shards.values()].flat().filter(({ region: other }) => other !== undefined);
      const all = [...layers.flatMap((layer) => shardsOf(layer)), ...elsewhere].filter((shard) => Object.keys(shard.resources).length > 0);
      const { done, circle } = inOrder(all);
      if (circle.length > 0) {
        const names = circle.map(({ name }) => name).join(" and ");
        const message = `${names} would wait for each other: an aws resource in layer "messaging" cannot name one in "storage" while a bucket tells a queue or topic of changes`;
        fault({ code: "stacks-in-a-circle", message });
      }
      return done.map((shard) => {
        const waited = all
          .filter((other) => (shard.region ?? other.region) === undefined && waits.get(shard.layer)?.has(other.layer))
          .map((other) => other.name);
        return {
          name: shard.name,
          layer: shard.layer,
          region: shard.region ?? (shard.layer === "edge" ? edgeRegion : region),
          template: templateOf(shard, description(shard.layer)),
          parameters: parameterSources(shard),
          tags: tags(shard.layer),
          dependsOn: all
            .map((other) => other.name)
            .filter((name) => name !== shard.name && (shard.dependsOn.has(name) || waited.includes(name))),
        };
      });
    },
  };
}

/** Each after those that it takes values from, else in the order of layers: a bucket that tells a queue of changes waits for it. */
function inOrder(all: readonly Shard[]): { done: Shard[]; circle: Shard[] } {
  const left = [...all];
  const done: Shard[] = [];
  while (left.length > 0) {
    const next = left.findIndex((shard) => !left.some((other) => other !== shard && shard.dependsOn.has(other.name)));
    if (next < 0) return { done: [...done, ...left], circle: left };
    done.push(...left.splice(next, 1));
  }
  return { done, circle: [] };
}
