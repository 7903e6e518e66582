/** Distributions: made, read, changed, deleted when they are disabled, listed. */
import type { Distribution, DistributionConfig, DistributionList, DistributionSummary } from "@aws-sdk/client-cloudfront";
import { AwsError } from "../../../aws-error.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { behaviorsOf } from "../behaviors-of.ts";
import { checkConfig, wholeConfig } from "../distribution-config.ts";
import { claimPlace, forgetDistribution, syncPlane } from "../plane.ts";
import {
  checkIfMatch,
  type DistributionRecord,
  distributions,
  everywhere,
  invalidations,
  locationOf,
  newEtag,
  newId,
  page,
  requireDistribution,
} from "../records.ts";
import { checkTags, tagRecord } from "../tags.ts";

/** Its own address, as load balancers have it (docs/decisions/0023, 0051). */
const nameOf = ({ address, entryPort }: DistributionRecord) => (entryPort === undefined ? address : `${address}:${entryPort}`);

const nobody = { Enabled: false, Quantity: 0, Items: [] };

/** On AWS it takes minutes to reach all places; here it listens before the answer is given, so that only the answer itself says InProgress. */
function shown(record: DistributionRecord, Status: "Deployed" | "InProgress" = "Deployed"): Distribution {
  return {
    Id: record.id,
    ARN: record.arn,
    Status,
    LastModifiedTime: new Date(record.modifiedMs),
    InProgressInvalidationBatches: 0,
    DomainName: nameOf(record),
    ActiveTrustedSigners: nobody,
    ActiveTrustedKeyGroups: nobody,
    DistributionConfig: record.config,
    AliasICPRecordals: (record.config.Aliases?.Items ?? []).map((CNAME) => ({ CNAME, ICPRecordalStatus: "APPROVED" as const })),
  };
}

async function create(context: OperationContext, given: DistributionConfig, tags: Record<string, string>): Promise<DistributionRecord> {
  const { cloud, account } = context;
  const config = wholeConfig(given);
  const same = distributions(cloud)
    .list(everywhere)
    .find((each) => each.config.CallerReference === config.CallerReference);
  if (same)
    throw new AwsError(
      "DistributionAlreadyExists",
      `The caller reference that you are using to create a distribution is associated with another distribution. Already exists: ${same.id}`,
      409,
    );
  checkConfig(cloud, config);
  const id = newId(cloud);
  const record: DistributionRecord = {
    id,
    arn: `arn:aws:cloudfront::${account}:distribution/${id}`,
    etag: newEtag(cloud),
    config,
    modifiedMs: cloud.world.clock.nowMs(),
    domainName: `d${cloud.world.random.text(13, "abcdefghijklmnopqrstuvwxyz0123456789")}.cloudfront.net`,
    ...(await claimPlace(cloud, id)),
    tags,
  };
  distributions(cloud).put(everywhere, id, record);
  await syncPlane(cloud);
  return record;
}

const made = (record: DistributionRecord) => ({
  Distribution: shown(record, "InProgress") as never,
  Location: locationOf(`distribution/${record.id}`),
  ETag: record.etag,
});

export const createDistribution = operation("cloudfront", "CreateDistribution", async (input, context) =>
  made(await create(context, input.DistributionConfig as DistributionConfig, { ...systemTagsOf(input) })),
);

export const createDistributionWithTags = operation("cloudfront", "CreateDistributionWithTags", async (input, context) => {
  const { DistributionConfig: config, Tags } = input.DistributionConfigWithTags;
  checkTags(Tags?.Items);
  return made(await create(context, config as DistributionConfig, { ...systemTagsOf(input), ...tagRecord(Tags?.Items) }));
});

export const getDistribution = operation("cloudfront", "GetDistribution", ({ Id }, { cloud }) => {
  const record = requireDistribution(cloud, Id);
  return { Distribution: shown(record) as never, ETag: record.etag };
});

export const getDistributionConfig = operation("cloudfront", "GetDistributionConfig", ({ Id }, { cloud }) => {
  const { config, etag } = requireDistribution(cloud, Id);
  return { DistributionConfig: config as never, ETag: etag };
});

export const updateDistribution = operation(
  "cloudfront",
  "UpdateDistribution",
  async ({ Id, IfMatch, DistributionConfig: given }, { cloud }) => {
    const found = requireDistribution(cloud, Id);
    checkIfMatch(IfMatch, found);
    const config = wholeConfig(given as DistributionConfig);
    if (config.CallerReference !== found.config.CallerReference)
      throw new AwsError("IllegalUpdate", "The update contains modifications that are not allowed.");
    checkConfig(cloud, config, Id);
    const record = { ...found, config, etag: newEtag(cloud), modifiedMs: cloud.world.clock.nowMs() };
    distributions(cloud).put(everywhere, Id, record);
    await syncPlane(cloud);
    return { Distribution: shown(record, "InProgress") as never, ETag: record.etag };
  },
);

