/** Amazon EFS through its official client: file systems, mount targets, access points, and what is told about them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DescribeNetworkInterfacesCommand, DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateAccessPointCommand,
  CreateFileSystemCommand,
  CreateMountTargetCommand,
  CreateReplicationConfigurationCommand,
  DeleteAccessPointCommand,
  DeleteFileSystemCommand,
  DeleteFileSystemPolicyCommand,
  DeleteMountTargetCommand,
  DescribeAccessPointsCommand,
  DescribeBackupPolicyCommand,
  DescribeFileSystemPolicyCommand,
  DescribeFileSystemsCommand,
  DescribeLifecycleConfigurationCommand,
  DescribeMountTargetsCommand,
  DescribeMountTargetSecurityGroupsCommand,
  DescribeReplicationConfigurationsCommand,
  DescribeTagsCommand,
  EFSClient,
  ListTagsForResourceCommand,
  ModifyMountTargetSecurityGroupsCommand,
  PutBackupPolicyCommand,
  PutFileSystemPolicyCommand,
  PutLifecycleConfigurationCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFileSystemCommand,
} from "@aws-sdk/client-efs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SimulatedWorld } from "../../../src/world/simulated.ts";
import { startSimulatedServer, type TestServer } from "../../server.ts";

let server: TestServer & { world: SimulatedWorld };
let efs: EFSClient;
let ec2: EC2Client;
beforeAll(async () => {
  server = await startSimulatedServer();
  efs = new EFSClient(server.client);
  ec2 = new EC2Client(server.client);
});
afterAll(async () => {
  efs.destroy();
  ec2.destroy();
  await server[Symbol.asyncDispose]();
  expect(server.reported).toEqual([]);
});

const soon = () => server.world.clock.advance(1000);

/** A file system that is available. */
async function made(input: ConstructorParameters<typeof CreateFileSystemCommand>[0] = {}): Promise<string> {
  const { FileSystemId } = await efs.send(new CreateFileSystemCommand(input));
  await soon();
  return FileSystemId!;
}

const subnets = async () => (await ec2.send(new DescribeSubnetsCommand({}))).Subnets!;

