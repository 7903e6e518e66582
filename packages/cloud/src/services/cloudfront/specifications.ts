/** What the data plane is told, made from the records. */
import type { CachePolicyConfig, OriginRequestPolicyConfig, ResponseHeadersPolicyConfig } from "@aws-sdk/client-cloudfront";
import type { Cloud } from "../../cloud.ts";
import { certificateAt } from "../../runtime/certificates.ts";
import type {
  BehaviorSpec,
  EdgeSpec,
  FunctionSpec,
  OriginSpec,
  ResponseHeadersSpec,
  Selection,
  SelectionSpec,
} from "../../runtime/edge/specification.ts";
import { type AnyBehavior, behaviorsOf } from "./behaviors-of.ts";
import { findConfigured } from "./configured.ts";
import { bucketOf } from "./distribution-config.ts";
import { type DistributionRecord, everywhere, functions } from "./records.ts";

const nothing: Selection = { mode: "none", names: [] };
const lower = (names: readonly string[] | undefined) => (names ?? []).map((name) => name.toLowerCase());

export function edgeSpec(cloud: Cloud, { id, arn, config, domainName, address, ports, entryPort }: DistributionRecord): EdgeSpec {
  const { ViewerCertificate, OriginGroups, CustomErrorResponses } = config;
  const certificateArn = ViewerCertificate?.ACMCertificateArn;
  return {
    arn,
    id,
    address,
    ports,
    entryPort,
    domainName,
    aliases: lower(config.Aliases?.Items),
    enabled: config.Enabled === true,
    rootObject: config.DefaultRootObject ?? "",
    behaviors: behaviorsOf(config).map((behavior) => behaviorSpec(cloud, behavior)),
    origins: (config.Origins?.Items ?? []).map((origin): OriginSpec => {
      const { CustomOriginConfig, S3OriginConfig, OriginAccessControlId, DomainName = "" } = origin;
      const access = OriginAccessControlId ? findConfigured(cloud, "origin-access-control", OriginAccessControlId) : undefined;
      return {
        id: origin.Id!,
        domainName: DomainName,
        path: origin.OriginPath ?? "",
        headers: (origin.CustomHeaders?.Items ?? []).map(
          ({ HeaderName = "", HeaderValue = "" }) => [HeaderName.toLowerCase(), HeaderValue] as const,
        ),
        attempts: origin.ConnectionAttempts ?? 3,
        connectTimeoutMs: (origin.ConnectionTimeout ?? 10) * 1000,
        readTimeoutMs: (CustomOriginConfig?.OriginReadTimeout ?? S3OriginConfig?.OriginReadTimeout ?? 30) * 1000,
        kind: CustomOriginConfig
          ? {
              type: "custom",
              protocol: CustomOriginConfig.OriginProtocolPolicy!,
              httpPort: CustomOriginConfig.HTTPPort ?? 80,
              httpsPort: CustomOriginConfig.HTTPSPort ?? 443,
            }
          : {
              type: "bucket",
              bucket: bucketOf(DomainName) ?? "",
              signed: (access?.config.SigningBehavior ?? "never") as "always",
              ...(S3OriginConfig?.OriginAccessIdentity && { identity: S3OriginConfig.OriginAccessIdentity }),
            },
      };
    }),
    groups: (OriginGroups?.Items ?? []).map(({ Id, Members, FailoverCriteria }) => ({
      id: Id!,
      members: (Members?.Items ?? []).map(({ OriginId }) => OriginId!),
      statuses: FailoverCriteria?.StatusCodes?.Items ?? [],
    })),
    errors: (CustomErrorResponses?.Items ?? []).map(({ ErrorCode, ErrorCachingMinTTL, ResponsePagePath, ResponseCode }) => ({
      status: ErrorCode!,
      cachedSeconds: ErrorCachingMinTTL ?? 10,
      page: ResponsePagePath ? { path: ResponsePagePath, status: Number(ResponseCode) } : undefined,
    })),
    http2: config.HttpVersion !== "http1.1" && config.HttpVersion !== "http3",
    certificate: certificateArn ? certificateAt(cloud, certificateArn) : undefined,
    minimumTls: tlsOf(ViewerCertificate?.MinimumProtocolVersion ?? "TLSv1"),
  };
}

