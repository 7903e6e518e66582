/** AWS's managed cache policies. Source: CloudFront Developer Guide, "Use managed cache policies". */
import type { CachePolicyConfig } from "@aws-sdk/client-cloudfront";

const names = (Items: string[]) => ({ Quantity: Items.length, Items });

function policy(
  id: string,
  Name: string,
  [MinTTL, DefaultTTL, MaxTTL]: [number, number, number],
  {
    compressed,
    headers = [],
    cookies = "none",
    query = "none",
  }: { compressed: boolean; headers?: string[]; cookies?: "none" | "all"; query?: "none" | "all" | string[] },
): { id: string; config: CachePolicyConfig } {
  return {
    id,
    config: {
      Comment: "",
      Name: `Managed-${Name}`,
      MinTTL,
      DefaultTTL,
      MaxTTL,
      ParametersInCacheKeyAndForwardedToOrigin: {
        EnableAcceptEncodingGzip: compressed,
        EnableAcceptEncodingBrotli: compressed,
        HeadersConfig: headers.length === 0 ? { HeaderBehavior: "none" } : { HeaderBehavior: "whitelist", Headers: names(headers) },
        CookiesConfig: { CookieBehavior: cookies },
        QueryStringsConfig: Array.isArray(query)
          ? { QueryStringBehavior: "whitelist", QueryStrings: names(query) }
          : { QueryStringBehavior: query },
      },
    },
  };
}

const yearSeconds = 31_536_000;
const daySeconds = 86_400;
const overrides = ["x-http-method-override", "origin", "host", "x-http-method", "x-method-override"];

export const managedCachePolicies = [
  policy("2e54312d-136d-493c-8eb9-b001f22f67d2", "Amplify", [2, 2, 600], {
    compressed: true,
    headers: ["Authorization", "CloudFront-Viewer-Country", "Host"],
    cookies: "all",
    query: "all",
  }),
  policy("4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "CachingDisabled", [0, 0, 0], { compressed: false }),
  policy("658327ea-f89d-4fab-a63d-7e88639e58f6", "CachingOptimized", [1, daySeconds, yearSeconds], { compressed: true }),
  policy("b2884449-e4de-46a7-ac36-70bc7f1ddd6d", "CachingOptimizedForUncompressedObjects", [1, daySeconds, yearSeconds], {
    compressed: false,
  }),
  policy("08627262-05a9-4f76-9ded-b50ca2e3a84f", "Elemental-MediaPackage", [0, daySeconds, yearSeconds], {
    compressed: true,
    headers: ["Origin"],
    query: ["aws.manifestfilter", "start", "end", "m"],
  }),
  policy("83da9c7e-98b4-4e11-a168-04f0df8e2c65", "UseOriginCacheControlHeaders", [0, 0, yearSeconds], {
    compressed: true,
    headers: overrides,
    cookies: "all",
  }),
  policy("4cc15a8a-d715-48a4-82b8-cc0b614638fe", "UseOriginCacheControlHeaders-QueryStrings", [0, 0, yearSeconds], {
    compressed: true,
    headers: overrides,
    cookies: "all",
    query: "all",
  }),
];
