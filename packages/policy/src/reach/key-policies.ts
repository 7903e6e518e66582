/**
 * What is peculiar to the policies of KMS keys: a key's own policy decides, and those of roles count only where it leaves that to the account
 * (KMS developer guide, "Default key policy"; "kms:ViaService").
 */
import { asList, asRecord, type Facts } from "../facts.ts";
import { type Statement, statementsOf } from "./statements.ts";

/** `arn:aws:iam::123456789012:root`, or the account's number alone: not its root user, but whomever the account's policies allow it. */
const account = /^(?:arn:[^:]+:iam::(?:\d{12}|\$\{AWS::AccountId\}):root|\d{12}|\$\{AWS::AccountId\})$/u;

export const isAccount = (principal: string): boolean => account.test(principal);

/** Whether a statement of a key lets the policies of roles decide. */
export const leavesItToPolicies = ({ effect, actions, principals, conditions }: Statement): boolean =>
  effect === "Allow" &&
  Object.keys(conditions).length === 0 &&
  actions.some((action) => action === "kms:*" || action === "*") &&
  principals.some(isAccount);

/** The ids of the keys of which no role's policy decides anything. */
export function keysOfTheirOwn(facts: Facts): Set<string> {
  const keys = facts.ofType("AWS::KMS::Key").filter(({ properties }) => {
    const policy = properties["KeyPolicy"];
    // A key without a policy gets the default one, which leaves it to the account.
    return policy !== undefined && !statementsOf(policy).some(leavesItToPolicies);
  });
  return new Set(keys.map(({ id }) => id));
}

/** The values that conditions want for a key, whatever the operator. */
const wanted = (conditions: Statement["conditions"], key: string): string[] =>
  Object.entries(conditions).flatMap(([operator, keys]) =>
    operator.includes("Not")
      ? []
      : Object.entries(asRecord(keys)).flatMap(([name, values]) => (name.toLowerCase() === key ? asList(values).map(String) : [])),
  );

/** The services through which alone a statement holds: `secretsmanager` of `secretsmanager.eu-central-1.amazonaws.com`. */
export function servicesBetween({ conditions }: Pick<Statement, "conditions">): string[] | undefined {
  const services = wanted(conditions, "kms:viaservice").map((service) => service.replace(/\..*$/u, ""));
  return services.length > 0 ? [...new Set(services)] : undefined;
}

/** Whether "everybody" means those of one account. */
export const isOfAccount = (conditions: Statement["conditions"]): boolean =>
  ["kms:calleraccount", "aws:principalaccount"].some((key) =>
    wanted(conditions, key).some((value) => /^(?:\d{12}|\$\{AWS::AccountId\})$/u.test(value)),
  );
