/** What a handler is told when it is to make, change or remove something. */
import { coerceProperties } from "@plinth/cloudformation";
import { resourceTypeSchema } from "@plinth/cloudformation/resource-types";
import type { ResourceRequest } from "../resource.ts";
import { withDynamicValues } from "./dynamic-values.ts";
import type { Run } from "./run.ts";
import type { Instance, StackTag } from "./stack.ts";
import { resourceTags } from "./tags.ts";

export interface RequestOptions {
  tags: readonly StackTag[];
  signal: AbortSignal;
  started?: (physicalId: string, waitsFor?: string) => Promise<void>;
}

/** `properties` are resolved here: dynamic references become values, in the schema's types. */
export async function handlerRequest(
  run: Run,
  logicalId: string,
  { type, token }: Pick<Instance, "type" | "token">,
  properties: Readonly<Record<string, unknown>>,
  { tags, signal, started }: RequestOptions,
): Promise<ResourceRequest<Record<string, unknown>>> {
  const { cloud, stack, call, callIn } = run;
  return {
    cloud,
    account: cloud.account,
    region: stack.region,
    call,
    callIn,
    stackName: stack.name,
    stackId: stack.id,
    logicalId,
    properties: await resolvedProperties(run, type, properties),
    tags: resourceTags(stack, tags, logicalId),
    token,
    physicalName: (maxLength, options) => physicalName(stack.name, logicalId, token, maxLength, options?.lowerCase ?? false),
    signal,
    ...(started ? { started } : {}),
  };
}

export async function resolvedProperties(
  run: Run,
  type: string,
  properties: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const schema = resourceTypeSchema(type);
  const resolved = await withDynamicValues(run.call, properties, run.secrets);
  return schema ? coerceProperties(schema, resolved) : resolved;
}

const suffixLength = 12;

/** `{stack}-{logical id}-{12 characters}`; both names give way, the longer one first, never the suffix. */
export function physicalName(stackName: string, logicalId: string, token: string, maxLength: number, lowerCase: boolean): string {
  const suffix = token.slice(0, suffixLength).toUpperCase();
  const room = Math.max(0, maxLength - suffixLength - 2);
  const logicalPart = logicalId.slice(0, Math.max(Math.floor(room / 2), room - stackName.length));
  const stackPart = stackName.slice(0, room - logicalPart.length).replace(/-+$/, "");
  const name = [stackPart, logicalPart, suffix]
    .filter((part) => part !== "")
    .join("-")
    .slice(-maxLength);
  return lowerCase ? name.toLowerCase() : name;
}
