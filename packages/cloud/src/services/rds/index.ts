/** RDS: PostgreSQL servers that run. */
import type { Cloud } from "../../cloud.ts";
import { onNamed } from "../../named-resources.ts";
import { defineService } from "../../service.ts";
import { absent } from "./absent.ts";
import { settled, resume } from "./life.ts";
import { flushLogs } from "./log-export.ts";
import { startMetrics, stopMetrics } from "./metrics.ts";
import { arnOf } from "./names.ts";
import { deleteDBInstanceAutomatedBackup, describeDBInstanceAutomatedBackups } from "./operations/automated-backups.ts";
import { createDBInstance } from "./operations/CreateDBInstance.ts";
import { deleteDBInstance } from "./operations/DeleteDBInstance.ts";
import { describeDBInstances } from "./operations/DescribeDBInstances.ts";
import { describeCertificates, describeDBEngineVersions, describeOrderableDBInstanceOptions } from "./operations/engine.ts";
import { rebootDBInstance, startDBInstance, stopDBInstance } from "./operations/instance-power.ts";
import { modifyDBInstance } from "./operations/ModifyDBInstance.ts";
import * as options from "./operations/option-groups.ts";
import * as groups from "./operations/parameter-groups.ts";
import { describeDBLogFiles, describeEvents, downloadDBLogFilePortion } from "./operations/records.ts";
import { restoreDBInstanceToPointInTime } from "./operations/RestoreDBInstanceToPointInTime.ts";
import * as snapshots from "./operations/snapshots.ts";
import * as subnets from "./operations/subnet-groups.ts";
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from "./operations/tags.ts";
import { refused } from "./refused.ts";
import { dbInstance } from "./resources/DBInstance.ts";
import { dbParameterGroup } from "./resources/DBParameterGroup.ts";
import { dbSubnetGroup } from "./resources/DBSubnetGroup.ts";
import { runningServers, stopServer } from "./servers.ts";

const on = onNamed("rds", arnOf);

