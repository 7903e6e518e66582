/** Functions run on what is still mended. */
import { each, type Rule } from "../rule.ts";

/** Deprecated by AWS before 2026 (Lambda developer guide, runtimes). */
const old =
  /^(?:nodejs(?:4\.3|6\.10|8\.10|10\.x|12\.x|14\.x|16\.x|18\.x)?|python(?:2\.7|3\.[6-8])|ruby2\.[57]|ruby3\.2|java8|go1\.x|dotnetcore.*|dotnet[567]|provided)$/;

const types = ["AWS::Lambda::Function"];

export const rule: Rule = {
  id: "lambda-old-runtime",
  severity: "medium",
  controls: ["Lambda.2"],
  types,
  reason: "AWS mends no holes in it any more, and will refuse to update it.",
  remedy: "Take a present runtime.",
  find: each(types, ({ properties }) => {
    const runtime = String(properties["Runtime"] ?? "");
    return old.test(runtime) && `Runtime is ${runtime}`;
  }),
};
