/** Secrets in production change by themselves. */
import { asRecord, type Facts, type Resource } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::SecretsManager::Secret"];

export const rule: Rule = {
  id: "secret-no-rotation",
  severity: "low",
  controls: ["SecretsManager.1"],
  production: true,
  types,
  reason: "A secret that leaked once opens the door for years.",
  remedy:
    'Add an AWS::SecretsManager::RotationSchedule (rotate: "30 days" of a database or cache), or change it by hand: plinth secrets set.',
  find: each(
    types,
    (secret, facts) =>
      !facts.ofType("AWS::SecretsManager::RotationSchedule").some((one) => rotates(one, facts).includes(secret.id)) && "nothing rotates it",
  ),
};

/** The secret itself, and those that its function is told of: the logins behind a connection change with it. */
function rotates({ properties }: Resource, { named, allNamed }: Facts): string[] {
  const { Variables } = asRecord(named(properties["RotationLambdaARN"])?.properties["Environment"]);
  return [properties["SecretId"], ...Object.values(asRecord(Variables))].flatMap((value) => allNamed(value).map(({ id }) => id));
}
