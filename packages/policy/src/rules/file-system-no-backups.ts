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
  remedy: "A plan of AWS Backup that selects it, from whose vault one may restore; at the least BackupPolicy: { Status: ENABLED }.",
  find: each(types, (fileSystem, facts) => {
    if (asRecord(fileSystem.properties["BackupPolicy"])["Status"] === "ENABLED") return undefined;
    const selections = facts.ofType("AWS::Backup::BackupSelection");
    const selected = selections.some(({ properties }) => facts.allNamed(properties["BackupSelection"]).includes(fileSystem));
    return !selected && "it is never backed up";
  }),
};