/** `TLSv1.2_2021` names a version and the year of a list of ciphers. */
function tlsOf(policy: string): EdgeSpec["minimumTls"] {
  const version = /^TLSv1(?:\.\d)?/.exec(policy)?.[0];
  return version === "TLSv1.1" || version === "TLSv1.2" || version === "TLSv1.3" ? version : "TLSv1";
}

function behaviorSpec(cloud: Cloud, behavior: AnyBehavior): BehaviorSpec {
  const cached = behavior.CachePolicyId ? findConfigured(cloud, "cache-policy", behavior.CachePolicyId) : undefined;
  const forwarded = behavior.OriginRequestPolicyId
    ? findConfigured(cloud, "origin-request-policy", behavior.OriginRequestPolicyId)
    : undefined;
  const headers = behavior.ResponseHeadersPolicyId
    ? findConfigured(cloud, "response-headers-policy", behavior.ResponseHeadersPolicyId)
    : undefined;
  const called = (type: string): FunctionSpec | undefined => {
    const arn = (behavior.FunctionAssociations?.Items ?? []).find(({ EventType }) => EventType === type)?.FunctionARN;
    const found = arn === undefined ? undefined : functions(cloud).get(everywhere, arn.slice(arn.lastIndexOf("/") + 1));
    return found?.live && { name: found.name, etag: found.live.etag, code: Buffer.from(found.live.code, "base64").toString("utf8") };
  };
  return {
    pattern: behavior.PathPattern ?? "*",
    targetId: behavior.TargetOriginId!,
    viewerProtocol: behavior.ViewerProtocolPolicy!,
    methods: behavior.AllowedMethods?.Items ?? ["GET", "HEAD"],
    cachedMethods: behavior.AllowedMethods?.CachedMethods?.Items ?? ["GET", "HEAD"],
    compress: behavior.Compress === true,
    ...(cached ? byPolicies(cached.config, forwarded?.config) : bySettings(behavior)),
    responseHeaders: headers && responseHeadersSpec(headers.config),
    functions: { viewerRequest: called("viewer-request"), viewerResponse: called("viewer-response") },
  };
}

type Forwarding = Pick<BehaviorSpec, "key" | "forwarded" | "legacy" | "ttl">;

/** Where a policy leaves the times out, these hold (API reference, CachePolicyConfig). */
const defaultSeconds = 86_400;
const longestSeconds = 31_536_000;

function byPolicies(cached: CachePolicyConfig, forwarded: OriginRequestPolicyConfig | undefined): Forwarding {
  const { ParametersInCacheKeyAndForwardedToOrigin: parameters, MinTTL = 0 } = cached;
  const { HeadersConfig, CookiesConfig, QueryStringsConfig } = parameters ?? {};
  return {
    key: {
      headers: selection(HeadersConfig?.HeaderBehavior, HeadersConfig?.Headers?.Items, true),
      cookies: selection(CookiesConfig?.CookieBehavior, CookiesConfig?.Cookies?.Items),
      query: selection(QueryStringsConfig?.QueryStringBehavior, QueryStringsConfig?.QueryStrings?.Items),
      gzip: parameters?.EnableAcceptEncodingGzip === true,
      brotli: parameters?.EnableAcceptEncodingBrotli === true,
    },
    forwarded: forwarded
      ? {
          headers: forwardedHeaders(forwarded.HeadersConfig),
          cookies: selection(forwarded.CookiesConfig?.CookieBehavior, forwarded.CookiesConfig?.Cookies?.Items),
          query: selection(forwarded.QueryStringsConfig?.QueryStringBehavior, forwarded.QueryStringsConfig?.QueryStrings?.Items),
        }
      : { headers: nothing, cookies: nothing, query: nothing },
    legacy: false,
    ttl: {
      minSeconds: MinTTL,
      defaultSeconds: Math.max(MinTTL, cached.DefaultTTL ?? defaultSeconds),
      maxSeconds: Math.max(MinTTL, cached.MaxTTL ?? longestSeconds),
    },
  };
}

function selection(mode: string | undefined, names: readonly string[] | undefined, inLower = false): Selection {
  return { mode: (mode ?? "none") as Selection["mode"], names: inLower ? lower(names) : (names ?? []) };
}

