/** AWS::CloudFront::OriginAccessControl. */
import { resource } from "../../../resource.ts";
import { configuredResource } from "./configured-resource.ts";

export const originAccessControl = resource(
  "AWS::CloudFront::OriginAccessControl",
  configuredResource({
    kind: "origin-access-control",
    name: "OriginAccessControl",
    property: "OriginAccessControlConfig",
    coverage: {
      real: ["OriginAccessControlConfig"],
      recorded: ["OriginAccessControlConfig.Description"],
      note: "For buckets; a distribution with one for other kinds of origins is refused.",
    },
  }),
);
