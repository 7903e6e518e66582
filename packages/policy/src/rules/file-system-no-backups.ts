/** File systems in production are backed up. */
import { asList, asRecord } from "../facts.ts";
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
    const selected = facts.ofType("AWS::Backup::BackupSelection").some(({ properties }) => {
      const { Resources: resources, ListOfTags: tags } = asRecord(properties["BackupSelection"]);
      // What is selected by tags or patterns may be this one.
      return tags !== undefined || asList(resources).some((one) => String(one).endsWith("*") || facts.named(one) === fileSystem);
    });
    return !selected && "it is never backed up";
  }),
};
