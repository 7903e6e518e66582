/** AWS::CloudFront::CloudFrontOriginAccessIdentity. */
import { resource } from "../../../resource.ts";
import { configuredResource } from "./configured-resource.ts";

export const originAccessIdentity = resource(
  "AWS::CloudFront::CloudFrontOriginAccessIdentity",
  configuredResource({
    kind: "origin-access-identity",
    name: "CloudFrontOriginAccessIdentity",
    property: "CloudFrontOriginAccessIdentityConfig",
    coverage: { real: ["CloudFrontOriginAccessIdentityConfig"], recorded: ["CloudFrontOriginAccessIdentityConfig.Comment"] },
    added: ({ token }) => ({ CallerReference: token }),
  }),
);
