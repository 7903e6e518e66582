/** Response headers policies: the account's own, and AWS's managed ones. */
import { operation } from "../../../service.ts";
import { type ConfigOf, createConfigured, deleteConfigured, listConfigured, requireConfigured, updateConfigured } from "../configured.ts";
import { syncPlane } from "../plane.ts";
import { type ConfiguredRecord, locationOf, page } from "../records.ts";

const kind = "response-headers-policy";

const shown = ({ id, config, modifiedMs }: ConfiguredRecord<ConfigOf<typeof kind>>) =>
  ({ Id: id, LastModifiedTime: new Date(modifiedMs), ResponseHeadersPolicyConfig: config }) as never;

export const createResponseHeadersPolicy = operation("cloudfront", "CreateResponseHeadersPolicy", (input, context) => {
  const record = createConfigured(context, kind, input.ResponseHeadersPolicyConfig, input);
  return { ResponseHeadersPolicy: shown(record), ETag: record.etag, Location: locationOf(`response-headers-policy/${record.id}`) };
});

export const getResponseHeadersPolicy = operation("cloudfront", "GetResponseHeadersPolicy", ({ Id }, { cloud }) => {
  const record = requireConfigured(cloud, kind, Id);
  return { ResponseHeadersPolicy: shown(record), ETag: record.etag };
});

export const getResponseHeadersPolicyConfig = operation("cloudfront", "GetResponseHeadersPolicyConfig", ({ Id }, { cloud }) => {
  const { config, etag } = requireConfigured(cloud, kind, Id);
  return { ResponseHeadersPolicyConfig: config as never, ETag: etag };
});

export const updateResponseHeadersPolicy = operation(
  "cloudfront",
  "UpdateResponseHeadersPolicy",
  async ({ Id, IfMatch, ResponseHeadersPolicyConfig }, context) => {
    const record = updateConfigured(context, kind, Id, IfMatch, ResponseHeadersPolicyConfig);
    await syncPlane(context.cloud);
    return { ResponseHeadersPolicy: shown(record), ETag: record.etag };
  },
);

export const deleteResponseHeadersPolicy = operation("cloudfront", "DeleteResponseHeadersPolicy", ({ Id, IfMatch }, { cloud }) => {
  deleteConfigured(cloud, kind, Id, IfMatch);
  return {};
});

export const listResponseHeadersPolicies = operation("cloudfront", "ListResponseHeadersPolicies", (input, { cloud }) => {
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
    ResponseHeadersPolicyList: {
      ...(next !== undefined && { NextMarker: next }),
      MaxItems: size,
      Quantity: items.length,
      ...(items.length > 0 && { Items: items.map(({ type, record }) => ({ Type: type, ResponseHeadersPolicy: shown(record) })) }),
    },
  };
});
