/** Topics are encrypted at rest. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::SNS::Topic"];

export const rule: Rule = {
  id: "topic-unencrypted",
  severity: "low",
  controls: ["SNS.1"],
  types,
  reason: "Messages lie in the open until they are delivered.",
  remedy: "Name a KmsMasterKeyId; alarms then need a key of your own that lets CloudWatch use it.",
  find: each(types, ({ properties }) => properties["KmsMasterKeyId"] === undefined && "it has no key"),
};
