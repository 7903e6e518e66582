/** Not everybody may call a function. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::Lambda::Permission", "AWS::Lambda::Url"];

export const rule: Rule = {
  id: "lambda-public",
  severity: "high",
  controls: ["Lambda.1"],
  types,
  reason: "Anybody may run it, at your cost.",
  remedy: "Name a SourceArn or a SourceAccount; AuthType AWS_IAM for a URL.",
  find: each(types, ({ type, properties }) =>
    type === "AWS::Lambda::Url"
      ? properties["AuthType"] === "NONE" && "its URL asks nobody who they are"
      : properties["Principal"] === "*" &&
        properties["SourceAccount"] === undefined &&
        properties["PrincipalOrgID"] === undefined &&
        "anybody may call it",
  ),
};
