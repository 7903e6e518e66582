/** File systems in production are backed up. */
import { asRecord } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::EFS::FileSystem"];

export const rule: Rule = {
  id: "file-system-no-backups",
  severity: "medium",
  controls: ["EFS.2", "EFS.7"],
  production: true,
  types,
  reason: "A wrong delete is for good.",
  remedy: "BackupPolicy: { Status: ENABLED }.",
  find: each(types, ({ properties }) => asRecord(properties["BackupPolicy"])["Status"] !== "ENABLED" && "it is never backed up"),
};
