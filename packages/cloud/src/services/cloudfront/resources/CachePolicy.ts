/** AWS::CloudFront::CachePolicy. */
import { resource } from "../../../resource.ts";
import { configuredResource } from "./configured-resource.ts";

export const cachePolicy = resource(
  "AWS::CloudFront::CachePolicy",
  configuredResource({
    kind: "cache-policy",
    name: "CachePolicy",
    property: "CachePolicyConfig",
    coverage: {
      real: ["CachePolicyConfig"],
      recorded: ["CachePolicyConfig.Comment"],
      note: "Headers by which CloudFront tells where a viewer is (`CloudFront-Viewer-Country`, …) are absent on loopback.",
    },
  }),
);
