/** One stack while it is made: a layer has one, or several when it is large. */
import type { Parameter, Resource } from "@plinth/cloudformation";
import type { Layer, ParameterSource } from "./assembly.ts";

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
