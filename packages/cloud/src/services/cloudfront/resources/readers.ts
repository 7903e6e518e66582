/** How distributions, policies and functions are read again. */
import type { Readers } from "../../../resource.ts";

/** Lists as templates write them: without their length. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  const { Quantity, Items, ...rest } = value as Record<string, unknown>;
  if (Quantity !== undefined && Object.keys(rest).length === 0) return plain(Items ?? []);
  const members = Object.entries({ ...rest, ...(Items !== undefined && { Items }) }).map(([name, each]) => [name, plain(each)] as const);
  return Object.fromEntries(members);
}

/** The members that templates call otherwise, or shape otherwise, are left to the update: nothing is told of them. */
export const readers: Readers = {
  "AWS::CloudFront::Distribution": async ({ call, physicalId: Id }) => {
    const { DistributionConfig: config } = await call("cloudfront", "GetDistributionConfig", { Id });
    return {
      DistributionConfig: {
        Aliases: config!.Aliases?.Items ?? [],
        Comment: config!.Comment,
        DefaultRootObject: config!.DefaultRootObject,
        Enabled: config!.Enabled,
        HttpVersion: config!.HttpVersion,
        IPV6Enabled: config!.IsIPV6Enabled,
        PriceClass: config!.PriceClass,
        WebACLId: config!.WebACLId,
      },
    };
  },
  "AWS::CloudFront::CachePolicy": async ({ call, physicalId: Id }) => ({
    CachePolicyConfig: plain((await call("cloudfront", "GetCachePolicyConfig", { Id })).CachePolicyConfig),
  }),
  "AWS::CloudFront::OriginRequestPolicy": async ({ call, physicalId: Id }) => ({
    OriginRequestPolicyConfig: plain((await call("cloudfront", "GetOriginRequestPolicyConfig", { Id })).OriginRequestPolicyConfig),
  }),
  "AWS::CloudFront::OriginAccessControl": async ({ call, physicalId: Id }) => ({
    OriginAccessControlConfig: (await call("cloudfront", "GetOriginAccessControlConfig", { Id })).OriginAccessControlConfig,
  }),
  "AWS::CloudFront::Function": async ({ call, physicalId: arn }) => {
    const Name = arn.slice(arn.lastIndexOf("/") + 1);
    const { FunctionSummary } = await call("cloudfront", "DescribeFunction", { Name });
    return { Name, FunctionConfig: FunctionSummary!.FunctionConfig };
  },
};
