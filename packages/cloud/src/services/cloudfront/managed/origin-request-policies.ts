/** AWS's managed origin request policies. Source: CloudFront Developer Guide, "Use managed origin request policies". */
import type { OriginRequestPolicyConfig } from "@aws-sdk/client-cloudfront";

function policy(
  id: string,
  Name: string,
  HeaderBehavior: "whitelist" | "allViewer" | "allViewerAndWhitelistCloudFront" | "allExcept",
  headers: string[],
  rest: "none" | "all",
): { id: string; config: OriginRequestPolicyConfig } {
  return {
    id,
    config: {
      Comment: "",
      Name: `Managed-${Name}`,
      HeadersConfig: { HeaderBehavior, ...(headers.length > 0 && { Headers: { Quantity: headers.length, Items: headers } }) },
      CookiesConfig: { CookieBehavior: rest },
      QueryStringsConfig: { QueryStringBehavior: rest },
    },
  };
}

const cloudFront = (
  "Is-Android-Viewer Is-Desktop-Viewer Is-IOS-Viewer Is-Mobile-Viewer Is-SmartTV-Viewer Is-Tablet-Viewer Viewer-Address Viewer-ASN Viewer-City Viewer-Country " +
  "Viewer-Country-Name Viewer-Country-Region Viewer-Country-Region-Name Viewer-Http-Version Viewer-Latitude Viewer-Longitude Viewer-Metro-Code " +
  "Viewer-Postal-Code Viewer-Time-Zone Viewer-TLS Forwarded-Proto"
)
  .split(" ")
  .map((name) => `CloudFront-${name}`);

export const managedOriginRequestPolicies = [
  policy("216adef6-5c7f-47e4-b989-5492eafa07d3", "AllViewer", "allViewer", [], "all"),
  policy(
    "33f36d7e-f396-46d9-90e0-52428a34d9dc",
    "AllViewerAndCloudFrontHeaders-2022-06",
    "allViewerAndWhitelistCloudFront",
    cloudFront,
    "all",
  ),
  policy("b689b0a8-53d0-40ab-baf2-68738e2966ac", "AllViewerExceptHostHeader", "allExcept", ["Host"], "all"),
  policy("59781a5b-3903-41f3-afcb-af62929ccde1", "CORS-CustomOrigin", "whitelist", ["Origin"], "none"),
  policy(
    "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
    "CORS-S3Origin",
    "whitelist",
    ["Access-Control-Request-Headers", "Access-Control-Request-Method", "Origin"],
    "none",
  ),
  policy(
    "775133bc-15f2-49f9-abea-afb2e0bf67d2",
    "Elemental-MediaTailor-PersonalizedManifests",
    "whitelist",
    ["Access-Control-Request-Headers", "Access-Control-Request-Method", "Origin", "User-Agent", "X-Forwarded-For"],
    "all",
  ),
  policy("bf0718e1-ba1e-49d1-88b1-f726733018ae", "HostHeaderOnly", "whitelist", ["Host"], "none"),
  policy("acba4595-bd28-49b8-b9fe-13317c0390fa", "UserAgentRefererHeaders", "whitelist", ["Referer", "User-Agent"], "none"),
];
