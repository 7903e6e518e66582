/** How a resource comes into a stack: what it takes from other stacks becomes parameters here and outputs there; and the template of it all. */
import type { Template } from "@plinth/cloudformation";
import type { ParameterSource } from "./assembly.ts";
import { logicalId as pascal } from "./names.ts";
import type { Shard } from "./shard.ts";
import { expressionOf, outputName, type ChosenValue, type Expression, type Here, type ResourceValue, type Value } from "./value.ts";

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
