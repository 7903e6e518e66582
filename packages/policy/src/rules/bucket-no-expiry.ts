/** What nobody needs any more goes by itself. */
import { asRecord, asRecords } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::S3::Bucket"];

export const rule: Rule = {
  id: "bucket-no-expiry",
  severity: "low",
  controls: ["S3.13"],
  types,
  reason: "Uploads that broke off, and old versions, are paid for for ever.",
  remedy: "Add a LifecycleConfiguration: in the app expire.",
  find: each(
    types,
    ({ properties }) => asRecords(asRecord(properties["LifecycleConfiguration"])["Rules"]).length === 0 && "it has no lifecycle rule",
  ),
};
