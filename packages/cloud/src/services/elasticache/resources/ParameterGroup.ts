/** AWS::ElastiCache::ParameterGroup. */
import { type Made, resource } from "../../../resource.ts";
import type { Call } from "../../../service.ts";
import { madeFor, retag, stackTags, unlessGone } from "../../../stack-tags.ts";
import { arnOf } from "../names.ts";

const made = (name: string): Made => ({ physicalId: name, attributes: { CacheParameterGroupName: name } });

export const parameterGroup = resource("AWS::ElastiCache::ParameterGroup", {
  coverage: {
    real: ["CacheParameterGroupFamily", "Description", "Properties", "Tags"],
    note: "Given to a valkey-server or redis-server; the built-in server records them.",
  },
  async create(request) {
    const name = request.physicalName(255, { lowerCase: true });
    await request.call("elasticache", "CreateCacheParameterGroup", {
      CacheParameterGroupName: name,
      CacheParameterGroupFamily: request.properties.CacheParameterGroupFamily,
      Description: request.properties.Description,
      Tags: stackTags(request),
    });
    try {
      await setValues(request.call, name, request.properties.Properties ?? {});
    } catch (error) {
      await request.call("elasticache", "DeleteCacheParameterGroup", { CacheParameterGroupName: name });
      throw error;
    }
    return made(name);
  },
  async update(request) {
    const { physicalId, properties, previous } = request;
    const gone = Object.keys(previous.Properties ?? {}).filter((name) => !(name in (properties.Properties ?? {})));
    if (gone.length > 0) {
      await request.call("elasticache", "ResetCacheParameterGroup", {
        CacheParameterGroupName: physicalId,
        ParameterNameValues: gone.map((ParameterName) => ({ ParameterName })),
      });
    }
    await setValues(request.call, physicalId, properties.Properties ?? {});
    await retag(request, "elasticache", arnOf(request, "parametergroup", physicalId));
    return made(physicalId);
  },
  async delete({ call, physicalId }) {
    await call("elasticache", "DeleteCacheParameterGroup", { CacheParameterGroupName: physicalId }).catch(unlessGone);
  },
  async find(request) {
    const name = request.physicalName(255, { lowerCase: true });
    const found = await request.call("elasticache", "DescribeCacheParameterGroups", { CacheParameterGroupName: name }).catch(unlessGone);
    if (!found || !(await madeFor(request, "elasticache", arnOf(request, "parametergroup", name)))) return undefined;
    await setValues(request.call, name, request.properties.Properties ?? {});
    return made(name);
  },
});

async function setValues(call: Call, name: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const entries = Object.entries(values).map(([ParameterName, value]) => ({ ParameterName, ParameterValue: String(value) }));
  for (let at = 0; at < entries.length; at += 20) {
    await call("elasticache", "ModifyCacheParameterGroup", {
      CacheParameterGroupName: name,
      ParameterNameValues: entries.slice(at, at + 20),
    });
  }
}
