/** Cache policies: the account's own, and AWS's managed ones. */
import { operation } from "../../../service.ts";
import { type ConfigOf, createConfigured, deleteConfigured, listConfigured, requireConfigured, updateConfigured } from "../configured.ts";
import { syncPlane } from "../plane.ts";
import { type ConfiguredRecord, locationOf, page } from "../records.ts";

const kind = "cache-policy";

const shown = ({ id, config, modifiedMs }: ConfiguredRecord<ConfigOf<typeof kind>>) =>
  ({ Id: id, LastModifiedTime: new Date(modifiedMs), CachePolicyConfig: config }) as never;

export const createCachePolicy = operation("cloudfront", "CreateCachePolicy", (input, context) => {
  const record = createConfigured(context, kind, input.CachePolicyConfig, input);
  return { CachePolicy: shown(record), ETag: record.etag, Location: locationOf(`cache-policy/${record.id}`) };
});

export const getCachePolicy = operation("cloudfront", "GetCachePolicy", ({ Id }, { cloud }) => {
  const record = requireConfigured(cloud, kind, Id);
  return { CachePolicy: shown(record), ETag: record.etag };
});

export const getCachePolicyConfig = operation("cloudfront", "GetCachePolicyConfig", ({ Id }, { cloud }) => {
  const { config, etag } = requireConfigured(cloud, kind, Id);
  return { CachePolicyConfig: config as never, ETag: etag };
});

export const updateCachePolicy = operation("cloudfront", "UpdateCachePolicy", async ({ Id, IfMatch, CachePolicyConfig }, context) => {
  const record = updateConfigured(context, kind, Id, IfMatch, CachePolicyConfig);
  await syncPlane(context.cloud);
  return { CachePolicy: shown(record), ETag: record.etag };
});

export const deleteCachePolicy = operation("cloudfront", "DeleteCachePolicy", ({ Id, IfMatch }, { cloud }) => {
  deleteConfigured(cloud, kind, Id, IfMatch);
  return {};
});

export const listCachePolicies = operation("cloudfront", "ListCachePolicies", (input, { cloud }) => {
  const { managed, custom } = listConfigured(cloud, kind);
  const typed = [
    ...managed.map((record) => ({ type: "managed" as const, record })),
    ...custom.map((record) => ({ type: "custom" as const, record })),
  ];
  const { items, size, next } = page(
    typed.filter(({ type }) => input.Type === undefined || input.Type === type),
    input,
    ({ record }) => record.id,
  );
  return {
    CachePolicyList: {
      ...(next !== undefined && { NextMarker: next }),
      MaxItems: size,
      Quantity: items.length,
      ...(items.length > 0 && { Items: items.map(({ type, record }) => ({ Type: type, CachePolicy: shown(record) })) }),
    },
  };
});
