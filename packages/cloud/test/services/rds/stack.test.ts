/** A database and a cache as resources of a stack. */
import { expect, test } from "vitest";
import { startTestCloud } from "../../cloud.ts";

const template = {
  Resources: {
    Subnets: { Type: "AWS::RDS::DBSubnetGroup", Properties: { DBSubnetGroupDescription: "d", SubnetIds: [] as string[] } },
    Parameters: {
      Type: "AWS::RDS::DBParameterGroup",
      Properties: { Description: "d", Family: "postgres16", Parameters: { work_mem: "8192", max_connections: "40" } },
    },
    Database: {
      Type: "AWS::RDS::DBInstance",
      DeletionPolicy: "Snapshot",
      Properties: {
        Engine: "postgres",
        EngineVersion: "16.8",
        DBInstanceClass: "db.t4g.micro",
        AllocatedStorage: "20",
        StorageType: "gp3",
        MasterUsername: "owner",
        MasterUserPassword: "correct-horse-7",
        DBName: "app",
        DBSubnetGroupName: { Ref: "Subnets" },
        DBParameterGroupName: { Ref: "Parameters" },
        StorageEncrypted: true,
      },
    },
    CacheSubnets: { Type: "AWS::ElastiCache::SubnetGroup", Properties: { Description: "d", SubnetIds: [] as string[] } },
    Cache: {
      Type: "AWS::ElastiCache::ReplicationGroup",
      Properties: {
        ReplicationGroupDescription: "d",
        Engine: "valkey",
        EngineVersion: "8.0",
        CacheNodeType: "cache.t4g.micro",
        NumCacheClusters: 1,
        AuthToken: "a-token-of-enough-length",
        TransitEncryptionEnabled: true,
        AtRestEncryptionEnabled: true,
        CacheSubnetGroupName: { Ref: "CacheSubnets" },
      },
    },
  },
  Outputs: {
    Host: { Value: { "Fn::GetAtt": ["Database", "Endpoint.Address"] } },
    Port: { Value: { "Fn::GetAtt": ["Database", "Endpoint.Port"] } },
    Cache: { Value: { "Fn::GetAtt": ["Cache", "PrimaryEndPoint.Address"] } },
  },
};

test("a stack's database and cache run when it is complete, change in place, and leave a snapshot behind", async () => {
  await using it = await startTestCloud();
  const { Subnets: subnets = [] } = await it.call("ec2", "DescribeSubnets", {});
  const ids = subnets.slice(0, 2).map(({ SubnetId }) => SubnetId!);
  template.Resources.Subnets.Properties.SubnetIds = ids;
  template.Resources.CacheSubnets.Properties.SubnetIds = ids;
  const settled = async (status: string) => {
    for (;;) {
      const { Stacks: [stack] = [] } = await it.call("cloudformation", "DescribeStacks", { StackName: "data" });
      if (stack!.StackStatus === status) return stack!;
      if (!stack!.StackStatus!.endsWith("_IN_PROGRESS")) throw new Error(`${stack!.StackStatus}: ${stack!.StackStatusReason}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  };
  await it.call("cloudformation", "CreateStack", { StackName: "data", TemplateBody: JSON.stringify(template) });
  const made = await settled("CREATE_COMPLETE");
  expect(Object.fromEntries(made.Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]))).toMatchObject({
    Port: "5432",
    Host: expect.stringMatching(/^127\./),
    Cache: expect.stringMatching(/^127\./),
  });
  template.Resources.Database.Properties.MasterUserPassword = "another-horse-8";
  template.Resources.Parameters.Properties.Parameters.work_mem = "16384";
  Object.assign(template.Resources.Database.Properties, { MultiAZ: true });
  template.Resources.Cache.Properties.NumCacheClusters = 2;
  template.Resources.Cache.Properties.AuthToken = "another-token-of-enough-length";
  await it.call("cloudformation", "UpdateStack", { StackName: "data", TemplateBody: JSON.stringify(template) });
  const updated = await settled("UPDATE_COMPLETE");
  expect(updated.Outputs).toEqual(made.Outputs);
  await it.call("cloudformation", "DeleteStack", { StackName: "data" });
  await expect
    .poll(() =>
      it.call("cloudformation", "DescribeStacks", { StackName: "data" }).then(
        ({ Stacks }) => Stacks![0]!.StackStatus,
        (error: Error) => error.message,
      ),
    )
    .toContain("does not exist");
  expect((await it.call("rds", "DescribeDBSnapshots", {})).DBSnapshots).toMatchObject([{ Status: "available", MasterUsername: "owner" }]);
  expect((await it.call("rds", "DescribeDBInstances", {})).DBInstances).toEqual([]);
});
