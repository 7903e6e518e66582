/** File systems are encrypted at rest, which cannot be added later. */
import { isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::EFS::FileSystem"];

export const rule: Rule = {
  id: "file-system-unencrypted",
  severity: "high",
  controls: ["EFS.1", "EFS.8", "CIS 2.4.1"],
  types,
  reason: "Files lie in the open, and encryption cannot be switched on later.",
  remedy: "Set Encrypted to true before the first deploy.",
  find: each(types, ({ properties }) => !isTrue(properties["Encrypted"]) && "Encrypted is not set"),
};
