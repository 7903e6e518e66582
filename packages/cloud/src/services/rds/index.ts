/** RDS: PostgreSQL servers that run, alone and in Aurora clusters. */
import type { Cloud } from "../../cloud.ts";
import { onNamed } from "../../named-resources.ts";
import { defineService } from "../../service.ts";
import { absent } from "./absent.ts";
import { clusters } from "./aurora/cluster.ts";
import { openToDataApi } from "./aurora/http-endpoint.ts";
import { closePresence } from "./aurora/presence.ts";
import { reviveClusters } from "./aurora/revive.ts";
import { everywhere, globalClusters } from "./global/global-cluster.ts";
import { resume } from "./life.ts";
import { resumeExports } from "./export/run-export.ts";
import { flushLogs } from "./log-export.ts";
import { metrics } from "./metrics.ts";
import { arnOf } from "./names.ts";
import { deleteDBInstanceAutomatedBackup, describeDBInstanceAutomatedBackups } from "./operations/automated-backups.ts";
import * as clusterSnapshotOperations from "./operations/cluster-snapshots.ts";
import * as clusterGroups from "./operations/cluster-parameter-groups.ts";
import * as clusterOperations from "./operations/clusters.ts";
import * as exports from "./operations/export-tasks.ts";
import { disableHttpEndpoint, enableHttpEndpoint } from "./operations/http-endpoint.ts";
import * as globals from "./operations/global-clusters.ts";
import { createDBInstance } from "./operations/CreateDBInstance.ts";
import { deleteDBInstance } from "./operations/DeleteDBInstance.ts";
import { describeDBInstances } from "./operations/DescribeDBInstances.ts";
import { describeCertificates, describeDBEngineVersions, describeOrderableDBInstanceOptions } from "./operations/engine.ts";
import { rebootDBInstance, startDBInstance, stopDBInstance } from "./operations/instance-power.ts";
import { modifyDBCluster } from "./operations/ModifyDBCluster.ts";
import { modifyDBInstance } from "./operations/ModifyDBInstance.ts";
import * as options from "./operations/option-groups.ts";
import * as groups from "./operations/parameter-groups.ts";
import * as proxyOperations from "./operations/proxies.ts";
import * as proxyEndpoints from "./operations/proxy-endpoints.ts";
import * as proxyTargets from "./operations/proxy-targets.ts";
import { describeDBLogFiles, describeEvents, downloadDBLogFilePortion } from "./operations/records.ts";
import { restoreDBInstanceToPointInTime } from "./operations/RestoreDBInstanceToPointInTime.ts";
import * as snapshots from "./operations/snapshots.ts";
import * as subnets from "./operations/subnet-groups.ts";
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from "./operations/tags.ts";
import { refused } from "./refused.ts";
import { dbCluster } from "./resources/DBCluster.ts";
import { dbClusterParameterGroup } from "./resources/DBClusterParameterGroup.ts";
import { dbInstance } from "./resources/DBInstance.ts";
import { dbParameterGroup } from "./resources/DBParameterGroup.ts";
import { dbProxy } from "./resources/DBProxy.ts";
import { dbProxyEndpoint } from "./resources/DBProxyEndpoint.ts";
import { dbProxyTargetGroup } from "./resources/DBProxyTargetGroup.ts";
import { dbSubnetGroup } from "./resources/DBSubnetGroup.ts";
import { globalCluster } from "./resources/GlobalCluster.ts";
import { proxyAuthorizations } from "./proxy/authorizations.ts";
import { closeProxies, reviveProxies } from "./proxy/service.ts";
import { superviseServers } from "./recovery.ts";
import { runningServers, stopServer } from "./servers.ts";
import { settled } from "./work.ts";
import { readers } from "./resources/readers.ts";

const on = onNamed("rds", arnOf);

