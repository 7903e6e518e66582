/** No policy of a resource lets everybody in. */
import { policiesOfResources } from "../reach/permissions.ts";
import { statementsOf } from "../reach/statements.ts";
import type { Rule } from "../rule.ts";

const types = [
  "AWS::S3::BucketPolicy",
  "AWS::SQS::QueuePolicy",
  "AWS::SNS::TopicPolicy",
  "AWS::SecretsManager::ResourcePolicy",
  "AWS::ECR::Repository",
  "AWS::EFS::FileSystem",
  "AWS::KMS::Key",
];

export const rule: Rule = {
  id: "public-policy",
  severity: "high",
  controls: ["S3.2", "S3.3", "SNS.4", "SQS.3", "KMS.5"],
  types,
  reason: "Anybody with an AWS account, or anybody at all, may do so.",
  remedy: "Name a Principal, or a Condition on aws:SourceArn, aws:SourceAccount or aws:PrincipalOrgID.",
  find: (facts) =>
    policiesOfResources(facts).flatMap(({ document, holder }) =>
      statementsOf(document)
        .filter(
          ({ effect, principals, conditions }) => effect === "Allow" && principals.includes("*") && Object.keys(conditions).length === 0,
        )
        .map(({ actions }) => ({ resource: holder, what: `anybody may ${actions.join(", ")}` })),
    ),
};
