/** What is known only when the stacks are deployed: something of a resource, of the deployer, or of what is there already. */
import type { Parameter } from "@plinth/cloudformation";
import type { ParameterSource } from "./assembly.ts";
import type { Shard } from "./shard.ts";

/** Something that is known when the stacks are deployed. */
export type Value =
  | { readonly kind: "resource"; readonly shard: Shard; readonly logicalId: string; readonly attribute?: string; readonly type: string }
  | { readonly kind: "source"; readonly name: string; readonly parameter: Parameter; readonly source: ParameterSource }
  | ChosenValue
  | { readonly kind: "literal"; readonly value: string };

/** One of two values, which the stack that has both chooses between; `name` is what its output is called. */
export interface ChosenValue {
  readonly kind: "chosen";
  readonly shard: Shard;
  readonly name: string;
  readonly type: string;
  /** Declares the condition; answers its name. */
  readonly when: (here: Here) => string;
  readonly value: Value;
  readonly otherwise: Value;
}

/** A value of a resource. */
export type ResourceValue = Extract<Value, { kind: "resource" }>;

/** A function of CloudFormation as it stands in a template, or a literal. */
export type Expression = { Ref: string } | { "Fn::GetAtt": [string, string] } | { "Fn::If": [string, Expression, Expression] };

/** What the function that builds a resource may use. */
export interface Here {
  /** The value, as this stack can say it. A literal is handed on as it is. */
  take(value: Value): Expression;
  /** What this stack waits for: a resource of it by `DependsOn`, one of another stack by the order of stacks. */
  after(made: readonly Made[]): string[];
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

export function literal(value: string): Value {
  return { kind: "literal", value };
}

/** A resource's value in the stack in which it stands. */
export function expressionOf({ logicalId, attribute }: ResourceValue): Expression {
  return attribute === undefined ? { Ref: logicalId } : { "Fn::GetAtt": [logicalId, attribute] };
}

/** What the output is called that hands it on, and the parameter that takes it. */
export function outputName(value: ResourceValue | ChosenValue): string {
  if (value.kind === "chosen") return value.name;
  const { logicalId, attribute } = value;
  return attribute === undefined ? logicalId : logicalId + attribute.replace(/[^A-Za-z0-9]/g, "");
}