export const rds = defineService<"rds">({
  id: "rds",
  operations: {
    ...absent,
    ...refused,
    AddTagsToResource: addTagsToResource,
    CopyDBSnapshot: snapshots.copyDBSnapshot,
    CreateDBInstance: createDBInstance,
    CreateDBParameterGroup: groups.createDBParameterGroup,
    CreateDBSnapshot: snapshots.createDBSnapshot,
    CreateDBSubnetGroup: subnets.createDBSubnetGroup,
    DeleteDBInstance: deleteDBInstance,
    DeleteDBInstanceAutomatedBackup: deleteDBInstanceAutomatedBackup,
    DeleteDBParameterGroup: groups.deleteDBParameterGroup,
    DeleteDBSnapshot: snapshots.deleteDBSnapshot,
    DeleteDBSubnetGroup: subnets.deleteDBSubnetGroup,
    DescribeCertificates: describeCertificates,
    DescribeDBEngineVersions: describeDBEngineVersions,
    DescribeDBInstanceAutomatedBackups: describeDBInstanceAutomatedBackups,
    DescribeDBInstances: describeDBInstances,
    DescribeDBLogFiles: describeDBLogFiles,
    DescribeDBParameterGroups: groups.describeDBParameterGroups,
    DescribeDBParameters: groups.describeDBParameters,
    DescribeDBSnapshotAttributes: snapshots.describeDBSnapshotAttributes,
    DescribeDBSnapshots: snapshots.describeDBSnapshots,
    DescribeDBSubnetGroups: subnets.describeDBSubnetGroups,
    DescribeEngineDefaultParameters: groups.describeEngineDefaultParameters,
    DescribeEvents: describeEvents,
    CreateOptionGroup: options.createOptionGroup,
    DeleteOptionGroup: options.deleteOptionGroup,
    DescribeOptionGroups: options.describeOptionGroups,
    ModifyOptionGroup: options.modifyOptionGroup,
    DescribeOrderableDBInstanceOptions: describeOrderableDBInstanceOptions,
    DownloadDBLogFilePortion: downloadDBLogFilePortion,
    ListTagsForResource: listTagsForResource,
    ModifyDBInstance: modifyDBInstance,
    ModifyDBParameterGroup: groups.modifyDBParameterGroup,
    ModifyDBSubnetGroup: subnets.modifyDBSubnetGroup,
    RebootDBInstance: rebootDBInstance,
    RemoveTagsFromResource: removeTagsFromResource,
    ResetDBParameterGroup: groups.resetDBParameterGroup,
    RestoreDBInstanceFromDBSnapshot: snapshots.restoreDBInstanceFromDBSnapshot,
    RestoreDBInstanceToPointInTime: restoreDBInstanceToPointInTime,
    StartDBInstance: startDBInstance,
    StopDBInstance: stopDBInstance,
  },
  authorize: {
    AddTagsToResource: (input) => [{ action: "rds:AddTagsToResource", resource: input.ResourceName! }],
    CopyDBSnapshot: (input, context) =>
      on(context, "CopyDBSnapshot", ["snapshot", input.TargetDBSnapshotIdentifier], ["snapshot", input.SourceDBSnapshotIdentifier]),
    CreateDBInstance: (input, context) =>
      on(
        context,
        "CreateDBInstance",
        ["db", input.DBInstanceIdentifier],
        ["subgrp", input.DBSubnetGroupName],
        ["pg", input.DBParameterGroupName],
        ["og", input.OptionGroupName],
      ),
    CreateDBParameterGroup: (input, context) => on(context, "CreateDBParameterGroup", ["pg", input.DBParameterGroupName]),
    CreateDBSnapshot: (input, context) =>
      on(context, "CreateDBSnapshot", ["db", input.DBInstanceIdentifier], ["snapshot", input.DBSnapshotIdentifier]),
    CreateDBSubnetGroup: (input, context) => on(context, "CreateDBSubnetGroup", ["subgrp", input.DBSubnetGroupName]),
    DeleteDBInstance: (input, context) => on(context, "DeleteDBInstance", ["db", input.DBInstanceIdentifier]),
    DeleteDBInstanceAutomatedBackup: (input, context) =>
      input.DBInstanceAutomatedBackupsArn !== undefined
        ? [{ action: "rds:DeleteDBInstanceAutomatedBackup", resource: input.DBInstanceAutomatedBackupsArn }]
        : on(context, "DeleteDBInstanceAutomatedBackup", ["auto-backup", input.DbiResourceId?.replace(/^db-/, "ab-")]),
    DescribeDBInstanceAutomatedBackups: (input, context) =>
      on(context, "DescribeDBInstanceAutomatedBackups", ["auto-backup", input.DBInstanceAutomatedBackupsArn ?? "*"]),
    DeleteDBParameterGroup: (input, context) => on(context, "DeleteDBParameterGroup", ["pg", input.DBParameterGroupName]),
    DeleteDBSnapshot: (input, context) => on(context, "DeleteDBSnapshot", ["snapshot", input.DBSnapshotIdentifier]),
    DeleteDBSubnetGroup: (input, context) => on(context, "DeleteDBSubnetGroup", ["subgrp", input.DBSubnetGroupName]),
    DescribeDBInstances: (input, context) => on(context, "DescribeDBInstances", ["db", input.DBInstanceIdentifier ?? "*"]),
    DescribeDBLogFiles: (input, context) => on(context, "DescribeDBLogFiles", ["db", input.DBInstanceIdentifier]),
    DescribeDBParameterGroups: (input, context) => on(context, "DescribeDBParameterGroups", ["pg", input.DBParameterGroupName ?? "*"]),
    DescribeDBParameters: (input, context) => on(context, "DescribeDBParameters", ["pg", input.DBParameterGroupName]),
    DescribeDBSnapshotAttributes: (input, context) => on(context, "DescribeDBSnapshotAttributes", ["snapshot", input.DBSnapshotIdentifier]),
    DescribeDBSnapshots: (input, context) => on(context, "DescribeDBSnapshots", ["snapshot", input.DBSnapshotIdentifier ?? "*"]),
    DescribeDBSubnetGroups: (input, context) => on(context, "DescribeDBSubnetGroups", ["subgrp", input.DBSubnetGroupName ?? "*"]),
    CreateOptionGroup: (input, context) => on(context, "CreateOptionGroup", ["og", input.OptionGroupName]),
    DeleteOptionGroup: (input, context) => on(context, "DeleteOptionGroup", ["og", input.OptionGroupName]),
    ModifyOptionGroup: (input, context) => on(context, "ModifyOptionGroup", ["og", input.OptionGroupName]),
    DescribeOptionGroups: (input, context) => on(context, "DescribeOptionGroups", ["og", input.OptionGroupName ?? "*"]),
    DownloadDBLogFilePortion: (input, context) => on(context, "DownloadDBLogFilePortion", ["db", input.DBInstanceIdentifier]),
    ListTagsForResource: (input) => [{ action: "rds:ListTagsForResource", resource: input.ResourceName! }],
    ModifyDBInstance: (input, context) =>
      on(context, "ModifyDBInstance", ["db", input.DBInstanceIdentifier], ["pg", input.DBParameterGroupName]),
    ModifyDBParameterGroup: (input, context) => on(context, "ModifyDBParameterGroup", ["pg", input.DBParameterGroupName]),
    ModifyDBSubnetGroup: (input, context) => on(context, "ModifyDBSubnetGroup", ["subgrp", input.DBSubnetGroupName]),
    RebootDBInstance: (input, context) => on(context, "RebootDBInstance", ["db", input.DBInstanceIdentifier]),
    RemoveTagsFromResource: (input) => [{ action: "rds:RemoveTagsFromResource", resource: input.ResourceName! }],
    ResetDBParameterGroup: (input, context) => on(context, "ResetDBParameterGroup", ["pg", input.DBParameterGroupName]),
    RestoreDBInstanceFromDBSnapshot: (input, context) =>
      on(
        context,
        "RestoreDBInstanceFromDBSnapshot",
        ["db", input.DBInstanceIdentifier],
        ["snapshot", input.DBSnapshotIdentifier],
        ["subgrp", input.DBSubnetGroupName],
      ),
    RestoreDBInstanceToPointInTime: (input, context) =>
      on(
        context,
        "RestoreDBInstanceToPointInTime",
        ["db", input.TargetDBInstanceIdentifier],
        ["db", input.SourceDBInstanceIdentifier],
        ["auto-backup", input.SourceDBInstanceAutomatedBackupsArn ?? input.SourceDbiResourceId?.replace(/^db-/, "ab-")],
        ["subgrp", input.DBSubnetGroupName],
      ),
    StartDBInstance: (input, context) => on(context, "StartDBInstance", ["db", input.DBInstanceIdentifier]),
    StopDBInstance: (input, context) => on(context, "StopDBInstance", ["db", input.DBInstanceIdentifier]),
  },
  resources: {
    "AWS::RDS::DBInstance": dbInstance,
    "AWS::RDS::DBParameterGroup": dbParameterGroup,
    "AWS::RDS::DBSubnetGroup": dbSubnetGroup,
  },
  async start(cloud) {
    await resume(cloud);
    startMetrics(cloud);
  },
  stop: end,
  async reset(cloud) {
    await end(cloud);
    await cloud.world.disk.files.rm(cloud.world.disk.path("rds"), { recursive: true, force: true });
  },
});

async function end(cloud: Cloud): Promise<void> {
  stopMetrics(cloud);
  await settled(cloud);
  await Promise.all([...runningServers(cloud).keys()].map((resourceId) => stopServer(cloud, { resourceId })));
  await flushLogs(cloud);
}
