/** How databases, their parameters and subnets are read again. Passwords are nowhere to be read. */
import type { Readers } from "../../../resource.ts";
import { servedByTag } from "../instance-shape.ts";

type Parameter = { ParameterName?: string | undefined; ParameterValue?: string | undefined };
const byName = (parameters: readonly Parameter[] = []) =>
  Object.fromEntries(parameters.map(({ ParameterName, ParameterValue }) => [ParameterName!, ParameterValue ?? null]));

export const readers: Readers = {
  "AWS::RDS::DBInstance": async ({ call, physicalId: DBInstanceIdentifier }) => {
    const [one] = (await call("rds", "DescribeDBInstances", { DBInstanceIdentifier })).DBInstances ?? [];
    if (!one || one.DBInstanceStatus === "deleting") return undefined;
    // Minor versions move by themselves, and classes of servers that are being changed are about to.
    const { EngineVersion: _, CharacterSetName: __, ...rest } = one;
    return {
      ...rest,
      // As asked for: the identifier is kept in lower case, and a cluster's members have what the cluster has.
      DBInstanceIdentifier: undefined,
      VPCSecurityGroups: one.VpcSecurityGroups?.map(({ VpcSecurityGroupId }) => VpcSecurityGroupId),
      DBSubnetGroupName: one.DBSubnetGroup?.DBSubnetGroupName,
      DBParameterGroupName: one.DBParameterGroups?.[0]?.DBParameterGroupName,
      EnableCloudwatchLogsExports: one.EnabledCloudwatchLogsExports ?? [],
      EnableIAMDatabaseAuthentication: one.IAMDatabaseAuthenticationEnabled,
      EnablePerformanceInsights: one.PerformanceInsightsEnabled,
      Port: one.Endpoint?.Port,
      Tags: one.TagList?.filter(({ Key }) => Key !== servedByTag),
    };
  },
  "AWS::RDS::DBCluster": async ({ call, physicalId: DBClusterIdentifier }) => {
    const [one] = (await call("rds", "DescribeDBClusters", { DBClusterIdentifier })).DBClusters ?? [];
    if (!one || one.Status === "deleting") return undefined;
    const { EngineVersion: _, ...rest } = one;
    return {
      ...rest,
      DBClusterIdentifier: undefined,
      VpcSecurityGroupIds: one.VpcSecurityGroups?.map(({ VpcSecurityGroupId }) => VpcSecurityGroupId),
      DBSubnetGroupName: one.DBSubnetGroup,
      DBClusterParameterGroupName: one.DBClusterParameterGroup,
      EnableCloudwatchLogsExports: one.EnabledCloudwatchLogsExports ?? [],
      EnableIAMDatabaseAuthentication: one.IAMDatabaseAuthenticationEnabled,
      EnableHttpEndpoint: one.HttpEndpointEnabled,
      ServerlessV2ScalingConfiguration: one.ServerlessV2ScalingConfiguration ?? null,
      Tags: one.TagList?.filter(({ Key }) => Key !== servedByTag),
    };
  },
  "AWS::RDS::GlobalCluster": async ({ call, physicalId: GlobalClusterIdentifier }) => {
    const [one] = (await call("rds", "DescribeGlobalClusters", { GlobalClusterIdentifier })).GlobalClusters ?? [];
    return one && { Engine: one.Engine, DeletionProtection: one.DeletionProtection, StorageEncrypted: one.StorageEncrypted };
  },
  "AWS::RDS::DBParameterGroup": async ({ call, physicalId: DBParameterGroupName }) => {
    const [group] = (await call("rds", "DescribeDBParameterGroups", { DBParameterGroupName })).DBParameterGroups ?? [];
    if (!group) return undefined;
    const { Parameters } = await call("rds", "DescribeDBParameters", { DBParameterGroupName, Source: "user" });
    return { Description: group.Description, Family: group.DBParameterGroupFamily, Parameters: byName(Parameters) };
  },
  "AWS::RDS::DBClusterParameterGroup": async ({ call, physicalId: DBClusterParameterGroupName }) => {
    const [group] = (await call("rds", "DescribeDBClusterParameterGroups", { DBClusterParameterGroupName })).DBClusterParameterGroups ?? [];
    if (!group) return undefined;
    const { Parameters } = await call("rds", "DescribeDBClusterParameters", { DBClusterParameterGroupName, Source: "user" });
    return { Description: group.Description, Family: group.DBParameterGroupFamily, Parameters: byName(Parameters) };
  },
  "AWS::RDS::DBSubnetGroup": async ({ call, physicalId: DBSubnetGroupName }) => {
    const [group] = (await call("rds", "DescribeDBSubnetGroups", { DBSubnetGroupName })).DBSubnetGroups ?? [];
    return (
      group && {
        DBSubnetGroupDescription: group.DBSubnetGroupDescription,
        SubnetIds: group.Subnets?.map(({ SubnetIdentifier }) => SubnetIdentifier),
      }
    );
  },
};