describe("a file system", () => {
  test("is creating, then available, empty and without mount targets", async () => {
    const answer = await efs.send(
      new CreateFileSystemCommand({ CreationToken: "git", Encrypted: true, Tags: [{ Key: "Name", Value: "repositories" }] }),
    );
    expect(answer).toMatchObject({
      CreationToken: "git",
      FileSystemId: expect.stringMatching(/^fs-[0-9a-f]{17}$/),
      FileSystemArn: `arn:aws:elasticfilesystem:eu-central-1:123456789012:file-system/${answer.FileSystemId}`,
      LifeCycleState: "creating",
      Name: "repositories",
      Encrypted: true,
      PerformanceMode: "generalPurpose",
      ThroughputMode: "bursting",
      NumberOfMountTargets: 0,
      SizeInBytes: { Value: 0, ValueInIA: 0, ValueInStandard: 0 },
    });
    await expect(efs.send(new CreateFileSystemCommand({ CreationToken: "git" }))).rejects.toMatchObject({
      name: "FileSystemAlreadyExists",
      message: `File system '${answer.FileSystemId}' already exists with creation token 'git'`,
      FileSystemId: answer.FileSystemId,
      $metadata: { httpStatusCode: 409 },
    });
    await expect(efs.send(new CreateAccessPointCommand({ FileSystemId: answer.FileSystemId! }))).rejects.toMatchObject({
      name: "IncorrectFileSystemLifeCycleState",
    });
    await soon();
    const { FileSystems } = await efs.send(new DescribeFileSystemsCommand({ CreationToken: "git" }));
    expect(FileSystems!.map(({ LifeCycleState }) => LifeCycleState)).toEqual(["available"]);
  });

  test("says how much its files hold", async () => {
    const FileSystemId = await made();
    const folder = server.cloud.world.disk.path("file-systems", FileSystemId, "data");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "a"), "x".repeat(1000));
    writeFileSync(join(folder, "..", "b"), "y".repeat(234));
    const { FileSystems: [found] = [] } = await efs.send(new DescribeFileSystemsCommand({ FileSystemId }));
    expect(found!.SizeInBytes).toMatchObject({ Value: 1234, ValueInStandard: 1234, ValueInIA: 0 });
  });

  test("that is not there is named", async () => {
    await expect(efs.send(new DescribeFileSystemsCommand({ FileSystemId: "fs-29879313" }))).rejects.toMatchObject({
      name: "FileSystemNotFound",
      message: "File system 'fs-29879313' does not exist.",
      ErrorCode: "FileSystemNotFound",
      $metadata: { httpStatusCode: 404 },
    });
    const both = new DescribeFileSystemsCommand({ FileSystemId: "fs-29879313", CreationToken: "x" });
    await expect(efs.send(both)).rejects.toMatchObject({ name: "BadRequest", $metadata: { httpStatusCode: 400 } });
    await expect(efs.send(new DescribeFileSystemsCommand({ Marker: "fiddlesticks" }))).rejects.toMatchObject({ name: "BadRequest" });
  });

  test.each([
    ["provisioned throughput without a figure", { ThroughputMode: "provisioned" }, "ProvisionedThroughputInMibps is required"],
    ["a figure without provisioned throughput", { ProvisionedThroughputInMibps: 10 }, "ProvisionedThroughputInMibps is only valid"],
    ["elastic throughput at maxIO", { ThroughputMode: "elastic", PerformanceMode: "maxIO" }, "maxIO"],
    ["a key without encryption", { KmsKeyId: "alias/x" }, "KmsKeyId"],
    ["an unknown mode", { ThroughputMode: "fast" as "bursting" }, "throughputMode"],
  ] as const)("with %s is refused", async (_, input, words) => {
    await expect(efs.send(new CreateFileSystemCommand(input))).rejects.toMatchObject({
      name: "BadRequest",
      message: expect.stringContaining(words),
    });
  });

  test("of one zone knows it, and is backed up unless the caller says no", async () => {
    const FileSystemId = await made({ AvailabilityZoneName: "eu-central-1b" });
    const { FileSystems: [found] = [] } = await efs.send(new DescribeFileSystemsCommand({ FileSystemId }));
    expect(found).toMatchObject({ AvailabilityZoneName: "eu-central-1b", AvailabilityZoneId: expect.stringMatching(/^euc1-az\d$/) });
    const { BackupPolicy } = await efs.send(new DescribeBackupPolicyCommand({ FileSystemId }));
    expect(BackupPolicy).toEqual({ Status: "ENABLED" });
    const elsewhere = (await subnets()).find(({ AvailabilityZone }) => AvailabilityZone !== "eu-central-1b")!.SubnetId!;
    await expect(efs.send(new CreateMountTargetCommand({ FileSystemId, SubnetId: elsewhere }))).rejects.toMatchObject({
      name: "AvailabilityZonesMismatch",
    });
    await expect(efs.send(new CreateFileSystemCommand({ AvailabilityZoneName: "mars-1a" }))).rejects.toMatchObject({
      name: "UnsupportedAvailabilityZone",
    });
  });

  test("changes its throughput", async () => {
    const FileSystemId = await made({ ThroughputMode: "provisioned", ProvisionedThroughputInMibps: 60 });
    const changed = await efs.send(new UpdateFileSystemCommand({ FileSystemId, ThroughputMode: "elastic" }));
    expect([changed.ThroughputMode, changed.ProvisionedThroughputInMibps, changed.$metadata.httpStatusCode]).toEqual([
      "elastic",
      undefined,
      202,
    ]);
  });

  test("comes in pages that lose nothing", async () => {
    const before = (await efs.send(new DescribeFileSystemsCommand({}))).FileSystems!.length;
    await made();
    const seen = new Set<string>();
    let Marker: string | undefined;
    do {
      const answer = await efs.send(new DescribeFileSystemsCommand({ MaxItems: 2, ...(Marker && { Marker }) }));
      expect(answer.Marker).toBe(Marker);
      for (const { FileSystemId } of answer.FileSystems!) seen.add(FileSystemId!);
      Marker = answer.NextMarker;
    } while (Marker);
    expect(seen.size).toBe(before + 1);
  });

  test("is not deleted while it has mount targets; with its files and access points afterwards", async () => {
    const FileSystemId = await made();
    const [subnet] = await subnets();
    const { MountTargetId } = await efs.send(new CreateMountTargetCommand({ FileSystemId, SubnetId: subnet!.SubnetId! }));
    const { AccessPointId } = await efs.send(new CreateAccessPointCommand({ FileSystemId }));
    await expect(efs.send(new DeleteFileSystemCommand({ FileSystemId }))).rejects.toMatchObject({
      name: "FileSystemInUse",
      message: `The file system '${FileSystemId}' cannot be deleted because it has mount targets. You must delete the mount targets, and then try again.`,
    });
    await efs.send(new DeleteMountTargetCommand({ MountTargetId: MountTargetId! }));
    await efs.send(new DeleteFileSystemCommand({ FileSystemId }));
    await expect(efs.send(new DescribeFileSystemsCommand({ FileSystemId }))).rejects.toMatchObject({ name: "FileSystemNotFound" });
    await expect(efs.send(new DescribeAccessPointsCommand({ AccessPointId }))).rejects.toMatchObject({ name: "AccessPointNotFound" });
  });
});

