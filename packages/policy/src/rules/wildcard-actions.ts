/** Policies name the actions that are needed. */
import { policiesOf } from "../reach/permissions.ts";
import { statementsOf } from "../reach/statements.ts";
import type { Rule } from "../rule.ts";

const types = ["AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"];

export const rule: Rule = {
  id: "wildcard-actions",
  severity: "medium",
  controls: ["IAM.21"],
  types,
  reason: "It allows what the service will be able to do tomorrow, too.",
  remedy: "Name the actions.",
  find: (facts) =>
    policiesOf(facts).flatMap(({ document, holder }) => {
      const wide = statementsOf(document).flatMap(({ effect, actions }) =>
        effect === "Allow" ? actions.filter((action) => /^[a-z0-9-]+:\*$/i.test(action)) : [],
      );
      return wide.length > 0 ? [{ resource: holder, what: `it allows ${[...new Set(wide)].join(", ")}` }] : [];
    }),
};
