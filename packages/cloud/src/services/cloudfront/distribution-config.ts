/** A distribution's configuration: whole, with AWS's defaults where the caller says nothing, or refused in AWS's words. */
import type { DistributionConfig, Origin } from "@aws-sdk/client-cloudfront";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { certificateAt } from "../../runtime/certificates.ts";
import { type AnyBehavior, behaviorsOf } from "./behaviors-of.ts";
import { findConfigured } from "./configured.ts";
import { invalidArgument, refused } from "./errors.ts";
import { distributions, everywhere, functions } from "./records.ts";

const none = { Quantity: 0 };
const nobody = { Enabled: false, Quantity: 0, Items: [] };

export function wholeConfig(given: DistributionConfig): DistributionConfig {
  const { DefaultCacheBehavior: last, Origins, CacheBehaviors, ViewerCertificate } = given;
  return {
    ...given,
    Aliases: counted(given.Aliases),
    DefaultRootObject: (given.DefaultRootObject ?? "").replace(/^\//, ""),
    Origins: { Quantity: Origins?.Items?.length ?? 0, Items: (Origins?.Items ?? []).map(wholeOrigin) },
    OriginGroups: counted(given.OriginGroups) as never,
    DefaultCacheBehavior: last && wholeBehavior(last),
    CacheBehaviors: counted(CacheBehaviors && { ...CacheBehaviors, Items: CacheBehaviors.Items?.map(wholeBehavior) }) as never,
    CustomErrorResponses: counted(given.CustomErrorResponses),
    Comment: given.Comment ?? "",
    Logging: { Enabled: false, IncludeCookies: false, Bucket: "", Prefix: "", ...given.Logging },
    PriceClass: given.PriceClass ?? "PriceClass_All",
    ViewerCertificate:
      ViewerCertificate && ViewerCertificate.CloudFrontDefaultCertificate !== true
        ? {
            CloudFrontDefaultCertificate: false,
            SSLSupportMethod: "sni-only",
            MinimumProtocolVersion: "TLSv1.2_2021",
            ...ViewerCertificate,
            ...(ViewerCertificate.ACMCertificateArn !== undefined && {
              Certificate: ViewerCertificate.ACMCertificateArn,
              CertificateSource: "acm" as const,
            }),
          }
        : { CloudFrontDefaultCertificate: true, SSLSupportMethod: "vip", MinimumProtocolVersion: "TLSv1", CertificateSource: "cloudfront" },
    Restrictions: given.Restrictions ?? { GeoRestriction: { RestrictionType: "none", Quantity: 0 } },
    WebACLId: given.WebACLId ?? "",
    HttpVersion: given.HttpVersion ?? "http2",
    IsIPV6Enabled: given.IsIPV6Enabled ?? true,
    ContinuousDeploymentPolicyId: given.ContinuousDeploymentPolicyId ?? "",
    Staging: given.Staging ?? false,
  };
}

/** Lists carry their length, and no empty list. */
function counted<T extends { Quantity: number | undefined; Items?: readonly unknown[] | undefined }>(list: T | undefined): T {
  const { Items = [], ...rest } = list ?? { Quantity: 0 };
  return { ...rest, Quantity: Items.length, ...(Items.length > 0 && { Items }) } as unknown as T;
}

const wholeOrigin = (origin: Origin): Origin => ({
  ...origin,
  OriginPath: origin.OriginPath ?? "",
  CustomHeaders: counted(origin.CustomHeaders),
  ConnectionAttempts: origin.ConnectionAttempts ?? 3,
  ConnectionTimeout: origin.ConnectionTimeout ?? 10,
  OriginShield: origin.OriginShield ?? { Enabled: false },
  OriginAccessControlId: origin.OriginAccessControlId ?? "",
  ...(origin.CustomOriginConfig && {
    CustomOriginConfig: {
      OriginReadTimeout: 30,
      OriginKeepaliveTimeout: 5,
      OriginSslProtocols: { Quantity: 1, Items: ["TLSv1.2"] },
      ...origin.CustomOriginConfig,
    } as Origin["CustomOriginConfig"],
  }),
});

function wholeBehavior<B extends AnyBehavior>(behavior: B): B {
  const { AllowedMethods } = behavior;
  const legacy = behavior.CachePolicyId === undefined || behavior.CachePolicyId === "";
  return {
    TrustedSigners: nobody,
    TrustedKeyGroups: nobody,
    SmoothStreaming: false,
    Compress: false,
    LambdaFunctionAssociations: none,
    FunctionAssociations: none,
    FieldLevelEncryptionId: "",
    GrpcConfig: { Enabled: false },
    ...behavior,
    AllowedMethods: {
      Quantity: AllowedMethods?.Items?.length ?? 2,
      Items: AllowedMethods?.Items ?? ["HEAD", "GET"],
      CachedMethods: AllowedMethods?.CachedMethods ?? { Quantity: 2, Items: ["HEAD", "GET"] },
    },
    ...(legacy && {
      MinTTL: behavior.MinTTL ?? 0,
      DefaultTTL: behavior.DefaultTTL ?? 86_400,
      MaxTTL: behavior.MaxTTL ?? 31_536_000,
      ForwardedValues: {
        QueryString: false,
        Headers: none,
        QueryStringCacheKeys: none,
        ...behavior.ForwardedValues,
        Cookies: { Forward: "none", ...behavior.ForwardedValues?.Cookies },
      },
    }),
  };
}

const s3Host = /^[a-z0-9][a-z0-9.-]*\.s3(?:[.-][a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|localhost)$/;
const hostName = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?::\d{1,5})?$/;

/** The bucket that an origin names, if it is one of S3 (and no website). */
export const bucketOf = (domainName: string): string | undefined =>
  /^(.+?)\.s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.(?:amazonaws\.com(?:\.cn)?|localhost)$/.exec(domainName)?.[1];

/** @param id of the distribution that is changed, if it is not new. */
export function checkConfig(cloud: Cloud, config: DistributionConfig, id?: string): void {
  const origins = config.Origins?.Items ?? [];
  if (origins.length === 0) throw invalidArgument("The parameter Origins cannot be empty.");
  const groups = config.OriginGroups?.Items ?? [];
  for (const origin of origins) checkOrigin(cloud, origin);
  const ids = new Set([...origins.map(({ Id }) => Id), ...groups.map(({ Id }) => Id)]);
  if (ids.size < origins.length + groups.length) throw invalidArgument("Origin and origin group ids must be unique.");
  const noSuchOrigin = () => new AwsError("NoSuchOrigin", "One or more of your origins or origin groups do not exist.", 404);
  for (const { Members } of groups) {
    if (Members?.Items?.length !== 2) throw invalidArgument("The parameter OriginGroup Members must have two members.");
    if (Members.Items.some(({ OriginId }) => !origins.some(({ Id }) => Id === OriginId))) throw noSuchOrigin();
  }
  for (const behavior of behaviorsOf(config)) {
    if (!ids.has(behavior.TargetOriginId)) throw noSuchOrigin();
    checkBehavior(
      cloud,
      behavior,
      groups.some(({ Id }) => Id === behavior.TargetOriginId),
    );
  }
  for (const { ErrorCode, ResponsePagePath, ResponseCode } of config.CustomErrorResponses?.Items ?? []) {
    const given = (text: string | undefined) => text !== undefined && text !== "";
    if (given(ResponsePagePath) !== given(ResponseCode))
      throw invalidArgument(`The error ${ErrorCode} needs both a ResponsePagePath and a ResponseCode, or neither.`);
  }
  checkNames(cloud, config, id);
  if (config.Staging === true || (config.ContinuousDeploymentPolicyId ?? "") !== "")
    throw refused("continuous deployment (staging distributions)");
  if (config.ConnectionMode === "tenant-only" || config.TenantConfig) throw refused("multi-tenant distributions");
  if (config.AnycastIpListId) throw refused("anycast address lists");
  if (config.ViewerMtlsConfig) throw refused("mutual TLS with viewers");
  if (config.ConnectionFunctionAssociation) throw refused("connection functions");
}

function checkOrigin(
  cloud: Cloud,
  { DomainName = "", S3OriginConfig, CustomOriginConfig, VpcOriginConfig, OriginAccessControlId, OriginPath = "" }: Origin,
): void {
  if (VpcOriginConfig) throw refused("VPC origins");
  if (!S3OriginConfig && !CustomOriginConfig)
    throw new AwsError("InvalidOrigin", "The specified origin server does not exist or is not valid.");
  if (S3OriginConfig && !s3Host.test(DomainName))
    throw invalidArgument("The parameter Origin DomainName does not refer to a valid S3 bucket.");
  if (CustomOriginConfig && !hostName.test(DomainName))
    throw invalidArgument("The parameter origin name cannot contain a colon, a scheme or a path.");
  if (OriginPath !== "" && (!OriginPath.startsWith("/") || OriginPath.endsWith("/")))
    throw invalidArgument("The parameter OriginPath must begin with a slash and must not end with one.");
  if (CustomOriginConfig?.OriginMtlsConfig) throw refused("mutual TLS with origins");
  if (OriginAccessControlId === undefined || OriginAccessControlId === "") return;
  const access = findConfigured(cloud, "origin-access-control", OriginAccessControlId);
  if (!access) throw new AwsError("InvalidOriginAccessControl", "The origin access control is not valid.");
  if (!S3OriginConfig) throw refused(`origin access control for ${access.config.OriginAccessControlOriginType} origins`);
  if ((S3OriginConfig.OriginAccessIdentity ?? "") !== "")
    throw new AwsError(
      "IllegalOriginAccessConfiguration",
      "An origin cannot contain both an origin access control (OAC) and an origin access identity (OAI).",
    );
}

function checkBehavior(cloud: Cloud, behavior: AnyBehavior, group: boolean): void {
  const { CachePolicyId, OriginRequestPolicyId, ResponseHeadersPolicyId, AllowedMethods, FunctionAssociations } = behavior;
  const there = (id: string | undefined) => id !== undefined && id !== "";
  if (there(CachePolicyId) && !findConfigured(cloud, "cache-policy", CachePolicyId!))
    throw new AwsError("NoSuchCachePolicy", "The specified cache policy does not exist.", 404);
  if (there(OriginRequestPolicyId) && !findConfigured(cloud, "origin-request-policy", OriginRequestPolicyId!))
    throw new AwsError("NoSuchOriginRequestPolicy", "The specified origin request policy does not exist.", 404);
  if (there(ResponseHeadersPolicyId) && !findConfigured(cloud, "response-headers-policy", ResponseHeadersPolicyId!))
    throw new AwsError("NoSuchResponseHeadersPolicy", "The specified response headers policy does not exist.", 404);
  if (there(OriginRequestPolicyId) && !there(CachePolicyId))
    throw invalidArgument("The parameter OriginRequestPolicyId needs a CachePolicyId beside it.");
  const methods = AllowedMethods?.Items ?? [];
  if (!["GET", "HEAD"].every((method) => methods.includes(method as "GET")))
    throw invalidArgument("The parameter AllowedMethods must include GET and HEAD.");
  if (group && methods.some((method) => !["GET", "HEAD", "OPTIONS"].includes(method)))
    throw invalidArgument(
      "The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE for a cached behavior associated with an origin group.",
    );
  if ((behavior.LambdaFunctionAssociations?.Items ?? []).length > 0) throw refused("Lambda@Edge");
  if (behavior.TrustedKeyGroups?.Enabled === true || (behavior.TrustedKeyGroups?.Items ?? []).length > 0)
    throw refused("signed URLs and cookies (trusted key groups)");
  if (behavior.TrustedSigners?.Enabled === true || (behavior.TrustedSigners?.Items ?? []).length > 0)
    throw refused("signed URLs and cookies (trusted signers)");
  if (behavior.GrpcConfig?.Enabled === true) throw refused("gRPC");
  for (const { FunctionARN = "" } of FunctionAssociations?.Items ?? []) {
    const found = functions(cloud).get(everywhere, FunctionARN.slice(FunctionARN.lastIndexOf("/") + 1));
    if (!found?.live) throw new AwsError("InvalidFunctionAssociation", "A CloudFront function association is invalid.");
  }
}

function checkNames(cloud: Cloud, { Aliases, ViewerCertificate }: DistributionConfig, id: string | undefined): void {
  const { ACMCertificateArn, IAMCertificateId } = ViewerCertificate ?? {};
  if (IAMCertificateId) throw refused("certificates of IAM");
  if (
    ACMCertificateArn !== undefined &&
    ACMCertificateArn !== "" &&
    (!ACMCertificateArn.startsWith("arn:aws:acm:us-east-1:") || !certificateAt(cloud, ACMCertificateArn))
  )
    throw new AwsError(
      "InvalidViewerCertificate",
      "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
    );
  const aliases = Aliases?.Items ?? [];
  if (aliases.length === 0) return;
  const held = ACMCertificateArn ? certificateAt(cloud, ACMCertificateArn) : undefined;
  if (!held)
    throw new AwsError(
      "InvalidViewerCertificate",
      "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name.",
    );
  const names = new Set(held.names.map((name) => name.toLowerCase()));
  for (const alias of aliases) {
    const lower = alias.toLowerCase();
    if (!names.has(lower) && !names.has(`*${lower.slice(lower.indexOf("."))}`))
      throw new AwsError(
        "InvalidViewerCertificate",
        `The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) that you're trying to add: ${alias}.`,
      );
  }
  for (const other of distributions(cloud).list(everywhere)) {
    if (other.id === id) continue;
    const taken = (other.config.Aliases?.Items ?? []).some((name) => aliases.some((alias) => alias.toLowerCase() === name.toLowerCase()));
    if (taken)
      throw new AwsError(
        "CNAMEAlreadyExists",
        "One or more of the CNAMEs you provided are already associated with a different resource.",
        409,
      );
  }
}