describe("a mount target", () => {
  test("has an address of its subnet, an interface that EC2 knows, and its groups", async () => {
    const FileSystemId = await made();
    const [subnet, , third] = await subnets();
    const target = await efs.send(new CreateMountTargetCommand({ FileSystemId, SubnetId: subnet!.SubnetId! }));
    expect(target).toMatchObject({
      MountTargetId: expect.stringMatching(/^fsmt-[0-9a-f]{17}$/),
      LifeCycleState: "creating",
      VpcId: subnet!.VpcId,
      AvailabilityZoneName: subnet!.AvailabilityZone,
      AvailabilityZoneId: subnet!.AvailabilityZoneId,
    });
    const { NetworkInterfaces: [found] = [] } = await ec2.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [target.NetworkInterfaceId!] }),
    );
    expect(found).toMatchObject({ Status: "in-use", PrivateIpAddress: target.IpAddress, RequesterManaged: true });
    await soon();
    await efs.send(new CreateMountTargetCommand({ FileSystemId, SubnetId: third!.SubnetId! }));
    const { MountTargets } = await efs.send(new DescribeMountTargetsCommand({ FileSystemId }));
    expect(MountTargets!.map(({ LifeCycleState }) => LifeCycleState).toSorted()).toEqual(["available", "creating"]);
    const groups = { MountTargetId: target.MountTargetId! };
    const { SecurityGroups } = await efs.send(new DescribeMountTargetSecurityGroupsCommand(groups));
    expect(SecurityGroups).toEqual(found!.Groups!.map(({ GroupId }) => GroupId));
    const { GroupId } = await server.call("ec2", "CreateSecurityGroup", { GroupName: "nfs", Description: "d", VpcId: subnet!.VpcId! });
    await efs.send(new ModifyMountTargetSecurityGroupsCommand({ ...groups, SecurityGroups: [GroupId!] }));
    expect((await efs.send(new DescribeMountTargetSecurityGroupsCommand(groups))).SecurityGroups).toEqual([GroupId]);
    const now = await ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [target.NetworkInterfaceId!] }));
    expect(now.NetworkInterfaces![0]!.Groups!.map((group) => group.GroupId)).toEqual([GroupId]);
  });

  test("stands once in a zone, and all in one VPC", async () => {
    const FileSystemId = await made();
    const [subnet] = await subnets();
    const input = { FileSystemId, SubnetId: subnet!.SubnetId! };
    await efs.send(new CreateMountTargetCommand(input));
    await expect(efs.send(new CreateMountTargetCommand(input))).rejects.toMatchObject({
      name: "MountTargetConflict",
      message: "mount target already exists in this AZ",
      $metadata: { httpStatusCode: 409 },
    });
    const { Vpc } = await server.call("ec2", "CreateVpc", { CidrBlock: "10.9.0.0/16" });
    const { Subnet } = await server.call("ec2", "CreateSubnet", { VpcId: Vpc!.VpcId!, CidrBlock: "10.9.1.0/24" });
    await expect(efs.send(new CreateMountTargetCommand({ FileSystemId, SubnetId: Subnet!.SubnetId! }))).rejects.toMatchObject({
      name: "MountTargetConflict",
      message: "requested subnet for new mount target is not in the same VPC as existing mount targets",
    });
  });

  test.each([
    ["another file system", { FileSystemId: "fs-12343289" }, "FileSystemNotFound"],
    ["another subnet", { SubnetId: "subnet-12345678" }, "SubnetNotFound"],
    ["another group", { SecurityGroups: ["sg-1234df235"] }, "SecurityGroupNotFound"],
    ["an address outside", { IpAddress: "10.99.1.9" }, "BadRequest"],
    ["six groups", { SecurityGroups: Array.from({ length: 6 }, (_, at) => `sg-${at}`) }, "SecurityGroupLimitExceeded"],
  ] as const)("of %s is refused", async (_, input, name) => {
    const FileSystemId = await made();
    const [subnet] = await subnets();
    const all = { FileSystemId, SubnetId: subnet!.SubnetId!, ...input } as { FileSystemId: string; SubnetId: string };
    await expect(efs.send(new CreateMountTargetCommand(all))).rejects.toMatchObject({ name });
  });

  test("is described by exactly one of file system, access point and its own id", async () => {
    const FileSystemId = await made();
    const [subnet] = await subnets();
    const { MountTargetId } = await efs.send(new CreateMountTargetCommand({ FileSystemId, SubnetId: subnet!.SubnetId! }));
    const { AccessPointId } = await efs.send(new CreateAccessPointCommand({ FileSystemId }));
    for (const by of [{ FileSystemId }, { AccessPointId }, { MountTargetId }]) {
      const { MountTargets } = await efs.send(new DescribeMountTargetsCommand(by));
      expect(MountTargets!.map((target) => target.MountTargetId)).toEqual([MountTargetId]);
    }
    await expect(efs.send(new DescribeMountTargetsCommand({}))).rejects.toMatchObject({ name: "BadRequest" });
    const gone = new DeleteMountTargetCommand({ MountTargetId: "fsmt-98487aef0a7" });
    await expect(efs.send(gone)).rejects.toMatchObject({
      name: "MountTargetNotFound",
      message: "Mount target 'fsmt-98487aef0a7' does not exist.",
    });
  });
});

