/** Origin request policies: the account's own, and AWS's managed ones. */
import { operation } from "../../../service.ts";
import { type ConfigOf, createConfigured, deleteConfigured, listConfigured, requireConfigured, updateConfigured } from "../configured.ts";
import { syncPlane } from "../plane.ts";
import { type ConfiguredRecord, locationOf, page } from "../records.ts";

const kind = "origin-request-policy";

const shown = ({ id, config, modifiedMs }: ConfiguredRecord<ConfigOf<typeof kind>>) =>
  ({ Id: id, LastModifiedTime: new Date(modifiedMs), OriginRequestPolicyConfig: config }) as never;

export const createOriginRequestPolicy = operation("cloudfront", "CreateOriginRequestPolicy", (input, context) => {
  const record = createConfigured(context, kind, input.OriginRequestPolicyConfig, input);
  return { OriginRequestPolicy: shown(record), ETag: record.etag, Location: locationOf(`origin-request-policy/${record.id}`) };
});

export const getOriginRequestPolicy = operation("cloudfront", "GetOriginRequestPolicy", ({ Id }, { cloud }) => {
  const record = requireConfigured(cloud, kind, Id);
  return { OriginRequestPolicy: shown(record), ETag: record.etag };
});

export const getOriginRequestPolicyConfig = operation("cloudfront", "GetOriginRequestPolicyConfig", ({ Id }, { cloud }) => {
  const { config, etag } = requireConfigured(cloud, kind, Id);
  return { OriginRequestPolicyConfig: config as never, ETag: etag };
});

export const updateOriginRequestPolicy = operation(
  "cloudfront",
  "UpdateOriginRequestPolicy",
  async ({ Id, IfMatch, OriginRequestPolicyConfig }, context) => {
    const record = updateConfigured(context, kind, Id, IfMatch, OriginRequestPolicyConfig);
    await syncPlane(context.cloud);
    return { OriginRequestPolicy: shown(record), ETag: record.etag };
  },
);

export const deleteOriginRequestPolicy = operation("cloudfront", "DeleteOriginRequestPolicy", ({ Id, IfMatch }, { cloud }) => {
  deleteConfigured(cloud, kind, Id, IfMatch);
  return {};
});

export const listOriginRequestPolicies = operation("cloudfront", "ListOriginRequestPolicies", (input, { cloud }) => {
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
    OriginRequestPolicyList: {
      ...(next !== undefined && { NextMarker: next }),
      MaxItems: size,
      Quantity: items.length,
      ...(items.length > 0 && { Items: items.map(({ type, record }) => ({ Type: type, OriginRequestPolicy: shown(record) })) }),
    },
  };
});
