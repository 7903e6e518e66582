/** One stack while it is made: a layer has one, or several when it is large. */
import type { Parameter, Resource, Template } from "@plinth/cloudformation";
import type { Layer, ParameterSource } from "./assembly.ts";
import { logicalId as pascal } from "./names.ts";
import { expressionOf, outputName, type ChosenValue, type Expression, type Here, type ResourceValue, type Value } from "./value.ts";

export interface Shard {
  readonly layer: Layer;
  /** Where it stands, if that is not where its layer does. */
  readonly region: string | undefined;
  readonly name: string;
  readonly resources: Record<string, Resource>;
  readonly parameters: Record<string, { parameter: Parameter; source: ParameterSource }>;
  readonly conditions: Record<string, unknown>;
  readonly outputs: Record<string, unknown>;
  readonly dependsOn: Set<string>;
  /** What counts against its limits. Counted along: a large app asks after each of thousands of resources. */
  readonly size: { resources: number; parameters: number };
  /** For how many outputs there must be room: what its resources may yet be asked for. */
  reservedOutputs: number;
}

/** Where a layer opens its next stack. Below CloudFormation's limits of 500 and 200, so that a change still fits. */
const limits = { resources: 400, parameters: 150, outputs: 190 };

/**
 * The room that must be there for what comes after a resource of a type, so that a program's service and scaling stand in one stack with its
 * task definition: stacks whose programs know nothing of each other are then deployed at once, not one after the other.
 */
const company: Readonly<Record<string, typeof limits>> = { "AWS::ECS::TaskDefinition": { resources: 10, parameters: 20, outputs: 8 } };
const alone: typeof limits = { resources: 0, parameters: 0, outputs: 0 };

/** How many outputs a resource may be asked for: none where nothing ever refers to its type. */
export function outputsFor(type: string): number {
  if (/(?:Ingress|Egress|Route|Association|Associations|Attachment|Alarm|Schedule|ScalingPolicy|Subscription)$/.test(type)) return 0;
  return ["AWS::RDS::DBInstance", "AWS::ElastiCache::ReplicationGroup", "AWS::SQS::Queue"].includes(type) ? 3 : 2;
}

export function openShard(layer: Layer, region: string | undefined, name: string): Shard {
  const size = { resources: 0, parameters: 0 };
  return {
    layer,
    region,
    name,
    resources: {},
    parameters: {},
    conditions: {},
    outputs: {},
    dependsOn: new Set(),
    size,
    reservedOutputs: 0,
  };
}

/** Whether one more resource, with what it takes and what comes after it, is more than a stack should hold. */
export function isFull(shard: Shard, type: string, parameters: Shard["parameters"]): boolean {
  const { size } = shard;
  const more = company[type] ?? alone;
  let taken = size.parameters;
  for (const name of Object.keys(parameters)) if (!Object.hasOwn(shard.parameters, name)) taken += 1;
  return (
    size.resources + more.resources >= limits.resources ||
    taken + more.parameters > limits.parameters ||
    shard.reservedOutputs + outputsFor(type) + more.outputs > limits.outputs
  );
}

/** Makes sure that a value is an output of its stack. */
export function outputFrom(value: ResourceValue | ChosenValue): { stack: string; output: string } {
  const output = outputName(value);
  const built = buildFor(value.shard, (here) => here.take(value));
  built.apply();
  value.shard.outputs[output] = built.made;
  return { stack: value.shard.name, output };
}

/** As the stack says it in which both values are known. */
function choice(here: Here, { when, value, otherwise }: ChosenValue): Expression {
  return { "Fn::If": [when(here), here.take(value), here.take(otherwise)] };
}

/** What was made for a stack: nothing of it is in the stack before `apply`. */
export interface Building<R> {
  readonly made: R;
  readonly parameters: Shard["parameters"];
  apply(): void;
}

/** Makes something for a stack; what it takes from others becomes a parameter here and an output there. */
export function buildFor<R>(shard: Shard, make: (here: Here) => R): Building<R> {
  const parameters: Shard["parameters"] = {};
  const conditions: Record<string, unknown> = {};
  const taken: Value[] = [];
  const waited = new Set<string>();
  const here: Here = {
    take(value) {
      if (value.kind === "literal") return value.value as unknown as ReturnType<Here["take"]>;
      if (value.kind === "resource" && value.shard === shard) return expressionOf(value);
      if (value.kind === "chosen" && value.shard === shard) return choice(here, value);
      taken.push(value);
      if (value.kind === "source") {
        parameters[value.name] = { parameter: value.parameter, source: value.source };
        return { Ref: value.name };
      }
      const output = outputName(value);
      const other = (parameters[output] ?? shard.parameters[output])?.source;
      const clash = shard.resources[output] !== undefined || (other?.from === "output" && other.stack !== value.shard.name);
      const name = clash ? pascal(value.shard.layer) + output : output;
      parameters[name] = { parameter: { Type: value.type }, source: { from: "output", stack: value.shard.name, output } };
      return { Ref: name };
    },
    after(all) {
      for (const { shard: other } of all) if (other !== shard) waited.add(other.name);
      return all.flatMap((one) => (one.shard === shard ? [one.logicalId] : []));
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
      for (const [name, parameter] of Object.entries(parameters)) {
        if (!Object.hasOwn(shard.parameters, name)) shard.size.parameters += 1;
        shard.parameters[name] = parameter;
      }
      Object.assign(shard.conditions, conditions);
      for (const name of waited) shard.dependsOn.add(name);
      for (const value of taken) {
        if (value.kind !== "resource" && value.kind !== "chosen") continue;
        outputFrom(value);
        shard.dependsOn.add(value.shard.name);
      }
    },
  };
}

/** Where the values of a stack's parameters come from. */
export function parameterSources(shard: Shard): Record<string, ParameterSource> {
  return sorted(shard.parameters, ({ source }) => source);
}

export function templateOf(shard: Shard, description: string): Template {
  const { parameters, conditions, outputs } = shard;
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: description,
    ...(Object.keys(parameters).length > 0 && { Parameters: sorted(parameters, ({ parameter }) => parameter) }),
    ...(Object.keys(conditions).length > 0 && { Conditions: sorted(conditions, (condition) => condition) }),
    Resources: shard.resources,
    ...(Object.keys(outputs).length > 0 && { Outputs: sorted(outputs, (value) => ({ Value: value })) }),
  };
}

/** By name, each as it stands in the template. */
function sorted<T, R>(record: Readonly<Record<string, T>>, as: (value: T) => R): Record<string, R> {
  const result: Record<string, R> = {};
  for (const name of Object.keys(record).sort()) result[name] = as(record[name]!);
  return result;
}
