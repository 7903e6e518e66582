/** Backups of a database reach back a week. */
import { asNumber } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBInstance", "AWS::RDS::DBCluster"];

export const rule: Rule = {
  id: "rds-few-backups",
  severity: "medium",
  controls: ["RDS.11"],
  production: true,
  types,
  reason: "A fault that is found after days cannot be undone.",
  remedy: "Set BackupRetentionPeriod to 7 or more.",
  find: each(types, ({ properties }) => {
    if (properties["DBClusterIdentifier"] !== undefined || properties["SourceDBInstanceIdentifier"] !== undefined) return undefined;
    const days = asNumber(properties["BackupRetentionPeriod"]) ?? 1;
    return days < 7 && `backups are kept for ${days} ${days === 1 ? "day" : "days"}`;
  }),
};
