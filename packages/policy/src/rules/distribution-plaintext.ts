/** CloudFront takes encrypted requests only. */
import { asRecord, asRecords } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::CloudFront::Distribution"];

export const rule: Rule = {
  id: "distribution-plaintext",
  severity: "medium",
  controls: ["CloudFront.3"],
  types,
  reason: "Passwords and sessions cross the internet in the open.",
  remedy: "ViewerProtocolPolicy: redirect-to-https, or https-only.",
  find: each(types, ({ properties }) => {
    const { DefaultCacheBehavior, CacheBehaviors } = asRecord(properties["DistributionConfig"]);
    const open = [...asRecords(DefaultCacheBehavior), ...asRecords(CacheBehaviors)].some(
      (one) => one["ViewerProtocolPolicy"] === "allow-all",
    );
    return open && "it takes HTTP";
  }),
};
