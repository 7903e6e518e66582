/** Who may read a bucket is said by policies alone. */
import { asRecord, asRecords } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::S3::Bucket"];

export const rule: Rule = {
  id: "bucket-acl",
  severity: "medium",
  controls: ["S3.12"],
  types,
  reason: "ACLs are a second list of permissions that nobody looks at.",
  remedy: "Leave out AccessControl; keep ObjectOwnership at BucketOwnerEnforced.",
  find: each(types, ({ properties }) => {
    const owner = asRecords(asRecord(properties["OwnershipControls"])["Rules"]).map((one) => one["ObjectOwnership"]);
    if (properties["AccessControl"] !== undefined && properties["AccessControl"] !== "Private")
      return `AccessControl is ${String(properties["AccessControl"])}`;
    return owner.some((one) => one !== "BucketOwnerEnforced") && "ACLs are in force";
  }),
};
