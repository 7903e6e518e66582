/** EFS by CloudFormation: made, changed and removed as a stack, and found again after a crash. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { expect, test } from "vitest";
import type { ResourceRequest } from "../../../src/resource.ts";
import { accessPoint } from "../../../src/services/efs/resources/AccessPoint.ts";
import { fileSystem } from "../../../src/services/efs/resources/FileSystem.ts";
import { mountTarget } from "../../../src/services/efs/resources/MountTarget.ts";
import { startTestCloud, type TestCloud } from "../../cloud.ts";

async function settled({ call }: TestCloud): Promise<{ status: string; outputs: Record<string, string> }> {
  const stack = async () => (await call("cloudformation", "DescribeStacks", { StackName: "files" })).Stacks![0]!;
  await expect.poll(async () => (await stack()).StackStatus, { interval: 50 }).not.toMatch(/_IN_PROGRESS$/);
  const { StackStatus, Outputs = [] } = await stack();
  return { status: StackStatus!, outputs: Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!])) };
}

const policy = (action: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: action }],
});

const template = (subnet: string, { group = "A", name = "git", lifecycle = true } = {}) =>
  JSON.stringify({
    Resources: {
      A: { Type: "AWS::EC2::SecurityGroup", Properties: { GroupDescription: "a" } },
      B: { Type: "AWS::EC2::SecurityGroup", Properties: { GroupDescription: "b" } },
      Files: {
        Type: "AWS::EFS::FileSystem",
        Properties: {
          Encrypted: true,
          ThroughputMode: "elastic",
          BackupPolicy: { Status: "ENABLED" },
          ...(lifecycle && { LifecyclePolicies: [{ TransitionToIA: "AFTER_30_DAYS" }] }),
          ...(lifecycle && { FileSystemPolicy: policy("elasticfilesystem:ClientMount") }),
          FileSystemTags: [{ Key: "Name", Value: name }],
        },
      },
      Target: {
        Type: "AWS::EFS::MountTarget",
        Properties: { FileSystemId: { Ref: "Files" }, SubnetId: subnet, SecurityGroups: [{ "Fn::GetAtt": [group, "GroupId"] }] },
      },
      Point: {
        Type: "AWS::EFS::AccessPoint",
        Properties: {
          FileSystemId: { Ref: "Files" },
          PosixUser: { Uid: "1000", Gid: "1000" },
          RootDirectory: { Path: "/data", CreationInfo: { OwnerUid: "1000", OwnerGid: "1000", Permissions: "0750" } },
          AccessPointTags: [{ Key: "Name", Value: name }],
        },
      },
    },
    Outputs: {
      Files: { Value: { Ref: "Files" } },
      Arn: { Value: { "Fn::GetAtt": ["Files", "Arn"] } },
      Target: { Value: { Ref: "Target" } },
      Address: { Value: { "Fn::GetAtt": ["Target", "IpAddress"] } },
      Point: { Value: { Ref: "Point" } },
      PointArn: { Value: { "Fn::GetAtt": ["Point", "Arn"] } },
    },
  });

test("a stack makes a file system, changes what can be changed in place, and removes all of it", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const { Subnets } = await call("ec2", "DescribeSubnets", {});
  const subnet = Subnets![0]!.SubnetId!;
  await call("cloudformation", "CreateStack", { StackName: "files", TemplateBody: template(subnet) });
  const { status, outputs } = await settled(cloud);
  expect(status).toBe("CREATE_COMPLETE");
  const { Files: FileSystemId = "", Target: MountTargetId = "", Point: AccessPointId = "" } = outputs;
  expect(outputs).toMatchObject({
    Arn: `arn:aws:elasticfilesystem:eu-central-1:123456789012:file-system/${FileSystemId}`,
    PointArn: `arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/${AccessPointId}`,
    Address: expect.stringMatching(/^172\.31\./),
  });
  const described = async () => (await call("efs", "DescribeFileSystems", { FileSystemId })).FileSystems![0]!;
  expect(await described()).toMatchObject({ Name: "git", Encrypted: true, ThroughputMode: "elastic", NumberOfMountTargets: 1 });
  expect((await call("efs", "DescribeBackupPolicy", { FileSystemId })).BackupPolicy).toEqual({ Status: "ENABLED" });
  expect(JSON.parse((await call("efs", "DescribeFileSystemPolicy", { FileSystemId })).Policy!)).toEqual(
    policy("elasticfilesystem:ClientMount"),
  );
  const before = (await call("efs", "DescribeMountTargetSecurityGroups", { MountTargetId })).SecurityGroups;

  const changed = template(subnet, { group: "B", name: "repositories", lifecycle: false });
  await call("cloudformation", "UpdateStack", { StackName: "files", TemplateBody: changed });
  expect(await settled(cloud)).toEqual({ status: "UPDATE_COMPLETE", outputs });
  expect((await described()).Name).toBe("repositories");
  expect((await call("efs", "DescribeAccessPoints", { AccessPointId })).AccessPoints![0]!.Name).toBe("repositories");
  expect((await call("efs", "DescribeLifecycleConfiguration", { FileSystemId })).LifecyclePolicies).toEqual([]);
  await expect(call("efs", "DescribeFileSystemPolicy", { FileSystemId })).rejects.toMatchObject({ code: "PolicyNotFound" });
  expect((await call("efs", "DescribeMountTargetSecurityGroups", { MountTargetId })).SecurityGroups).not.toEqual(before);

  await call("cloudformation", "DeleteStack", { StackName: "files" });
  await expect.poll(async () => (await call("efs", "DescribeFileSystems", {})).FileSystems).toEqual([]);
});

test("what an interrupted create had made is found by its token, and taken for nobody else's", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const request = <P>(properties: P, token: string): ResourceRequest<P> => ({
    cloud: cloud.cloud,
    account: "123456789012",
    region: "eu-central-1",
    call,
    callIn: () => call,
    stackName: "files",
    stackId: "arn:aws:cloudformation:eu-central-1:123456789012:stack/files/1",
    logicalId: "Files",
    properties,
    tags: {},
    token,
    physicalName: () => "files",
    signal: new AbortController().signal,
  });
  const a = "a".repeat(32);
  const b = "b".repeat(32);
  const files = request<ResourceProperties["AWS::EFS::FileSystem"]>({}, a);
  expect(await fileSystem.find!(files)).toBeUndefined();
  const made = await fileSystem.create(files);
  expect(await fileSystem.find!(files)).toEqual(made);
  expect(await fileSystem.find!({ ...files, token: b })).toBeUndefined();
  const { Subnets } = await call("ec2", "DescribeSubnets", {});
  const { SecurityGroups } = await call("ec2", "DescribeSecurityGroups", {});
  const target = { FileSystemId: made.physicalId, SubnetId: Subnets![0]!.SubnetId!, SecurityGroups: [SecurityGroups![0]!.GroupId!] };
  const targets = request<ResourceProperties["AWS::EFS::MountTarget"]>(target, a);
  expect(await mountTarget.find!(targets)).toBeUndefined();
  const stands = await mountTarget.create(targets);
  expect(await mountTarget.find!(targets)).toEqual(stands);
  const points = request<ResourceProperties["AWS::EFS::AccessPoint"]>({ FileSystemId: made.physicalId }, a);
  const point = await accessPoint.create(points);
  expect(await accessPoint.find!(points)).toEqual(point);
  expect(await accessPoint.find!({ ...points, token: b })).toBeUndefined();
});
