/** No policy allows everything on everything. */
import { asList } from "../facts.ts";
import { policiesOf } from "../reach/permissions.ts";
import { statementsOf } from "../reach/statements.ts";
import type { Rule } from "../rule.ts";

const types = [
  "AWS::IAM::Role",
  "AWS::IAM::Policy",
  "AWS::IAM::ManagedPolicy",
  "AWS::IAM::User",
  "AWS::IAM::Group",
  "AWS::IAM::RolePolicy",
  "AWS::IAM::UserPolicy",
];

export const rule: Rule = {
  id: "admin-policy",
  severity: "high",
  controls: ["IAM.1"],
  types,
  reason: "Whoever gets hold of the role has the account.",
  remedy: "Name the actions and the resources.",
  find: (facts) => [
    ...policiesOf(facts).flatMap(({ document, holder }) =>
      statementsOf(document)
        .filter(
          ({ effect, actions, resources, notActions }) =>
            effect === "Allow" && !notActions && actions.some((action) => action === "*" || action === "*:*") && resources.includes("*"),
        )
        .map(() => ({ resource: holder, what: "it allows every action on everything" })),
    ),
    ...facts
      .ofType("AWS::IAM::Role", "AWS::IAM::User")
      .filter(({ properties }) => asList(properties["ManagedPolicyArns"]).some((arn) => String(arn).endsWith("/AdministratorAccess")))
      .map((resource) => ({ resource, what: "it has AdministratorAccess" })),
  ],
};