export const deleteDistribution = operation("cloudfront", "DeleteDistribution", async ({ Id, IfMatch }, { cloud }) => {
  if (IfMatch === undefined) checkIfMatch(IfMatch, { etag: "" });
  const found = requireDistribution(cloud, Id);
  checkIfMatch(IfMatch, found);
  if (found.config.Enabled === true)
    throw new AwsError("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.", 409);
  cloud.store.transaction(() => {
    for (const { id } of invalidations(cloud).list(everywhere, `${Id}/`)) invalidations(cloud).delete(everywhere, `${Id}/${id}`);
    distributions(cloud).delete(everywhere, Id);
  });
  forgetDistribution(cloud, found);
  await syncPlane(cloud);
  return {};
});

function summary(record: DistributionRecord): DistributionSummary {
  const { config } = record;
  return {
    Id: record.id,
    ARN: record.arn,
    ETag: record.etag,
    Status: "Deployed",
    LastModifiedTime: new Date(record.modifiedMs),
    DomainName: nameOf(record),
    Aliases: config.Aliases,
    Origins: config.Origins,
    OriginGroups: config.OriginGroups,
    DefaultCacheBehavior: config.DefaultCacheBehavior,
    CacheBehaviors: config.CacheBehaviors,
    CustomErrorResponses: config.CustomErrorResponses,
    Comment: config.Comment,
    PriceClass: config.PriceClass,
    Enabled: config.Enabled,
    ViewerCertificate: config.ViewerCertificate,
    Restrictions: config.Restrictions,
    WebACLId: config.WebACLId,
    HttpVersion: config.HttpVersion,
    IsIPV6Enabled: config.IsIPV6Enabled,
    Staging: config.Staging,
  };
}

type Paged = { Marker?: string | undefined; MaxItems?: number | string | undefined };

function listOf(records: readonly DistributionRecord[], input: Paged): DistributionList {
  const { items, size, next } = page(
    records.toSorted((a, b) => a.modifiedMs - b.modifiedMs || (a.id < b.id ? -1 : 1)),
    input,
    ({ id }) => id,
  );
  return {
    Marker: input.Marker ?? "",
    MaxItems: size,
    IsTruncated: next !== undefined,
    ...(next !== undefined && { NextMarker: next }),
    Quantity: items.length,
    ...(items.length > 0 && { Items: items.map(summary) }),
  };
}

export const listDistributions = operation("cloudfront", "ListDistributions", (input, { cloud }) => ({
  DistributionList: listOf(distributions(cloud).list(everywhere), input) as never,
}));

export const listDistributionsByWebAclId = operation("cloudfront", "ListDistributionsByWebACLId", (input, { cloud }) => {
  const wanted = input.WebACLId === "null" ? "" : input.WebACLId;
  const found = distributions(cloud)
    .list(everywhere)
    .filter(({ config }) => config.WebACLId === wanted);
  return { DistributionList: listOf(found, input) as never };
});

function idsWith(context: OperationContext, input: Paged, uses: (config: DistributionConfig) => boolean) {
  const found = distributions(context.cloud)
    .list(everywhere)
    .filter(({ config }) => uses(config));
  const { items, size, next } = page(found, input, ({ id }) => id);
  return {
    DistributionIdList: {
      Marker: input.Marker ?? "",
      MaxItems: size,
      IsTruncated: next !== undefined,
      ...(next !== undefined && { NextMarker: next }),
      Quantity: items.length,
      ...(items.length > 0 && { Items: items.map(({ id }) => id) }),
    },
  };
}

export const listDistributionsByCachePolicyId = operation("cloudfront", "ListDistributionsByCachePolicyId", (input, context) =>
  idsWith(context, input, (config) => behaviorsOf(config).some(({ CachePolicyId }) => CachePolicyId === input.CachePolicyId)),
);

export const listDistributionsByOriginRequestPolicyId = operation(
  "cloudfront",
  "ListDistributionsByOriginRequestPolicyId",
  (input, context) =>
    idsWith(context, input, (config) => behaviorsOf(config).some((each) => each.OriginRequestPolicyId === input.OriginRequestPolicyId)),
);

export const listDistributionsByResponseHeadersPolicyId = operation(
  "cloudfront",
  "ListDistributionsByResponseHeadersPolicyId",
  (input, context) =>
    idsWith(context, input, (config) => behaviorsOf(config).some((each) => each.ResponseHeadersPolicyId === input.ResponseHeadersPolicyId)),
);
