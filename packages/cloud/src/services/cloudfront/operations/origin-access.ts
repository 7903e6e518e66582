/** How distributions read buckets: origin access controls, and the older origin access identities. */
import { operation } from "../../../service.ts";
import { type ConfigOf, createConfigured, deleteConfigured, listConfigured, requireConfigured, updateConfigured } from "../configured.ts";
import { checkConstraints } from "../../../constraints.ts";
import { syncPlane } from "../plane.ts";
import { type ConfiguredRecord, locationOf, page } from "../records.ts";

const control = "origin-access-control";
const identity = "origin-access-identity";

const shownControl = ({ id, config }: ConfiguredRecord<ConfigOf<typeof control>>) =>
  ({ Id: id, OriginAccessControlConfig: config }) as never;
const shownIdentity = ({ id, config, canonicalUserId }: ConfiguredRecord<ConfigOf<typeof identity>>) => ({
  Id: id,
  S3CanonicalUserId: canonicalUserId!,
  CloudFrontOriginAccessIdentityConfig: config as never,
});

function checkControl(config: ConfigOf<typeof control>): void {
  checkConstraints("InvalidArgument", {
    "originAccessControlConfig.name": [config.Name, { length: [1, 64] }],
    "originAccessControlConfig.signingProtocol": [config.SigningProtocol, { enum: ["sigv4"] }],
    "originAccessControlConfig.signingBehavior": [config.SigningBehavior, { enum: ["never", "always", "no-override"] }],
    "originAccessControlConfig.originAccessControlOriginType": [
      config.OriginAccessControlOriginType,
      { enum: ["s3", "mediastore", "mediapackagev2", "lambda"] },
    ],
  });
}

export const createOriginAccessControl = operation("cloudfront", "CreateOriginAccessControl", (input, context) => {
  checkControl(input.OriginAccessControlConfig);
  const record = createConfigured(context, control, input.OriginAccessControlConfig, input);
  return { OriginAccessControl: shownControl(record), ETag: record.etag, Location: locationOf(`origin-access-control/${record.id}`) };
});

export const getOriginAccessControl = operation("cloudfront", "GetOriginAccessControl", ({ Id }, { cloud }) => {
  const record = requireConfigured(cloud, control, Id);
  return { OriginAccessControl: shownControl(record), ETag: record.etag };
});

export const getOriginAccessControlConfig = operation("cloudfront", "GetOriginAccessControlConfig", ({ Id }, { cloud }) => {
  const { config, etag } = requireConfigured(cloud, control, Id);
  return { OriginAccessControlConfig: config as never, ETag: etag };
});

export const updateOriginAccessControl = operation(
  "cloudfront",
  "UpdateOriginAccessControl",
  async ({ Id, IfMatch, OriginAccessControlConfig: config }, context) => {
    checkControl(config);
    const record = updateConfigured(context, control, Id, IfMatch, config);
    await syncPlane(context.cloud);
    return { OriginAccessControl: shownControl(record), ETag: record.etag };
  },
);

export const deleteOriginAccessControl = operation("cloudfront", "DeleteOriginAccessControl", ({ Id, IfMatch }, { cloud }) => {
  deleteConfigured(cloud, control, Id, IfMatch);
  return {};
});

export const listOriginAccessControls = operation("cloudfront", "ListOriginAccessControls", (input, { cloud }) => {
  const { items, size, next } = page(listConfigured(cloud, control).custom, input, ({ id }) => id);
  return {
    OriginAccessControlList: {
      Marker: input.Marker ?? "",
      MaxItems: size,
      IsTruncated: next !== undefined,
      ...(next !== undefined && { NextMarker: next }),
      Quantity: items.length,
      Items: items.map(({ id, config }) => ({ Id: id, Description: "", ...config })) as never,
    },
  };
});

export const createIdentity = operation("cloudfront", "CreateCloudFrontOriginAccessIdentity", (input, context) => {
  const record = createConfigured(context, identity, input.CloudFrontOriginAccessIdentityConfig, input);
  return {
    CloudFrontOriginAccessIdentity: shownIdentity(record),
    ETag: record.etag,
    Location: locationOf(`origin-access-identity/cloudfront/${record.id}`),
  };
});

export const getIdentity = operation("cloudfront", "GetCloudFrontOriginAccessIdentity", ({ Id }, { cloud }) => {
  const record = requireConfigured(cloud, identity, Id);
  return { CloudFrontOriginAccessIdentity: shownIdentity(record), ETag: record.etag };
});

export const getIdentityConfig = operation("cloudfront", "GetCloudFrontOriginAccessIdentityConfig", ({ Id }, { cloud }) => {
  const { config, etag } = requireConfigured(cloud, identity, Id);
  return { CloudFrontOriginAccessIdentityConfig: config as never, ETag: etag };
});

export const updateIdentity = operation(
  "cloudfront",
  "UpdateCloudFrontOriginAccessIdentity",
  ({ Id, IfMatch, CloudFrontOriginAccessIdentityConfig: config }, context) => {
    const record = updateConfigured(context, identity, Id, IfMatch, config);
    return { CloudFrontOriginAccessIdentity: shownIdentity(record), ETag: record.etag };
  },
);

export const deleteIdentity = operation("cloudfront", "DeleteCloudFrontOriginAccessIdentity", ({ Id, IfMatch }, { cloud }) => {
  deleteConfigured(cloud, identity, Id, IfMatch);
  return {};
});

export const listIdentities = operation("cloudfront", "ListCloudFrontOriginAccessIdentities", (input, { cloud }) => {
  const { items, size, next } = page(listConfigured(cloud, identity).custom, input, ({ id }) => id);
  return {
    CloudFrontOriginAccessIdentityList: {
      Marker: input.Marker ?? "",
      MaxItems: size,
      IsTruncated: next !== undefined,
      ...(next !== undefined && { NextMarker: next }),
      Quantity: items.length,
      ...(items.length > 0 && {
        Items: items.map(({ id, canonicalUserId, config }) => ({ Id: id, S3CanonicalUserId: canonicalUserId!, Comment: config.Comment! })),
      }),
    },
  };
});
