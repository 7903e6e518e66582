/** DB parameter groups and DB subnet groups. */
import { expect, test } from "vitest";
import { startTestCloud } from "../../cloud.ts";
import { connect, createInstance, whenIn } from "./instances.ts";

test("a parameter group's values reach the server: dynamic ones at once, static ones at a reboot", async () => {
  await using it = await startTestCloud();
  await it.call("rds", "CreateDBParameterGroup", { DBParameterGroupName: "tuned", DBParameterGroupFamily: "postgres17", Description: "d" });
  await createInstance(it, "p", { DBParameterGroupName: "tuned" });
  await whenIn(it, "p", "available");
  await it.call("rds", "ModifyDBParameterGroup", {
    DBParameterGroupName: "tuned",
    Parameters: [
      { ParameterName: "work_mem", ParameterValue: "8192", ApplyMethod: "immediate" },
      { ParameterName: "max_connections", ParameterValue: "33", ApplyMethod: "pending-reboot" },
      { ParameterName: "rds.force_ssl", ParameterValue: "0", ApplyMethod: "immediate" },
    ],
  });
  const client = await connect(it, "p", { ssl: false });
  await expect.poll(async () => (await client.query("show work_mem")).rows[0]).toEqual({ work_mem: "8MB" });
  expect((await client.query("show max_connections")).rows).toEqual([{ max_connections: "112" }]);
  await client.end();
  expect((await whenIn(it, "p", "available")).DBParameterGroups![0]!.ParameterApplyStatus).toBe("pending-reboot");
  await it.call("rds", "RebootDBInstance", { DBInstanceIdentifier: "p" });
  expect((await whenIn(it, "p", "available")).DBParameterGroups![0]!.ParameterApplyStatus).toBe("in-sync");
  const again = await connect(it, "p");
  expect((await again.query("show max_connections")).rows).toEqual([{ max_connections: "33" }]);
  await again.end();
  await expect(it.call("rds", "DeleteDBParameterGroup", { DBParameterGroupName: "tuned" })).rejects.toMatchObject({
    code: "InvalidDBParameterGroupState",
  });
  const copy = (source: string) =>
    it.call("rds", "CopyDBParameterGroup", {
      SourceDBParameterGroupIdentifier: source,
      TargetDBParameterGroupIdentifier: "copied",
      TargetDBParameterGroupDescription: "a copy",
    });
  expect((await copy("arn:aws:rds:eu-central-1:123456789012:pg:tuned")).DBParameterGroup).toMatchObject({
    DBParameterGroupName: "copied",
    DBParameterGroupFamily: "postgres17",
    Description: "a copy",
  });
  const { Parameters = [] } = await it.call("rds", "DescribeDBParameters", { DBParameterGroupName: "copied", Source: "user" });
  expect(Parameters.map(({ ParameterName, ParameterValue }) => [ParameterName, ParameterValue])).toContainEqual(["work_mem", "8192"]);
  await expect(copy("tuned")).rejects.toMatchObject({ code: "DBParameterGroupAlreadyExists" });

  const { DescribeDBLogFiles: [file] = [] } = await it.call("rds", "DescribeDBLogFiles", { DBInstanceIdentifier: "p" });
  const portion = await it.call("rds", "DownloadDBLogFilePortion", {
    DBInstanceIdentifier: "p",
    LogFileName: file!.LogFileName!,
    Marker: "0",
  });
  expect(portion.LogFileData).toContain("database system is ready to accept connections");
});

test.each([
  ["nosuch", "1", "immediate", "InvalidParameterValue", "Could not find parameter with name: nosuch"],
  ["data_directory", "/x", "pending-reboot", "InvalidParameterValue", "The parameter data_directory cannot be modified."],
  ["max_connections", "9", "immediate", "InvalidParameterCombination", "cannot use immediate apply method for static parameter"],
  ["work_mem", "1", "immediate", "InvalidParameterValue", "Invalid parameter value: 1 for: work_mem allowed values are: 64-2147483647"],
] as const)("parameter %s = %s, %s, is refused", async (ParameterName, ParameterValue, ApplyMethod, code, message) => {
  await using it = await startTestCloud();
  await it.call("rds", "CreateDBParameterGroup", { DBParameterGroupName: "g", DBParameterGroupFamily: "postgres16", Description: "d" });
  await expect(
    it.call("rds", "ModifyDBParameterGroup", { DBParameterGroupName: "g", Parameters: [{ ParameterName, ParameterValue, ApplyMethod }] }),
  ).rejects.toMatchObject({ code, message });
});

test("a subnet group covers two zones", async () => {
  await using it = await startTestCloud();
  const { Subnets: subnets = [] } = await it.call("ec2", "DescribeSubnets", {});
  const ids = subnets.map(({ SubnetId }) => SubnetId!);
  await expect(
    it.call("rds", "CreateDBSubnetGroup", { DBSubnetGroupName: "g", DBSubnetGroupDescription: "d", SubnetIds: ids.slice(0, 1) }),
  ).rejects.toMatchObject({ code: "DBSubnetGroupDoesNotCoverEnoughAZs" });
  const made = await it.call("rds", "CreateDBSubnetGroup", {
    DBSubnetGroupName: "G",
    DBSubnetGroupDescription: "d",
    SubnetIds: ids.slice(0, 2),
  });
  expect(made.DBSubnetGroup).toMatchObject({
    DBSubnetGroupName: "g",
    SubnetGroupStatus: "Complete",
    DBSubnetGroupArn: "arn:aws:rds:eu-central-1:123456789012:subgrp:g",
  });
  await expect(
    it.call("rds", "CreateDBSubnetGroup", { DBSubnetGroupName: "g", DBSubnetGroupDescription: "d", SubnetIds: ids }),
  ).rejects.toThrow("The DB subnet group 'g' already exists.");
});
