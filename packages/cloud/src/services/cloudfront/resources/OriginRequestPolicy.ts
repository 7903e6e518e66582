/** AWS::CloudFront::OriginRequestPolicy. */
import { resource } from "../../../resource.ts";
import { configuredResource } from "./configured-resource.ts";

export const originRequestPolicy = resource(
  "AWS::CloudFront::OriginRequestPolicy",
  configuredResource({
    kind: "origin-request-policy",
    name: "OriginRequestPolicy",
    property: "OriginRequestPolicyConfig",
    coverage: { real: ["OriginRequestPolicyConfig"], recorded: ["OriginRequestPolicyConfig.Comment"] },
  }),
);
