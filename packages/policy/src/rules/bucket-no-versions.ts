/** Objects in production that are overwritten or deleted can be had back. */
import { asRecord } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::S3::Bucket"];

export const rule: Rule = {
  id: "bucket-no-versions",
  severity: "low",
  controls: ["S3.14"],
  production: true,
  types,
  reason: "A wrong delete is for good.",
  remedy: "Set VersioningConfiguration: { Status: Enabled }: in the app versions: true.",
  find: each(types, ({ properties }) => asRecord(properties["VersioningConfiguration"])["Status"] !== "Enabled" && "it keeps no versions"),
};
