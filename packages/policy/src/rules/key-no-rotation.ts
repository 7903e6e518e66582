/** Keys change every year. */
import { isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::KMS::Key"];

export const rule: Rule = {
  id: "key-no-rotation",
  severity: "medium",
  controls: ["KMS.4", "CIS 3.6"],
  types,
  reason: "A key that leaked once opens everything for years.",
  remedy: "Set EnableKeyRotation to true.",
  find: each(
    types,
    ({ properties }) =>
      (properties["KeySpec"] ?? "SYMMETRIC_DEFAULT") === "SYMMETRIC_DEFAULT" &&
      !isTrue(properties["EnableKeyRotation"]) &&
      "EnableKeyRotation is not set",
  ),
};
