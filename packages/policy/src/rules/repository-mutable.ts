/** A tag of an image stays what it was. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ECR::Repository"];

export const rule: Rule = {
  id: "repository-mutable",
  severity: "low",
  controls: ["ECR.2"],
  types,
  reason: "What runs tomorrow under the same name may be another program.",
  remedy: "ImageTagMutability: IMMUTABLE.",
  find: each(types, ({ properties }) => !String(properties["ImageTagMutability"] ?? "").startsWith("IMMUTABLE") && "its tags can be moved"),
};
