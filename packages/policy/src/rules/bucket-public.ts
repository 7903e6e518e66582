/** No bucket can be made public. */
import { asRecord, isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::S3::Bucket"];

export const rule: Rule = {
  id: "bucket-public",
  severity: "high",
  controls: ["S3.1", "S3.8", "CIS 2.1.4"],
  types,
  reason: "A wrong policy or ACL opens the bucket to everybody, and nothing stops it.",
  remedy: "Set all four of PublicAccessBlockConfiguration; serve public files through CloudFront.",
  find: each(types, ({ properties }) => {
    const block = asRecord(properties["PublicAccessBlockConfiguration"]);
    const open = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"].filter(
      (name) => !isTrue(block[name]),
    );
    return open.length > 0 && `${open.join(", ")} not set`;
  }),
};
