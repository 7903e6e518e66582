/** A cache parameter group, and its operations. Values are given to a real server where it knows them. */
import type { Output } from "../../aws.ts";
import type { Cloud } from "../../cloud.ts";
import { markerPage } from "../../marker-pages.ts";
import { operation, type OperationContext } from "../../service.ts";
import { families } from "./engine.ts";
import { invalidParameterGroupState, invalidValue, parameterGroupExists, parameterGroupNotFound } from "./errors.ts";
import { arnOf, checkedTags, checkIdentifier, type Tag } from "./names.ts";
import { replicationGroups } from "./replication-group.ts";

export interface ParameterGroup {
  name: string;
  family: string;
  description: string;
  values: Record<string, string>;
  tags: Tag[];
}

interface Known {
  name: string;
  type: "integer" | "string";
  /** As AWS writes them: `0-60000`, `yes,no`. */
  allowed: string;
  standard: string;
  requiresReboot?: boolean;
  fixed?: boolean;
}

export const knownParameters: readonly Known[] = [
  { name: "activedefrag", type: "string", allowed: "yes,no", standard: "no" },
  { name: "activerehashing", type: "string", allowed: "yes,no", standard: "yes", requiresReboot: true },
  { name: "appendonly", type: "string", allowed: "yes,no", standard: "no", fixed: true },
  { name: "cluster-enabled", type: "string", allowed: "yes,no", standard: "no", requiresReboot: true },
  { name: "databases", type: "integer", allowed: "1-1200000", standard: "16", requiresReboot: true },
  { name: "hash-max-listpack-entries", type: "integer", allowed: "0-", standard: "512" },
  { name: "hash-max-listpack-value", type: "integer", allowed: "0-", standard: "64" },
  { name: "lazyfree-lazy-eviction", type: "string", allowed: "yes,no", standard: "no" },
  { name: "lazyfree-lazy-expire", type: "string", allowed: "yes,no", standard: "no" },
  { name: "list-max-listpack-size", type: "integer", allowed: "-5-65536", standard: "-2" },
  {
    name: "maxmemory-policy",
    type: "string",
    allowed: "volatile-lru,allkeys-lru,volatile-lfu,allkeys-lfu,volatile-random,allkeys-random,volatile-ttl,noeviction",
    standard: "volatile-lru",
  },
  { name: "maxmemory-samples", type: "integer", allowed: "1-", standard: "3" },
  { name: "notify-keyspace-events", type: "string", allowed: "", standard: "" },
  { name: "reserved-memory-percent", type: "integer", allowed: "0-100", standard: "25" },
  { name: "set-max-intset-entries", type: "integer", allowed: "0-", standard: "512" },
  { name: "slowlog-log-slower-than", type: "integer", allowed: "-1-", standard: "10000" },
  { name: "slowlog-max-len", type: "integer", allowed: "0-", standard: "128" },
  { name: "stream-node-max-entries", type: "integer", allowed: "0-", standard: "100" },
  { name: "tcp-keepalive", type: "integer", allowed: "0-", standard: "300" },
  { name: "timeout", type: "integer", allowed: "0,20-", standard: "0" },
  { name: "zset-max-listpack-entries", type: "integer", allowed: "0-", standard: "128" },
  { name: "zset-max-listpack-value", type: "integer", allowed: "0-", standard: "64" },
];

export const parameterGroups = (cloud: Cloud) => cloud.store.collection<ParameterGroup>("elasticache.parameter-groups");

const defaults: readonly ParameterGroup[] = families.map((family) => ({
  name: `default.${family}`,
  family,
  description: `Default parameter group for ${family}`,
  values: {},
  tags: [],
}));

export function findParameterGroup({ cloud, region }: Pick<OperationContext, "cloud" | "region">, name: string): ParameterGroup {
  const key = name.toLowerCase();
  if (/^default\..*\.cluster\.on$/.test(key))
    return { ...defaults[0]!, name: key, family: key.slice(8, -11), values: { "cluster-enabled": "yes" } };
  const found = parameterGroups(cloud).get(region, key) ?? defaults.find((group) => group.name === key);
  if (!found) throw parameterGroupNotFound(name);
  return found;
}

