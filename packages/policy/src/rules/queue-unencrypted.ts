/** Queues are encrypted at rest. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::SQS::Queue"];

export const rule: Rule = {
  id: "queue-unencrypted",
  severity: "medium",
  controls: ["SQS.1"],
  types,
  reason: "Messages lie in the open.",
  remedy: "Leave out SqsManagedSseEnabled, or name a KmsMasterKeyId.",
  find: each(
    types,
    ({ properties }) =>
      String(properties["SqsManagedSseEnabled"]) === "false" &&
      properties["KmsMasterKeyId"] === undefined &&
      "SqsManagedSseEnabled is false",
  ),
};
