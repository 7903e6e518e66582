/** Operations that RDS has and this cloud refuses by name, each with the thing that it would be about. */
import type { OperationName } from "../../aws.ts";
import type { Operation } from "../../service.ts";
import { notEmulated } from "./errors.ts";

const reasons = {
  CreateDBInstanceReadReplica: "read replicas",
  PromoteReadReplica: "read replicas",
  CreateBlueGreenDeployment: "blue/green deployments",
  CreateEventSubscription: "event subscriptions",
  StartDBInstanceAutomatedBackupsReplication: "replication of automated backups to another region (CopyDBSnapshot copies a snapshot there)",
  RestoreDBInstanceFromS3: "restoring from S3",
  ModifyDBSnapshotAttribute: "sharing snapshots with other accounts",
  StartActivityStream: "database activity streams",
} satisfies { [O in OperationName<"rds">]?: string };

export const refused = Object.fromEntries(
  Object.entries(reasons).map(([operation, what]) => [
    operation,
    () => {
      throw notEmulated(what);
    },
  ]),
) as unknown as { [O in keyof typeof reasons]: Operation<"rds", O> };