describe("an access point", () => {
  test("has a root and a user", async () => {
    const FileSystemId = await made();
    const point = await efs.send(
      new CreateAccessPointCommand({
        FileSystemId,
        ClientToken: "one",
        PosixUser: { Uid: 1000, Gid: 1000, SecondaryGids: [5] },
        RootDirectory: { Path: "/data", CreationInfo: { OwnerUid: 1000, OwnerGid: 1000, Permissions: "0750" } },
        Tags: [{ Key: "Name", Value: "git" }],
      }),
    );
    expect(point).toMatchObject({
      AccessPointId: expect.stringMatching(/^fsap-[0-9a-f]{17}$/),
      AccessPointArn: `arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/${point.AccessPointId}`,
      Name: "git",
      PosixUser: { Uid: 1000, Gid: 1000, SecondaryGids: [5] },
      RootDirectory: { Path: "/data", CreationInfo: { OwnerUid: 1000, OwnerGid: 1000, Permissions: "0750" } },
    });
    await expect(efs.send(new CreateAccessPointCommand({ FileSystemId, ClientToken: "one" }))).rejects.toMatchObject({
      name: "AccessPointAlreadyExists",
      AccessPointId: point.AccessPointId,
    });
    const { AccessPoints } = await efs.send(new DescribeAccessPointsCommand({ FileSystemId }));
    expect(AccessPoints!.map(({ AccessPointId }) => AccessPointId)).toEqual([point.AccessPointId]);
    await efs.send(new DeleteAccessPointCommand({ AccessPointId: point.AccessPointId! }));
    expect((await efs.send(new DescribeAccessPointsCommand({ FileSystemId }))).AccessPoints).toEqual([]);
  });

  test("without anything has the root of the file system", async () => {
    const point = await efs.send(new CreateAccessPointCommand({ FileSystemId: await made() }));
    expect([point.RootDirectory, point.PosixUser, point.Tags]).toEqual([{ Path: "/" }, undefined, []]);
  });

  test.each([
    ["a relative path", { RootDirectory: { Path: "data" } }],
    ["a path that climbs", { RootDirectory: { Path: "/../x" } }],
    ["five folders", { RootDirectory: { Path: "/a/b/c/d/e" } }],
    ["permissions that are none", { RootDirectory: { Path: "/a", CreationInfo: { OwnerUid: 1, OwnerGid: 1, Permissions: "rwx" } } }],
    ["a user below zero", { PosixUser: { Uid: -1, Gid: 0 } }],
  ])("with %s is refused", async (_, input) => {
    const FileSystemId = await made();
    await expect(efs.send(new CreateAccessPointCommand({ FileSystemId, ...input }))).rejects.toMatchObject({ name: "BadRequest" });
  });
});