export const rds = defineService<"rds">({
  id: "rds",
  operations: {
    ...absent,
    ...refused,
    AddTagsToResource: addTagsToResource,
    CancelExportTask: exports.cancelExportTask,
    CopyDBClusterParameterGroup: clusterGroups.copyDBClusterParameterGroup,
    CopyDBParameterGroup: groups.copyDBParameterGroup,
    CopyDBClusterSnapshot: clusterSnapshotOperations.copyDBClusterSnapshot,
    CopyDBSnapshot: snapshots.copyDBSnapshot,
    CreateDBClusterSnapshot: clusterSnapshotOperations.createDBClusterSnapshot,
    DeleteDBClusterSnapshot: clusterSnapshotOperations.deleteDBClusterSnapshot,
    DescribeDBClusterSnapshotAttributes: clusterSnapshotOperations.describeDBClusterSnapshotAttributes,
    DescribeDBClusterSnapshots: clusterSnapshotOperations.describeDBClusterSnapshots,
    RestoreDBClusterFromSnapshot: clusterSnapshotOperations.restoreDBClusterFromSnapshot,
    RestoreDBClusterToPointInTime: clusterSnapshotOperations.restoreDBClusterToPointInTime,
    CreateDBCluster: clusterOperations.createDBCluster,
    CreateDBClusterParameterGroup: clusterGroups.createDBClusterParameterGroup,
    CreateDBInstance: createDBInstance,
    CreateDBParameterGroup: groups.createDBParameterGroup,
    CreateDBSnapshot: snapshots.createDBSnapshot,
    CreateDBSubnetGroup: subnets.createDBSubnetGroup,
    DeleteDBCluster: clusterOperations.deleteDBCluster,
    DeleteDBClusterParameterGroup: clusterGroups.deleteDBClusterParameterGroup,
    DeleteDBInstance: deleteDBInstance,
    DeleteDBInstanceAutomatedBackup: deleteDBInstanceAutomatedBackup,
    DeleteDBParameterGroup: groups.deleteDBParameterGroup,
    DeleteDBSnapshot: snapshots.deleteDBSnapshot,
    DeleteDBSubnetGroup: subnets.deleteDBSubnetGroup,
    DescribeCertificates: describeCertificates,
    DescribeDBClusterParameterGroups: clusterGroups.describeDBClusterParameterGroups,
    DescribeDBClusterParameters: clusterGroups.describeDBClusterParameters,
    DescribeDBClusters: clusterOperations.describeDBClusters,
    DescribeDBEngineVersions: describeDBEngineVersions,
    DescribeDBInstanceAutomatedBackups: describeDBInstanceAutomatedBackups,
    DescribeDBInstances: describeDBInstances,
    DescribeDBLogFiles: describeDBLogFiles,
    DescribeDBParameterGroups: groups.describeDBParameterGroups,
    DescribeDBParameters: groups.describeDBParameters,
    DescribeDBSnapshotAttributes: snapshots.describeDBSnapshotAttributes,
    DescribeDBSnapshots: snapshots.describeDBSnapshots,
    DescribeDBSubnetGroups: subnets.describeDBSubnetGroups,
    DescribeEngineDefaultClusterParameters: clusterGroups.describeEngineDefaultClusterParameters,
    DescribeEngineDefaultParameters: groups.describeEngineDefaultParameters,
    DescribeEvents: describeEvents,
    CreateOptionGroup: options.createOptionGroup,
    DeleteOptionGroup: options.deleteOptionGroup,
    DescribeOptionGroups: options.describeOptionGroups,
    ModifyOptionGroup: options.modifyOptionGroup,
    DescribeOrderableDBInstanceOptions: describeOrderableDBInstanceOptions,
    DownloadDBLogFilePortion: downloadDBLogFilePortion,
    CreateDBProxy: proxyOperations.createDBProxy,
    CreateDBProxyEndpoint: proxyEndpoints.createDBProxyEndpoint,
    DeleteDBProxy: proxyOperations.deleteDBProxy,
    DeleteDBProxyEndpoint: proxyEndpoints.deleteDBProxyEndpoint,
    DeregisterDBProxyTargets: proxyTargets.deregisterDBProxyTargets,
    DescribeDBProxies: proxyOperations.describeDBProxies,
    DescribeDBProxyEndpoints: proxyEndpoints.describeDBProxyEndpoints,
    DescribeDBProxyTargetGroups: proxyTargets.describeDBProxyTargetGroups,
    DescribeDBProxyTargets: proxyTargets.describeDBProxyTargets,
    ModifyDBProxy: proxyOperations.modifyDBProxy,
    ModifyDBProxyEndpoint: proxyEndpoints.modifyDBProxyEndpoint,
    ModifyDBProxyTargetGroup: proxyTargets.modifyDBProxyTargetGroup,
    RegisterDBProxyTargets: proxyTargets.registerDBProxyTargets,
    CreateGlobalCluster: globals.createGlobalCluster,
    DeleteGlobalCluster: globals.deleteGlobalCluster,
    DescribeGlobalClusters: globals.describeGlobalClusters,
    FailoverGlobalCluster: globals.failoverGlobalCluster,
    ModifyGlobalCluster: globals.modifyGlobalCluster,
    RemoveFromGlobalCluster: globals.removeFromGlobalCluster,
    SwitchoverGlobalCluster: globals.switchoverGlobalCluster,
    DescribeExportTasks: exports.describeExportTasks,
    DisableHttpEndpoint: disableHttpEndpoint,
    EnableHttpEndpoint: enableHttpEndpoint,
    FailoverDBCluster: clusterOperations.failoverDBCluster,
    ListTagsForResource: listTagsForResource,
    ModifyDBCluster: modifyDBCluster,
    ModifyDBClusterParameterGroup: clusterGroups.modifyDBClusterParameterGroup,
    ModifyDBInstance: modifyDBInstance,
    ModifyDBParameterGroup: groups.modifyDBParameterGroup,
    ModifyDBSubnetGroup: subnets.modifyDBSubnetGroup,
    RebootDBCluster: clusterOperations.rebootDBCluster,
    RebootDBInstance: rebootDBInstance,
    RemoveTagsFromResource: removeTagsFromResource,
    ResetDBClusterParameterGroup: clusterGroups.resetDBClusterParameterGroup,
    ResetDBParameterGroup: groups.resetDBParameterGroup,
    RestoreDBInstanceFromDBSnapshot: snapshots.restoreDBInstanceFromDBSnapshot,
    RestoreDBInstanceToPointInTime: restoreDBInstanceToPointInTime,
    StartDBCluster: clusterOperations.startDBCluster,
    StartExportTask: exports.startExportTask,
    StartDBInstance: startDBInstance,
    StopDBCluster: clusterOperations.stopDBCluster,
    StopDBInstance: stopDBInstance,
  },
  authorize: {
    AddTagsToResource: (input) => [{ action: "rds:AddTagsToResource", resource: input.ResourceName! }],
    CancelExportTask: () => [{ action: "rds:CancelExportTask", resource: "*" }],
    CopyDBClusterSnapshot: (input, context) =>
      on(
        context,
        "CopyDBClusterSnapshot",
        ["cluster-snapshot", input.TargetDBClusterSnapshotIdentifier],
        ["cluster-snapshot", input.SourceDBClusterSnapshotIdentifier],
      ),
    CreateDBClusterSnapshot: (input, context) =>
      on(
        context,
        "CreateDBClusterSnapshot",
        ["cluster", input.DBClusterIdentifier],
        ["cluster-snapshot", input.DBClusterSnapshotIdentifier],
      ),
    DeleteDBClusterSnapshot: (input, context) =>
      on(context, "DeleteDBClusterSnapshot", ["cluster-snapshot", input.DBClusterSnapshotIdentifier]),
    DescribeDBClusterSnapshotAttributes: (input, context) =>
      on(context, "DescribeDBClusterSnapshotAttributes", ["cluster-snapshot", input.DBClusterSnapshotIdentifier]),
    DescribeDBClusterSnapshots: (input, context) =>
      on(context, "DescribeDBClusterSnapshots", ["cluster-snapshot", input.DBClusterSnapshotIdentifier ?? "*"]),
    RestoreDBClusterFromSnapshot: (input, context) =>
      on(
        context,
        "RestoreDBClusterFromSnapshot",
        ["cluster", input.DBClusterIdentifier],
        ["cluster-snapshot", input.SnapshotIdentifier],
        ["subgrp", input.DBSubnetGroupName],
      ),
    RestoreDBClusterToPointInTime: (input, context) =>
      on(
        context,
        "RestoreDBClusterToPointInTime",
        ["cluster", input.DBClusterIdentifier],
        ["cluster", input.SourceDBClusterIdentifier],
        ["subgrp", input.DBSubnetGroupName],
      ),
    CopyDBSnapshot: (input, context) =>
      on(context, "CopyDBSnapshot", ["snapshot", input.TargetDBSnapshotIdentifier], ["snapshot", input.SourceDBSnapshotIdentifier]),
    CreateDBInstance: (input, context) =>
      on(
        context,
        "CreateDBInstance",
        ["db", input.DBInstanceIdentifier],
        ["cluster", input.DBClusterIdentifier],
        ["subgrp", input.DBSubnetGroupName],
        ["pg", input.DBParameterGroupName],
        ["og", input.OptionGroupName],
      ),
    CopyDBParameterGroup: (input, context) =>
      on(context, "CopyDBParameterGroup", ["pg", input.SourceDBParameterGroupIdentifier], ["pg", input.TargetDBParameterGroupIdentifier]),
    CopyDBClusterParameterGroup: (input, context) =>
      on(
        context,
        "CopyDBClusterParameterGroup",
        ["cluster-pg", input.SourceDBClusterParameterGroupIdentifier],
        ["cluster-pg", input.TargetDBClusterParameterGroupIdentifier],
      ),
    CreateDBCluster: (input, context) =>
      on(
        context,
        "CreateDBCluster",
        ["cluster", input.DBClusterIdentifier],
        ["subgrp", input.DBSubnetGroupName],
        ["cluster-pg", input.DBClusterParameterGroupName],
        ["global-cluster", input.GlobalClusterIdentifier],
      ),
    CreateDBClusterParameterGroup: (input, context) =>
      on(context, "CreateDBClusterParameterGroup", ["cluster-pg", input.DBClusterParameterGroupName]),
    DeleteDBCluster: (input, context) => on(context, "DeleteDBCluster", ["cluster", input.DBClusterIdentifier]),
    DeleteDBClusterParameterGroup: (input, context) =>
      on(context, "DeleteDBClusterParameterGroup", ["cluster-pg", input.DBClusterParameterGroupName]),
    DescribeDBClusterParameterGroups: (input, context) =>
      on(context, "DescribeDBClusterParameterGroups", ["cluster-pg", input.DBClusterParameterGroupName ?? "*"]),
    DescribeDBClusterParameters: (input, context) =>
      on(context, "DescribeDBClusterParameters", ["cluster-pg", input.DBClusterParameterGroupName]),
    DescribeDBClusters: (input, context) => on(context, "DescribeDBClusters", ["cluster", input.DBClusterIdentifier ?? "*"]),
    DescribeExportTasks: () => [{ action: "rds:DescribeExportTasks", resource: "*" }],
    DisableHttpEndpoint: ({ ResourceArn }) => [{ action: "rds:DisableHttpEndpoint", resource: ResourceArn ?? "*" }],
    EnableHttpEndpoint: ({ ResourceArn }) => [{ action: "rds:EnableHttpEndpoint", resource: ResourceArn ?? "*" }],
    FailoverDBCluster: (input, context) =>
      on(context, "FailoverDBCluster", ["cluster", input.DBClusterIdentifier], ["db", input.TargetDBInstanceIdentifier]),
    ModifyDBCluster: (input, context) =>
      on(context, "ModifyDBCluster", ["cluster", input.DBClusterIdentifier], ["cluster-pg", input.DBClusterParameterGroupName]),
    ModifyDBClusterParameterGroup: (input, context) =>
      on(context, "ModifyDBClusterParameterGroup", ["cluster-pg", input.DBClusterParameterGroupName]),
    RebootDBCluster: (input, context) => on(context, "RebootDBCluster", ["cluster", input.DBClusterIdentifier]),
    ResetDBClusterParameterGroup: (input, context) =>
      on(context, "ResetDBClusterParameterGroup", ["cluster-pg", input.DBClusterParameterGroupName]),
    StartDBCluster: (input, context) => on(context, "StartDBCluster", ["cluster", input.DBClusterIdentifier]),
    StopDBCluster: (input, context) => on(context, "StopDBCluster", ["cluster", input.DBClusterIdentifier]),
    ...proxyAuthorizations,
    CreateGlobalCluster: (input, context) =>
      on(context, "CreateGlobalCluster", ["global-cluster", input.GlobalClusterIdentifier], ["cluster", input.SourceDBClusterIdentifier]),
    DeleteGlobalCluster: (input, context) => on(context, "DeleteGlobalCluster", ["global-cluster", input.GlobalClusterIdentifier]),
    DescribeGlobalClusters: (input, context) =>
      on(context, "DescribeGlobalClusters", ["global-cluster", input.GlobalClusterIdentifier ?? "*"]),
    FailoverGlobalCluster: (input, context) =>
      on(context, "FailoverGlobalCluster", ["global-cluster", input.GlobalClusterIdentifier], ["cluster", input.TargetDbClusterIdentifier]),
    ModifyGlobalCluster: (input, context) => on(context, "ModifyGlobalCluster", ["global-cluster", input.GlobalClusterIdentifier]),
    RemoveFromGlobalCluster: (input, context) =>
      on(context, "RemoveFromGlobalCluster", ["global-cluster", input.GlobalClusterIdentifier], ["cluster", input.DbClusterIdentifier]),
    SwitchoverGlobalCluster: (input, context) =>
      on(
        context,
        "SwitchoverGlobalCluster",
        ["global-cluster", input.GlobalClusterIdentifier],
        ["cluster", input.TargetDbClusterIdentifier],
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
    StartExportTask: (input) => [
      { action: "rds:StartExportTask", resource: "*" },
      { action: "iam:PassRole", resource: input.IamRoleArn!, conditions: { "iam:PassedToService": "export.rds.amazonaws.com" } },
    ],
    StartDBInstance: (input, context) => on(context, "StartDBInstance", ["db", input.DBInstanceIdentifier]),
    StopDBInstance: (input, context) => on(context, "StopDBInstance", ["db", input.DBInstanceIdentifier]),
  },
  readers,
  resources: {
    "AWS::RDS::DBCluster": dbCluster,
    "AWS::RDS::DBClusterParameterGroup": dbClusterParameterGroup,
    "AWS::RDS::DBInstance": dbInstance,
    "AWS::RDS::DBParameterGroup": dbParameterGroup,
    "AWS::RDS::DBProxy": dbProxy,
    "AWS::RDS::DBProxyEndpoint": dbProxyEndpoint,
    "AWS::RDS::DBProxyTargetGroup": dbProxyTargetGroup,
    "AWS::RDS::DBSubnetGroup": dbSubnetGroup,
    "AWS::RDS::GlobalCluster": globalCluster,
  },
  async start(cloud) {
    superviseServers(cloud);
    openToDataApi(cloud);
    await Promise.all([resume(cloud), reviveClusters(cloud)]);
    await reviveProxies(cloud);
    resumeExports(cloud);
    metrics.start(cloud);
  },
  stop: end,
  async reset(cloud) {
    await end(cloud);
    await cloud.world.disk.files.rm(cloud.world.disk.path("rds"), { recursive: true, force: true });
  },
});

async function end(cloud: Cloud): Promise<void> {
  await metrics.stop(cloud);
  await closeProxies(cloud);
  await Promise.all(
    clusters(cloud)
      .all()
      .map(({ value }) => closePresence(cloud, value.resourceId)),
  );
  for (const { resourceId } of globalClusters(cloud).list(everywhere)) await closePresence(cloud, resourceId);
  await settled(cloud);
  // Copies first: a server that ends sees to it that they have got everything.
  for (const copies of [true, false]) {
    const ids = [...runningServers(cloud)].filter(([, { copy }]) => (copy?.() ?? false) === copies).map(([resourceId]) => resourceId);
    await Promise.all(ids.map((resourceId) => stopServer(cloud, { resourceId })));
  }
  await flushLogs(cloud);
}
