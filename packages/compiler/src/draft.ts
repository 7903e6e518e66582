/**
 * The templates while they are made. A resource is added to a layer by a function that says its properties; what it takes from
 * elsewhere it takes as a `Value`: in the same stack that is a reference, else the other stack gets an output and this one a parameter.
 */
import type { Parameter, Resource, Template, TypedResource } from "@plinth/cloudformation";
import type { ResourceType } from "@plinth/cloudformation/resource-types";
import type { Assembly, Layer, ParameterSource, Stack } from "./assembly.ts";
import type { Fault } from "./faults.ts";
import { logicalId as pascal } from "./names.ts";

/** Something that is known when the stacks are deployed. */
export type Value =
  | { readonly kind: "resource"; readonly shard: Shard; readonly logicalId: string; readonly attribute?: string; readonly type: string }
  | { readonly kind: "source"; readonly name: string; readonly parameter: Parameter; readonly source: ParameterSource }
  | { readonly kind: "literal"; readonly value: string };

/** A function of CloudFormation as it stands in a template, or a literal. */
type Expression = { Ref: string } | { "Fn::GetAtt": [string, string] };

/** What the function that builds a resource may use. */
export interface Here {
  /** The value, as this stack can say it. A literal is handed on as it is. */
  take(value: Value): Expression;
  /** Declares a condition of this stack; answers its name. */
  condition(name: string, test: unknown): string;
}

/** A resource that was added. */
export interface Made {
  readonly logicalId: string;
  readonly shard: Shard;
  /** Its `Ref`. `type` is that of the parameter that hands it on. */
  ref(type?: string): Value;
  /** An attribute. */
  attribute(name: string, type?: string): Value;
}

/** One stack of a layer; a layer has more than one when it is large. */
interface Shard {
  readonly layer: Layer;
  readonly name: string;
  readonly resources: Record<string, Resource>;
  readonly parameters: Record<string, { parameter: Parameter; source: ParameterSource }>;
  readonly conditions: Record<string, unknown>;
  readonly outputs: Record<string, unknown>;
  readonly dependsOn: Set<string>;
  /** For how many outputs there must be room: what its resources may yet be asked for. */
  reservedOutputs: number;
}

/** Where a resource comes from: the inventory key and its line. */
export interface Origin {
  readonly key: string;
  readonly source?: string;
  /** `override` of the declaration; the part that this resource is. */
  readonly override?: unknown;
}

export interface Draft {
  /** Adds a resource of a known type; wrong properties do not type-check. */
  add<T extends ResourceType>(
    layer: Layer,
    id: string,
    origin: Origin & { part?: string },
    build: (here: Here) => TypedResource<T> & { Type: T },
  ): Made;
  /** Adds a resource of any type. */
  addAny(layer: Layer, id: string, origin: Origin & { part?: string }, build: (here: Here) => Resource): Made;
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
  "compute",
  "edge",
  "observability",
] as const satisfies readonly Layer[];

/** Where a layer opens its next stack. Below CloudFormation's limits of 500 and 200, so that a change still fits. */
const shardLimits = { resources: 400, parameters: 150, outputs: 190 };