type Shape = NonNullable<Output<"elasticache", "CreateCacheParameterGroup">["CacheParameterGroup"]>;

function shapeOf(of: { region: string; account: string }, group: ParameterGroup): Shape {
  return {
    CacheParameterGroupName: group.name,
    CacheParameterGroupFamily: group.family,
    Description: group.description,
    IsGlobal: false,
    ARN: arnOf(of, "parametergroup", group.name),
  };
}

/** A group that is one's own: the default groups are nobody's to change. */
export function changeable(context: OperationContext, name: string): ParameterGroup {
  const group = findParameterGroup(context, name);
  if (group.name.startsWith("default."))
    throw invalidValue(
      `The parameter CacheParameterGroupName is not a valid identifier. The default group ${group.name} cannot be changed.`,
    );
  return group;
}

export const createCacheParameterGroup = operation("elasticache", "CreateCacheParameterGroup", (input, context) => {
  const name = checkIdentifier("CacheParameterGroupName", input.CacheParameterGroupName!, 255);
  if (!families.includes(input.CacheParameterGroupFamily!))
    throw invalidValue(`CacheParameterGroupFamily ${input.CacheParameterGroupFamily} is not a valid parameter group family.`);
  if (parameterGroups(context.cloud).has(context.region, name)) throw parameterGroupExists(name);
  const group: ParameterGroup = {
    name,
    family: input.CacheParameterGroupFamily!,
    description: input.Description!,
    values: {},
    tags: checkedTags(input.Tags),
  };
  parameterGroups(context.cloud).put(context.region, name, group);
  return { CacheParameterGroup: shapeOf(context, group) };
});

export const describeCacheParameterGroups = operation("elasticache", "DescribeCacheParameterGroups", (input, context) => {
  const all = input.CacheParameterGroupName
    ? [findParameterGroup(context, input.CacheParameterGroupName)]
    : [...defaults, ...parameterGroups(context.cloud).list(context.region)];
  const { items, Marker } = markerPage(all, input, ({ name }) => name, "CacheParameterGroups");
  return { CacheParameterGroups: items.map((group) => shapeOf(context, group)), ...(Marker && { Marker }) };
});

export const deleteCacheParameterGroup = operation("elasticache", "DeleteCacheParameterGroup", (input, context) => {
  const { name } = changeable(context, input.CacheParameterGroupName!);
  if (
    replicationGroups(context.cloud)
      .list(context.region)
      .some(({ parameterGroup }) => parameterGroup === name)
  ) {
    throw invalidParameterGroupState(
      `One or more cache clusters are still members of this parameter group ${name}, so the group cannot be deleted.`,
    );
  }
  parameterGroups(context.cloud).delete(context.region, name);
  return {};
});

export const describeCacheParameters = operation("elasticache", "DescribeCacheParameters", (input, context) => {
  const group = findParameterGroup(context, input.CacheParameterGroupName!);
  const all = knownParameters.map((each) => ({
    ParameterName: each.name,
    ParameterValue: group.values[each.name] ?? each.standard,
    Description: each.name,
    Source: each.name in group.values ? "user" : "system",
    DataType: each.type,
    AllowedValues: each.allowed,
    IsModifiable: !each.fixed,
    MinimumEngineVersion: "6.0.0",
    ChangeType: each.requiresReboot ? ("requires-reboot" as const) : ("immediate" as const),
  }));
  const chosen = input.Source ? all.filter(({ Source }) => Source === input.Source) : all;
  const { items, Marker } = markerPage(chosen, input, ({ ParameterName }) => ParameterName, "CacheParameters");
  return { Parameters: items, CacheNodeTypeSpecificParameters: [], ...(Marker && { Marker }) };
});

/** Whether AWS allows a value for a parameter. */
export function isAllowed({ type, allowed }: Known, value: string): boolean {
  if (type === "string") return allowed === "" || allowed.split(",").includes(value);
  if (!/^-?\d+$/.test(value)) return false;
  return allowed.split(",").some((part) => {
    const range = /^(-?\d+)-(\d*)$/.exec(part);
    if (!range) return value === part;
    return Number(value) >= Number(range[1]) && (range[2] === "" || Number(value) <= Number(range[2]));
  });
}
