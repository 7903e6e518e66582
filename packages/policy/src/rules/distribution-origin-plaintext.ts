/** CloudFront speaks encrypted to its origins. */
import { asRecord, asRecords } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::CloudFront::Distribution"];

export const rule: Rule = {
  id: "distribution-origin-plaintext",
  severity: "medium",
  controls: ["CloudFront.9"],
  types,
  reason: "What the visitor sent encrypted goes on in the open.",
  remedy: "OriginProtocolPolicy: https-only.",
  find: each(types, ({ properties }) => {
    const open = asRecords(asRecord(properties["DistributionConfig"])["Origins"]).filter((one) =>
      ["http-only", "match-viewer"].includes(String(asRecord(one["CustomOriginConfig"])["OriginProtocolPolicy"])),
    );
    return open.length > 0 && `it speaks HTTP to ${open.map((one) => String(one["Id"])).join(", ")}`;
  }),
};