/** How many outputs a resource may be asked for: none where nothing ever refers to its type. */
function outputsFor(type: string): number {
  if (/(?:Ingress|Egress|Route|Association|Associations|Attachment|Alarm|Schedule|ScalingPolicy|Subscription)$/.test(type)) return 0;
  return type === "AWS::RDS::DBInstance" || type === "AWS::ElastiCache::ReplicationGroup" ? 3 : 2;
}

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
  const shards = new Map<Layer, Shard[]>();
  const waits = new Map<Layer, Set<Layer>>();
  const origins: Assembly["origins"] = {};
  const placedIn = new Map<string, string>();
  for (const [stack, ids] of Object.entries(placed)) for (const id of ids) placedIn.set(id, stack);

  const shardName = (layer: Layer, number: number): string => `${stem}-${layer}${number === 1 ? "" : `-${number}`}`;
  const openShard = (layer: Layer, name: string): Shard => {
    const all = shards.get(layer) ?? [];
    shards.set(layer, all);
    const shard: Shard = {
      layer,
      name,
      resources: {},
      parameters: {},
      conditions: {},
      outputs: {},
      dependsOn: new Set(),
      reservedOutputs: 0,
    };
    all.push(shard);
    return shard;
  };
  /** The shard in which a resource stands, or the last one of its layer. */
  const candidate = (layer: Layer, id: string): Shard => {
    const all = shards.get(layer) ?? [];
    const kept = placedIn.get(id);
    if (kept !== undefined && (kept === shardName(layer, 1) || kept.startsWith(`${shardName(layer, 1)}-`))) {
      return all.find((shard) => shard.name === kept) ?? openShard(layer, kept);
    }
    return all.at(-1) ?? openShard(layer, shardName(layer, 1));
  };

  const expression = (value: Extract<Value, { kind: "resource" }>): Expression =>
    value.attribute === undefined ? { Ref: value.logicalId } : { "Fn::GetAtt": [value.logicalId, value.attribute] };
  const outputName = (value: Extract<Value, { kind: "resource" }>): string =>
    value.logicalId + (value.attribute ?? "").replace(/[^A-Za-z0-9]/g, "");
  const output: Draft["output"] = (value) => {
    if (value.kind === "source") throw new Error("a parameter is no output");
    if (value.kind === "literal") {
      // What is there already is told on by the network, so that whoever runs tasks finds every value in outputs.
      const shard = shards.get("network")?.at(-1) ?? openShard("network", shardName("network", 1));
      const name = `Existing${value.value.replace(/[^A-Za-z0-9]/g, "")}`;
      shard.outputs[name] = value.value;
      return { stack: shard.name, output: name };
    }
    const name = outputName(value);
    value.shard.outputs[name] = expression(value);
    return { stack: value.shard.name, output: name };
  };

  /** What `here` collects while a resource is built for a shard; applied when it stays there. */
  const build = <R>(shard: Shard, make: (here: Here) => R): { made: R; parameters: Shard["parameters"]; apply: () => void } => {
    const parameters: Shard["parameters"] = {};
    const conditions: Record<string, unknown> = {};
    const taken: Value[] = [];
    const here: Here = {
      take(value) {
        if (value.kind === "literal") return value.value as unknown as Expression;
        if (value.kind === "resource" && value.shard === shard) return expression(value);
        taken.push(value);
        if (value.kind === "source") {
          parameters[value.name] = { parameter: value.parameter, source: value.source };
          return { Ref: value.name };
        }
        const plain = outputName(value);
        const other = (parameters[plain] ?? shard.parameters[plain])?.source;
        const clash = shard.resources[plain] !== undefined || (other?.from === "output" && other.stack !== value.shard.name);
        const name = clash ? pascal(value.shard.layer) + plain : plain;
        parameters[name] = { parameter: { Type: value.type }, source: { from: "output", stack: value.shard.name, output: plain } };
        return { Ref: name };
      },
      condition(name, test) {
        conditions[name] = test;
        return name;
      },
    };
    const made = make(here);
    return {
      made,
      parameters,
      apply() {
        Object.assign(shard.parameters, parameters);
        Object.assign(shard.conditions, conditions);
        for (const value of taken) {
          if (value.kind !== "resource") continue;
          output(value);
          shard.dependsOn.add(value.shard.name);
        }
      },
    };
  };

  const addAny: Draft["addAny"] = (layer, id, origin, make) => {
    let shard = candidate(layer, id);
    let built = build(shard, make);
    const full =
      Object.keys(shard.resources).length >= shardLimits.resources ||
      new Set([...Object.keys(shard.parameters), ...Object.keys(built.parameters)]).size > shardLimits.parameters ||
      shard.reservedOutputs + outputsFor(built.made.Type) > shardLimits.outputs;
    if (full && !placedIn.has(id) && Object.keys(shard.resources).length > 0) {
      shard = openShard(layer, shardName(layer, (shards.get(layer)?.length ?? 0) + 1));
      built = build(shard, make);
    }
    if (shard.parameters[id] !== undefined || (shards.get(layer) ?? []).some((other) => other.resources[id] !== undefined)) {
      fault({
        code: "alike-names",
        key: origin.key,
        message: `${origin.key} would make a second ${id} in ${layer}: rename it`,
        ...(origin.source !== undefined && { source: origin.source }),
      });
    }
    built.apply();
    shard.reservedOutputs += outputsFor(built.made.Type);
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
    add: (layer, id, origin, make) => addAny(layer, id, origin, (here) => make(here) as Resource),
    output,
    namedOutput(made, name, make) {
      const built = build(made.shard, make);
      built.apply();
      made.shard.outputs[name] = built.made;
      return { stack: made.shard.name, output: name };
    },
    after(layer, ...others) {
      waits.set(layer, new Set([...(waits.get(layer) ?? []), ...others]));
    },
    stacks(tags) {
      const all = layers.flatMap((layer) => shards.get(layer) ?? []).filter((shard) => Object.keys(shard.resources).length > 0);
      return all.map((shard) => {
        const waited = all.filter((other) => waits.get(shard.layer)?.has(other.layer)).map((other) => other.name);
        return {
          name: shard.name,
          layer: shard.layer,
          region,
          template: templateOf(shard, description(shard.layer)),
          parameters: sorted(Object.fromEntries(Object.entries(shard.parameters).map(([name, { source }]) => [name, source]))),
          tags: tags(shard.layer),
          dependsOn: all
            .map((other) => other.name)
            .filter((name) => name !== shard.name && (shard.dependsOn.has(name) || waited.includes(name))),
        };
      });
    },
  };
}

function templateOf(shard: Shard, description: string): Template {
  const parameters = Object.fromEntries(Object.entries(shard.parameters).map(([name, { parameter }]) => [name, parameter]));
  const outputs = Object.fromEntries(Object.entries(shard.outputs).map(([name, value]) => [name, { Value: value }]));
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: description,
    ...(Object.keys(parameters).length > 0 && { Parameters: sorted(parameters) }),
    ...(Object.keys(shard.conditions).length > 0 && { Conditions: sorted(shard.conditions) }),
    Resources: shard.resources,
    ...(Object.keys(outputs).length > 0 && { Outputs: sorted(outputs) }),
  };
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Applies the user's `override` of this part. */
function overridden(resource: Resource, { override, part }: Origin & { part?: string }): Resource {
  if (part === undefined || typeof override !== "object" || override === null) return withoutUndefined(resource);
  const change: unknown = (override as Record<string, unknown>)[part];
  if (typeof change !== "function") return withoutUndefined(resource);
  return withoutUndefined({ ...resource, Properties: change(resource.Properties ?? {}) as Record<string, unknown> });
}

/** Properties that are `undefined` are left out, at any depth. */
function withoutUndefined<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutUndefined(item)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (member === undefined ? [] : [[key, withoutUndefined<unknown>(member)]])),
  ) as T;
}

export function literal(value: string): Value {
  return { kind: "literal", value };
}
