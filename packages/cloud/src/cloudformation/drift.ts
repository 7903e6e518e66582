/** Whether a resource is still what its stack made it: read by its service, beside what the stack's template says. */
import { asFunction, coerceProperties, diffProperties, type PropertyDifference } from "@plinth/cloudformation";
import { resourceTypeSchema } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../aws-error.ts";
import type { Cloud } from "../cloud.ts";
import type { Description } from "../resource.ts";
import type { Call } from "../service.ts";
import { deploymentOf, knownProperties } from "./deployment.ts";
import { engineOf } from "./engine.ts";
import { presentProperties } from "./present.ts";
import { referenced } from "./run.ts";
import { getModel, listResources, type Stack, type StackResource } from "./stack.ts";
import { mergeTags, resourceTags } from "./tags.ts";

export type ResourceDrift = NonNullable<StackResource["drift"]>;

interface Reading {
  cloud: Cloud;
  account: string;
  region: string;
  call: Call;
}

/** Of the given resources of a stack that stands. */
export async function readDrift(
  { cloud, account, region, call }: Reading,
  stack: Stack,
  resources: readonly StackResource[],
): Promise<Map<string, ResourceDrift>> {
  const all = new Map(listResources(cloud.store, stack).map((one) => [one.logicalId, one]));
  const deployment =
    stack.model === undefined
      ? undefined
      : deploymentOf(cloud, stack, getModel(cloud.store, stack, stack.model), (name) => referenced({ resources: all }, name));
  const checkedMs = cloud.world.clock.nowMs();
  const read = async ({ current, logicalId, type }: StackResource): Promise<ResourceDrift> => {
    const reader = await engineOf(cloud).reader(type);
    if (!deployment || !reader || current?.physicalId === undefined || !Object.hasOwn(deployment.template.Resources, logicalId))
      return { status: "NOT_CHECKED", checkedMs };
    const schema = resourceTypeSchema(type);
    const known = knownProperties(deployment, deployment.shown, logicalId);
    const wanted = comparable(schema ? coerceProperties(schema, known) : known);
    let description: Description | undefined;
    try {
      description = await reader({ cloud, account, region, call, physicalId: current.physicalId, properties: wanted });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    const tags = resourceTags(stack, deployment.model.tags, logicalId);
    const { expected, actual } = presentProperties(wanted, description ? ownTags(description, tags) : wanted);
    if (!description) return { status: "DELETED", checkedMs, expected: JSON.stringify(wanted) };
    const differs = diffProperties(schema, expected, actual).length > 0;
    return { status: differs ? "MODIFIED" : "IN_SYNC", checkedMs, expected: JSON.stringify(expected), actual: JSON.stringify(actual) };
  };
  const found = await Promise.all(resources.map(async (one) => [one.logicalId, await read(one)] as const));
  return new Map(found);
}

/** Without what would show a secret, and what is not known. */
const comparable = (properties: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => !hides(value)));

function hides(value: unknown): boolean {
  if (typeof value === "string") return value.includes("****") || value.includes("{{resolve:");
  if (Array.isArray(value)) return value.some(hides);
  if (typeof value !== "object" || value === null) return false;
  return asFunction(value) !== undefined || Object.values(value).some(hides);
}

/** Without the tags that every resource of the stack has, and those of AWS's own. Services give them as lists or maps, in this case and that. */
function ownTags(description: Description, tags: Readonly<Record<string, string>>): Description {
  return Object.fromEntries(
    Object.entries(description).map(([name, value]) => [name, /tags$/i.test(name) && value ? withoutOthers(value, tags) : value]),
  );
}

function withoutOthers(value: unknown, tags: Readonly<Record<string, string>>): unknown {
  const isOwn = (key: unknown, of: unknown) => !String(key).startsWith("aws:") && tags[String(key)] !== of;
  if (!Array.isArray(value)) return Object.fromEntries(Object.entries(value as object).filter(([key, of]) => isOwn(key, of)));
  return (value as Record<string, unknown>[])
    .map((tag) => ({ Key: tag["Key"] ?? tag["key"], Value: tag["Value"] ?? tag["value"] }))
    .filter(({ Key, Value }) => isOwn(Key, Value));
}

/** Services have many words for it. */
const isGone = (error: unknown): boolean =>
  error instanceof AwsError &&
  (error.status === 404 || /NotFound|NoSuch|NonExist|Nonexistent|DoesNotExist|ObjectNotFound/.test(error.code));

/** Where it differs, as it was expected (`before`) and is (`after`). */
export const driftDifferences = (type: string, { expected, actual }: ResourceDrift): PropertyDifference[] =>
  expected === undefined || actual === undefined
    ? []
    : diffProperties(
        resourceTypeSchema(type),
        JSON.parse(expected) as Record<string, unknown>,
        JSON.parse(actual) as Record<string, unknown>,
      );

/** The properties of a resource as it really is: what the stack believes, with what differs. */
export function actualProperties(
  stack: Stack,
  tags: Parameters<typeof resourceTags>[1],
  { logicalId, type, current }: StackResource,
  drift: ResourceDrift,
): Record<string, unknown> {
  const actual = JSON.parse(drift.actual ?? "{}") as Record<string, unknown>;
  const now: Record<string, unknown> = { ...current!.properties };
  for (const name of new Set(driftDifferences(type, drift).map((one) => one.name))) {
    if (actual[name] === undefined) delete now[name];
    else now[name] = actual[name];
  }
  return mergeTags(resourceTypeSchema(type), now, resourceTags(stack, tags, logicalId));
}
