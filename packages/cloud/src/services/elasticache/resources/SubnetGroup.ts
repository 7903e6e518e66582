/** AWS::ElastiCache::SubnetGroup. */
import { resource, type ResourceRequest } from "../../../resource.ts";
import { madeFor, retag, stackTags, unlessGone } from "../../../stack-tags.ts";
import { arnOf } from "../names.ts";

const nameOf = (request: ResourceRequest<{ CacheSubnetGroupName?: string }>) =>
  (request.properties.CacheSubnetGroupName ?? request.physicalName(255, { lowerCase: true })).toLowerCase();

export const subnetGroup = resource("AWS::ElastiCache::SubnetGroup", {
  coverage: { real: ["CacheSubnetGroupName", "Description", "SubnetIds", "Tags"] },
  async create(request) {
    const name = nameOf(request);
    await request.call("elasticache", "CreateCacheSubnetGroup", {
      CacheSubnetGroupName: name,
      CacheSubnetGroupDescription: request.properties.Description,
      SubnetIds: request.properties.SubnetIds,
      Tags: stackTags(request),
    });
    return { physicalId: name, attributes: {} };
  },
  async update(request) {
    const { physicalId, properties } = request;
    await request.call("elasticache", "ModifyCacheSubnetGroup", {
      CacheSubnetGroupName: physicalId,
      CacheSubnetGroupDescription: properties.Description,
      SubnetIds: properties.SubnetIds,
    });
    await retag(request, "elasticache", arnOf(request, "subnetgroup", physicalId));
    return { physicalId, attributes: {} };
  },
  async delete({ call, physicalId }) {
    await call("elasticache", "DeleteCacheSubnetGroup", { CacheSubnetGroupName: physicalId }).catch(unlessGone);
  },
  async find(request) {
    const name = nameOf(request);
    const found = await request.call("elasticache", "DescribeCacheSubnetGroups", { CacheSubnetGroupName: name }).catch(unlessGone);
    return found && (await madeFor(request, "elasticache", arnOf(request, "subnetgroup", name)))
      ? { physicalId: name, attributes: {} }
      : undefined;
  },
});
