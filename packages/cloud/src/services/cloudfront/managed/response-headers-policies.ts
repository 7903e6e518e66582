/** AWS's managed response headers policies. Source: CloudFront Developer Guide, "Use managed response headers policies". */
import type { ResponseHeadersPolicyConfig } from "@aws-sdk/client-cloudfront";

const list = <T extends string>(...Items: T[]) => ({ Quantity: Items.length, Items });
const simple: NonNullable<ResponseHeadersPolicyConfig["CorsConfig"]> = {
  AccessControlAllowOrigins: list("*"),
  AccessControlAllowHeaders: list("*"),
  AccessControlAllowMethods: list("GET", "HEAD"),
  AccessControlAllowCredentials: false,
  OriginOverride: false,
};
const preflight: NonNullable<ResponseHeadersPolicyConfig["CorsConfig"]> = {
  ...simple,
  AccessControlAllowMethods: list("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"),
  AccessControlExposeHeaders: list("*"),
};
const security: NonNullable<ResponseHeadersPolicyConfig["SecurityHeadersConfig"]> = {
  XSSProtection: { Override: false, Protection: true, ModeBlock: true },
  FrameOptions: { Override: false, FrameOption: "SAMEORIGIN" },
  ReferrerPolicy: { Override: false, ReferrerPolicy: "strict-origin-when-cross-origin" },
  ContentTypeOptions: { Override: true },
  StrictTransportSecurity: { Override: false, IncludeSubdomains: false, Preload: false, AccessControlMaxAgeSec: 31_536_000 },
};

const policy = (id: string, Name: string, config: Omit<ResponseHeadersPolicyConfig, "Name">) => ({
  id,
  config: { Comment: "", Name: `Managed-${Name}`, ...config } satisfies ResponseHeadersPolicyConfig,
});

export const managedResponseHeadersPolicies = [
  policy("e61eb60c-9c35-4d20-a928-2b84e02af89c", "CORS-and-SecurityHeadersPolicy", { CorsConfig: simple, SecurityHeadersConfig: security }),
  policy("5cc3b908-e619-4b99-88e5-2cf7f45965bd", "CORS-With-Preflight", { CorsConfig: preflight }),
  policy("eaab4381-ed33-4a86-88ca-d9558dc6cd63", "CORS-with-preflight-and-SecurityHeadersPolicy", {
    CorsConfig: preflight,
    SecurityHeadersConfig: security,
  }),
  policy("67f7725c-6f97-4210-82d7-5512b31e9d03", "SecurityHeadersPolicy", { SecurityHeadersConfig: security }),
  policy("60669652-455b-4ae9-85a4-c4c02393f86c", "SimpleCORS", { CorsConfig: simple }),
];
