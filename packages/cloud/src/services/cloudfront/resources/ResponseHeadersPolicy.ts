/** AWS::CloudFront::ResponseHeadersPolicy. */
import { resource } from "../../../resource.ts";
import { configuredResource } from "./configured-resource.ts";

export const responseHeadersPolicy = resource(
  "AWS::CloudFront::ResponseHeadersPolicy",
  configuredResource({
    kind: "response-headers-policy",
    name: "ResponseHeadersPolicy",
    property: "ResponseHeadersPolicyConfig",
    coverage: { real: ["ResponseHeadersPolicyConfig"], recorded: ["ResponseHeadersPolicyConfig.Comment"] },
  }),
);