function forwardedHeaders(config: OriginRequestPolicyConfig["HeadersConfig"]): Selection {
  const names = lower(config?.Headers?.Items);
  // The names beside `all` are CloudFront's own, which come only when asked for.
  if (config?.HeaderBehavior === "allViewer" || config?.HeaderBehavior === "allViewerAndWhitelistCloudFront") return { mode: "all", names };
  return { mode: (config?.HeaderBehavior ?? "none") as Selection["mode"], names };
}

/** The older settings: what goes to the origin also tells cached answers apart, but for queries with keys of their own. */
function bySettings({
  ForwardedValues,
  MinTTL = 0,
  DefaultTTL = defaultSeconds,
  MaxTTL = longestSeconds,
  Compress,
}: AnyBehavior): Forwarding {
  const headers = lower(ForwardedValues?.Headers?.Items);
  const all = headers.includes("*");
  const cookies = ForwardedValues?.Cookies;
  const keys = ForwardedValues?.QueryStringCacheKeys?.Items ?? [];
  const query: Selection = { mode: ForwardedValues?.QueryString === true ? "all" : "none", names: [] };
  const shared: SelectionSpec = {
    headers: all ? { mode: "all", names: [] } : headers.length > 0 ? { mode: "whitelist", names: headers } : nothing,
    cookies: selection(cookies?.Forward, cookies?.WhitelistedNames?.Items),
    query,
  };
  return {
    key: {
      ...shared,
      query: query.mode === "all" && keys.length > 0 ? { mode: "whitelist", names: keys } : query,
      gzip: Compress === true,
      brotli: false,
    },
    forwarded: shared,
    legacy: true,
    // With all headers nothing is kept (Developer Guide, "Cache content based on request headers").
    ttl: all
      ? { minSeconds: 0, defaultSeconds: 0, maxSeconds: 0 }
      : { minSeconds: MinTTL, defaultSeconds: Math.max(MinTTL, DefaultTTL), maxSeconds: Math.max(MinTTL, MaxTTL) },
  };
}

function responseHeadersSpec({
  CorsConfig: cors,
  SecurityHeadersConfig: security,
  CustomHeadersConfig: custom,
  RemoveHeadersConfig: removed,
  ServerTimingHeadersConfig: timing,
}: ResponseHeadersPolicyConfig): ResponseHeadersSpec {
  const set: { name: string; value: string; override: boolean }[] = [];
  const put = (name: string, value: string | undefined, override: boolean | undefined) => {
    if (value !== undefined) set.push({ name, value, override: override === true });
  };
  const { StrictTransportSecurity: hsts, XSSProtection: xss } = security ?? {};
  if (hsts)
    put(
      "strict-transport-security",
      `max-age=${hsts.AccessControlMaxAgeSec}${hsts.IncludeSubdomains ? "; includeSubDomains" : ""}${hsts.Preload ? "; preload" : ""}`,
      hsts.Override,
    );
  if (security?.ContentTypeOptions) put("x-content-type-options", "nosniff", security.ContentTypeOptions.Override);
  put("x-frame-options", security?.FrameOptions?.FrameOption, security?.FrameOptions?.Override);
  put("referrer-policy", security?.ReferrerPolicy?.ReferrerPolicy, security?.ReferrerPolicy?.Override);
  put("content-security-policy", security?.ContentSecurityPolicy?.ContentSecurityPolicy, security?.ContentSecurityPolicy?.Override);
  if (xss)
    put(
      "x-xss-protection",
      xss.Protection ? `1${xss.ModeBlock ? "; mode=block" : ""}${xss.ReportUri ? `; report=${xss.ReportUri}` : ""}` : "0",
      xss.Override,
    );
  for (const { Header = "", Value, Override } of custom?.Items ?? []) put(Header.toLowerCase(), Value, Override);
  return {
    set,
    remove: lower(removed?.Items?.map(({ Header = "" }) => Header)),
    cors: cors && {
      origins: cors.AccessControlAllowOrigins?.Items ?? [],
      methods: cors.AccessControlAllowMethods?.Items ?? [],
      headers: cors.AccessControlAllowHeaders?.Items ?? [],
      exposed: cors.AccessControlExposeHeaders?.Items ?? [],
      credentials: cors.AccessControlAllowCredentials === true,
      maxAgeSeconds: cors.AccessControlMaxAgeSec,
      override: cors.OriginOverride === true,
    },
    serverTimingPercent: timing?.Enabled ? (timing.SamplingRate ?? 0) : 0,
  };
}