describe("what a file system is told", () => {
  test("a policy stands until it is taken away, and has to be one", async () => {
    const FileSystemId = await made();
    await expect(efs.send(new DescribeFileSystemPolicyCommand({ FileSystemId }))).rejects.toMatchObject({ name: "PolicyNotFound" });
    const statement = { Effect: "Allow", Principal: { AWS: "*" }, Action: "elasticfilesystem:ClientMount" };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await efs.send(new PutFileSystemPolicyCommand({ FileSystemId, Policy }));
    expect(await efs.send(new DescribeFileSystemPolicyCommand({ FileSystemId }))).toMatchObject({ FileSystemId, Policy });
    for (const wrong of ["{", "{}", JSON.stringify({ Statement: [{ ...statement, Action: "s3:*" }] })]) {
      const put = new PutFileSystemPolicyCommand({ FileSystemId, Policy: wrong });
      await expect(efs.send(put)).rejects.toMatchObject({ name: "InvalidPolicyException" });
    }
    await efs.send(new DeleteFileSystemPolicyCommand({ FileSystemId }));
    await expect(efs.send(new DescribeFileSystemPolicyCommand({ FileSystemId }))).rejects.toMatchObject({ name: "PolicyNotFound" });
  });

  test("lifecycle and backup policies", async () => {
    const FileSystemId = await made();
    expect((await efs.send(new DescribeLifecycleConfigurationCommand({ FileSystemId }))).LifecyclePolicies).toEqual([]);
    const LifecyclePolicies = [
      { TransitionToIA: "AFTER_30_DAYS" as const },
      { TransitionToPrimaryStorageClass: "AFTER_1_ACCESS" as const },
    ];
    await efs.send(new PutLifecycleConfigurationCommand({ FileSystemId, LifecyclePolicies }));
    expect((await efs.send(new DescribeLifecycleConfigurationCommand({ FileSystemId }))).LifecyclePolicies).toEqual(LifecyclePolicies);
    const both = [{ TransitionToIA: "AFTER_30_DAYS" as const, TransitionToPrimaryStorageClass: "AFTER_1_ACCESS" as const }];
    await expect(efs.send(new PutLifecycleConfigurationCommand({ FileSystemId, LifecyclePolicies: both }))).rejects.toMatchObject({
      name: "BadRequest",
    });
    await expect(efs.send(new DescribeBackupPolicyCommand({ FileSystemId }))).rejects.toMatchObject({ name: "PolicyNotFound" });
    await efs.send(new PutBackupPolicyCommand({ FileSystemId, BackupPolicy: { Status: "ENABLED" } }));
    expect((await efs.send(new DescribeBackupPolicyCommand({ FileSystemId }))).BackupPolicy).toEqual({ Status: "ENABLED" });
  });

  test("tags, of file systems and access points, in the order in which they came", async () => {
    const FileSystemId = await made({ Tags: [{ Key: "key1", Value: "a" }] });
    await efs.send(
      new TagResourceCommand({
        ResourceId: FileSystemId,
        Tags: [
          { Key: "key2", Value: "b" },
          { Key: "Name", Value: "c" },
        ],
      }),
    );
    await efs.send(new UntagResourceCommand({ ResourceId: FileSystemId, TagKeys: ["key2"] }));
    const { Tags } = await efs.send(new ListTagsForResourceCommand({ ResourceId: FileSystemId }));
    expect(Tags).toEqual([
      { Key: "key1", Value: "a" },
      { Key: "Name", Value: "c" },
    ]);
    expect((await efs.send(new DescribeTagsCommand({ FileSystemId }))).Tags).toEqual(Tags);
    const { AccessPointId } = await efs.send(new CreateAccessPointCommand({ FileSystemId }));
    await efs.send(new TagResourceCommand({ ResourceId: AccessPointId!, Tags: [{ Key: "Name", Value: "p" }] }));
    expect((await efs.send(new DescribeAccessPointsCommand({ AccessPointId }))).AccessPoints![0]!.Name).toBe("p");
    const reserved = new TagResourceCommand({ ResourceId: FileSystemId, Tags: [{ Key: "aws:x", Value: "" }] });
    await expect(efs.send(reserved)).rejects.toMatchObject({ name: "BadRequest" });
  });

  test("replication is refused by name", async () => {
    const SourceFileSystemId = await made();
    const create = new CreateReplicationConfigurationCommand({ SourceFileSystemId, Destinations: [{ Region: "us-east-1" }] });
    await expect(efs.send(create)).rejects.toMatchObject({ name: "NotImplemented" });
    const one = new DescribeReplicationConfigurationsCommand({ FileSystemId: SourceFileSystemId });
    await expect(efs.send(one)).rejects.toMatchObject({ name: "ReplicationNotFound" });
  });
});

test("every 15 minutes CloudWatch learns how much each holds", async () => {
  const FileSystemId = await made();
  const folder = server.cloud.world.disk.path("file-systems", FileSystemId);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "a"), "x".repeat(512));
  const nowMs = server.world.clock.nowMs();
  await server.world.clock.advance(16 * 60_000);
  const read = () =>
    server.call("cloudwatch", "GetMetricStatistics", {
      Namespace: "AWS/EFS",
      MetricName: "StorageBytes",
      Dimensions: [
        { Name: "FileSystemId", Value: FileSystemId },
        { Name: "StorageClass", Value: "Total" },
      ],
      StartTime: new Date(nowMs),
      EndTime: new Date(nowMs + 3_600_000),
      Period: 3600,
      Statistics: ["Maximum"],
    });
  await expect.poll(async () => (await read()).Datapoints!.map(({ Maximum }) => Maximum)).toEqual([512]);
});
