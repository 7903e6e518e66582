/** Secrets in production change by themselves. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::SecretsManager::Secret"];

export const rule: Rule = {
  id: "secret-no-rotation",
  severity: "low",
  controls: ["SecretsManager.1"],
  production: true,
  types,
  reason: "A secret that leaked once opens the door for years.",
  remedy: "Add an AWS::SecretsManager::RotationSchedule, or change it by hand: plinth secrets set.",
  find: each(
    types,
    (secret, { ofType, named }) =>
      !ofType("AWS::SecretsManager::RotationSchedule").some(({ properties }) => named(properties["SecretId"])?.id === secret.id) &&
      "nothing rotates it",
  ),
};
