/** Buckets refuse requests without TLS. */
import { policiesOfResources } from "../reach/permissions.ts";
import { statementsOf } from "../reach/statements.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::S3::Bucket"];

export const rule: Rule = {
  id: "bucket-plaintext",
  severity: "medium",
  controls: ["S3.5", "CIS 2.1.1"],
  types,
  reason: "What is read and written may cross networks in the open.",
  remedy: "Add an AWS::S3::BucketPolicy that denies s3:* where aws:SecureTransport is false.",
  find: each(types, (bucket, facts) => {
    const denies = policiesOfResources(facts)
      .filter(({ about }) => about.includes(bucket.id))
      .flatMap(({ document }) => statementsOf(document))
      .some(({ effect, conditions }) => effect === "Deny" && JSON.stringify(conditions).includes("aws:SecureTransport"));
    return !denies && "no policy denies requests without TLS";
  }),
};
