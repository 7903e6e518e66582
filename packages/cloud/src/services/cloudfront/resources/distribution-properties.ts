/** A distribution's properties in a template, as the API has them. */
import type { DistributionConfig } from "@aws-sdk/client-cloudfront";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { invalidArgument } from "../errors.ts";
import { listed } from "./listed.ts";

type Properties = ResourceProperties["AWS::CloudFront::Distribution"]["DistributionConfig"];
type Behavior = NonNullable<Properties["CacheBehaviors"]>[number];
type Origin = NonNullable<Properties["Origins"]>[number];

export function configOf(properties: Properties, CallerReference: string): DistributionConfig {
  const { CNAMEs, Aliases = CNAMEs, IPV6Enabled, ViewerCertificate, Restrictions, Logging, Origins = [], ...rest } = properties;
  const { CacheBehaviors = [], DefaultCacheBehavior, CustomErrorResponses = [], ...plain } = rest;
  return {
    CallerReference,
    Comment: "",
    ...(listed({
      ...plain,
      ...(Aliases && { Aliases }),
      Origins: Origins.map(originOf),
      CustomErrorResponses: CustomErrorResponses.map(({ ResponseCode, ...each }) => ({
        ...each,
        ...(ResponseCode !== undefined && { ResponseCode: String(ResponseCode) }),
      })),
    }) as object),
    DefaultCacheBehavior: behaviorOf(DefaultCacheBehavior as Behavior) as never,
    CacheBehaviors: { Quantity: CacheBehaviors.length, Items: CacheBehaviors.map(behaviorOf) as never },
    ...(IPV6Enabled !== undefined && { IsIPV6Enabled: IPV6Enabled }),
    ...(Logging && { Logging: { Enabled: true, IncludeCookies: false, Prefix: "", ...Logging } as never }),
    ...(Restrictions && {
      Restrictions: {
        GeoRestriction: {
          RestrictionType: Restrictions.GeoRestriction.RestrictionType as "none",
          ...(listed(Restrictions.GeoRestriction.Locations ?? []) as { Quantity: number }),
        },
      },
    }),
    ...(ViewerCertificate && { ViewerCertificate: certificateOf(ViewerCertificate) as never }),
  } as unknown as DistributionConfig;
}

function certificateOf({
  AcmCertificateArn,
  IamCertificateId,
  SslSupportMethod,
  ...rest
}: NonNullable<Properties["ViewerCertificate"]>): object {
  return {
    ...rest,
    ...(AcmCertificateArn !== undefined && { ACMCertificateArn: AcmCertificateArn }),
    ...(IamCertificateId !== undefined && { IAMCertificateId: IamCertificateId }),
    ...(SslSupportMethod !== undefined && { SSLSupportMethod: SslSupportMethod }),
  };
}

function originOf({ OriginCustomHeaders, CustomOriginConfig, ...rest }: Origin): object {
  if (!CustomOriginConfig) return { ...rest, ...(OriginCustomHeaders && { CustomHeaders: OriginCustomHeaders }) };
  const { OriginSSLProtocols, ...custom } = CustomOriginConfig;
  return {
    ...rest,
    ...(OriginCustomHeaders && { CustomHeaders: OriginCustomHeaders }),
    CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, ...custom, ...(OriginSSLProtocols && { OriginSslProtocols: OriginSSLProtocols }) },
  };
}

function behaviorOf(behavior: Behavior): object {
  const { AllowedMethods, CachedMethods, TrustedKeyGroups = [], TrustedSigners = [], ...rest } = behavior;
  if (behavior.CachePolicyId === undefined && behavior.ForwardedValues === undefined)
    throw invalidArgument(
      "The parameter ForwardedValues cannot be used when a cache policy is not associated to the cache behavior. Give a CachePolicyId.",
    );
  const enabled = (list: string[]) => ({ Enabled: list.length > 0, ...(listed(list) as object) });
  return {
    ...(listed(rest) as object),
    TrustedKeyGroups: enabled(TrustedKeyGroups),
    TrustedSigners: enabled(TrustedSigners),
    ...((AllowedMethods || CachedMethods) && {
      AllowedMethods: {
        ...(listed(AllowedMethods ?? ["GET", "HEAD"]) as object),
        ...(CachedMethods && { CachedMethods: listed(CachedMethods) }),
      },
    }),
  };
}
