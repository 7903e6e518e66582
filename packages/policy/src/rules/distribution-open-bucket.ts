/** CloudFront signs what it asks of buckets. */
import { asRecord, asRecords } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::CloudFront::Distribution"];

export const rule: Rule = {
  id: "distribution-open-bucket",
  severity: "medium",
  controls: ["CloudFront.13"],
  types,
  reason: "The bucket must be public, or the page stays empty.",
  remedy: "Give the origin an OriginAccessControlId.",
  find: each(types, ({ properties }) => {
    const open = asRecords(asRecord(properties["DistributionConfig"])["Origins"]).filter(
      (one) => one["S3OriginConfig"] !== undefined && one["OriginAccessControlId"] === undefined,
    );
    return open.length > 0 && `${open.map((one) => String(one["Id"])).join(", ")} has no origin access control`;
  }),
};
