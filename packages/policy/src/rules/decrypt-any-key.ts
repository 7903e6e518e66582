/** No policy of an identity lets it decrypt with every key. */
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

/** Those that KMS.1 and KMS.2 name. */
const decrypts = ["kms:decrypt", "kms:reencryptfrom"];

export const rule: Rule = {
  id: "decrypt-any-key",
  severity: "medium",
  controls: ["KMS.1", "KMS.2"],
  types,
  reason: "What any key of the account protects is open to whoever gets hold of it.",
  remedy: "Name the keys in Resource, or the service in a Condition on kms:ViaService.",
  find: (facts) =>
    policiesOf(facts).flatMap(({ document, holder }) =>
      statementsOf(document)
        .filter(
          ({ effect, actions, resources, notActions, conditions }) =>
            effect === "Allow" &&
            !notActions &&
            Object.keys(conditions).length === 0 &&
            // Few policies name everything: the actions are compared of those alone.
            resources.some((resource) => resource === "*" || /^arn:aws:kms:[^:]*:[^:]*:key\/\*$/u.test(resource)) &&
            actions.some((action) => decrypts.some((each) => matches(action, each))),
        )
        .map(() => ({ resource: holder, what: "it may decrypt with every key" })),
    ),
};

/** `kms:*` and patterns like it; `*` alone is another rule's. */
function matches(pattern: string, action: string): boolean {
  const text = pattern.toLowerCase();
  if (!text.startsWith("kms:")) return false;
  return new RegExp(
    `^${text
      .replaceAll(/[.+^${}()|[\]\\]/gu, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
    "u",
  ).test(action);
}
