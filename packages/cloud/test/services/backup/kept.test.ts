/** What AWS Backup keeps itself: file systems and buckets, copied, brought back, carried to another region, ended by their lifecycle; vaults that lock and deny. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { startSimulatedCloud, type TestCloud } from "../../cloud.ts";

let it: Awaited<ReturnType<typeof startSimulatedCloud>>;
let there: TestCloud["call"];
const IamRoleArn = "arn:aws:iam::123456789012:role/backup";

beforeAll(async () => {
  it = await startSimulatedCloud(); // from 2026-01-01T00:00:00Z
  there = it.cloud.as(rootPrincipal(it.cloud.account), "eu-west-1");
  const Statement = [{ Effect: "Allow", Principal: { Service: "backup.amazonaws.com" }, Action: "sts:AssumeRole" }];
  await it.call("iam", "CreateRole", {
    RoleName: "backup",
    AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
  });
  await it.call("backup", "CreateBackupVault", { BackupVaultName: "kept" });
});
afterAll(() => it[Symbol.asyncDispose]());

/** Jobs look at nothing but files here: they end by themselves. */
async function ended<T extends { State?: unknown; Status?: unknown }>(ask: () => Promise<T>): Promise<T> {
  const stateOf = (job: T) => job.State ?? job.Status;
  await expect.poll(async () => stateOf(await ask())).toMatch(/COMPLETED|FAILED/);
  return await ask();
}
async function backUp(ResourceArn: string, more: object = {}) {
  const { BackupJobId, RecoveryPointArn } = await it.call("backup", "StartBackupJob", {
    BackupVaultName: "kept",
    ResourceArn,
    IamRoleArn,
    ...more,
  });
  const job = await ended(() => it.call("backup", "DescribeBackupJob", { BackupJobId: BackupJobId! }));
  return { ...job, RecoveryPointArn: RecoveryPointArn! };
}
async function restore(call: TestCloud["call"], RecoveryPointArn: string, Metadata: Record<string, string>) {
  const { RestoreJobId } = await call("backup", "StartRestoreJob", { RecoveryPointArn, Metadata, IamRoleArn });
  return await ended(() => call("backup", "DescribeRestoreJob", { RestoreJobId: RestoreJobId! }));
}
async function fileSystem(files: Record<string, string>) {
  const { FileSystemId: id, FileSystemArn: arn } = await it.call("efs", "CreateFileSystem", { CreationToken: it.world.random.uuid() });
  await it.world.clock.advance(400);
  for (const [path, text] of Object.entries(files)) await put(id!, path, text);
  return { id: id!, arn: arn! };
}
const at = (id: string, ...path: string[]) => join(it.folder, "file-systems", id, ...path);
async function put(id: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(at(id, path)), { recursive: true });
  await writeFile(at(id, path), text);
}

test("a file system comes back beside what is there, all of it or what is named, or as a new one", async () => {
  const { id, arn } = await fileSystem({ "data/a.txt": "one", "data/deep/b.txt": "two" });
  const job = await backUp(arn);
  expect(job).toMatchObject({ State: "COMPLETED", ResourceType: "EFS", ResourceName: id });
  expect(job.RecoveryPointArn).toMatch(/^arn:aws:backup:eu-central-1:123456789012:recovery-point:[0-9a-f-]{36}$/);
  await put(id, "data/a.txt", "changed");
  const { RestoreMetadata } = await it.call("backup", "GetRecoveryPointRestoreMetadata", {
    BackupVaultName: "kept",
    RecoveryPointArn: job.RecoveryPointArn,
  });
  expect(RestoreMetadata).toMatchObject({ "file-system-id": id, Encrypted: "false", PerformanceMode: "generalPurpose" });

  const whole = await restore(it.call, job.RecoveryPointArn, { ...RestoreMetadata, newFileSystem: "false" });
  expect(whole).toMatchObject({ Status: "COMPLETED", CreatedResourceArn: arn, ResourceType: "EFS" });
  const [directory] = (await readdir(at(id))).filter((name) => name !== "data");
  expect(directory).toMatch(/^aws-backup-restore_2026-01-01T00-00-00-\d{3}Z$/);
  expect(await readFile(at(id, directory!, "data/a.txt"), "utf8")).toBe("one");
  expect(await readFile(at(id, "data/a.txt"), "utf8")).toBe("changed");

  await it.world.clock.advance(1_000);
  const items = JSON.stringify(["/data/deep/b.txt"]);
  await restore(it.call, job.RecoveryPointArn, { "file-system-id": id, newFileSystem: "false", ItemsToRestore: items });
  const second = (await readdir(at(id))).find((name) => name !== "data" && name !== directory)!;
  expect(await readdir(at(id, second), { recursive: true })).toEqual(["data", "data/deep", "data/deep/b.txt"]);

  const anew = { "file-system-id": id, newFileSystem: "true", Encrypted: "true", PerformanceMode: "generalPurpose", CreationToken: "anew" };
  const made = await restore(it.call, job.RecoveryPointArn, anew);
  expect(made.Status).toBe("COMPLETED");
  const { FileSystems: [found] = [] } = await it.call("efs", "DescribeFileSystems", { CreationToken: "anew" });
  expect(found).toMatchObject({ FileSystemArn: made.CreatedResourceArn, Encrypted: true });
  const [only] = await readdir(at(found!.FileSystemId!));
  expect(await readFile(at(found!.FileSystemId!, only!, "data/deep/b.txt"), "utf8")).toBe("two");

  const missing = { "file-system-id": id, newFileSystem: "false", ItemsToRestore: JSON.stringify(["/data/none"]) };
  expect(await restore(it.call, job.RecoveryPointArn, missing)).toMatchObject({
    Status: "FAILED",
    StatusMessage: "/data/none is not in the recovery point.",
  });
});

test.each([
  [{}, "file-system-id"],
  [{ "file-system-id": "fs-0" }, "newFileSystem"],
  [{ "file-system-id": "fs-0", newFileSystem: "true", Encrypted: "true" }, "CreationToken"],
  [{ "file-system-id": "fs-0", newFileSystem: "false", ItemsToRestore: "/data" }, "JSON list"],
  [{ "file-system-id": "fs-0", newFileSystem: "false", ItemsToRestore: '["/../x"]' }, "no path from the root"],
  [{ "file-system-id": "fs-0", newFileSystem: "false", ItemsToRestore: '["/*"]' }, "no path from the root"],
])("a restore of a file system that is told %j is refused", async (Metadata, message) => {
  const { RecoveryPoints: [point] = [] } = await it.call("backup", "ListRecoveryPointsByBackupVault", {
    BackupVaultName: "kept",
    ByResourceType: "EFS",
  });
  await expect(
    it.call("backup", "StartRestoreJob", { RecoveryPointArn: point!.RecoveryPointArn!, Metadata, IamRoleArn }),
  ).rejects.toMatchObject({ code: "InvalidParameterValueException", message: expect.stringContaining(message) });
});

test("a bucket comes back as its latest versions, from another region too, and never over what is there", async () => {
  await it.call("s3", "CreateBucket", { Bucket: "photos", CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } });
  expect(await backUp("arn:aws:s3:::photos")).toMatchObject({ State: "FAILED", StatusMessage: expect.stringContaining("Versioning") });
  await it.call("s3", "PutBucketVersioning", { Bucket: "photos", VersioningConfiguration: { Status: "Enabled" } });
  const object = { Bucket: "photos", ContentType: "image/x-cat", Metadata: { by: "me" }, Tagging: "kind=cat" };
  await it.call("s3", "PutObject", { ...object, Key: "cat", Body: "old" as never });
  await it.call("s3", "PutObject", { ...object, Key: "cat", Body: "new" as never });
  await it.call("s3", "PutObject", { ...object, Key: "gone", Body: "x" as never });
  await it.call("s3", "DeleteObject", { Bucket: "photos", Key: "gone" });
  await expect(it.call("backup", "DescribeProtectedResource", { ResourceArn: "arn:aws:s3:::photos" })).rejects.toMatchObject({
    code: "ResourceNotFoundException",
  });
  const job = await backUp("arn:aws:s3:::photos");
  expect(job.State).toBe("COMPLETED");
  const told = { ResourceArn: "arn:aws:s3:::photos", ResourceType: "S3", LastRecoveryPointArn: job.RecoveryPointArn };
  expect(await it.call("backup", "DescribeProtectedResource", { ResourceArn: told.ResourceArn })).toMatchObject(told);
  expect((await it.call("backup", "ListProtectedResources", {})).Results).toContainEqual(expect.objectContaining(told));
  expect(job.RecoveryPointArn).toMatch(/:recovery-point:photos-20260101\d{6}-[0-9a-f]{8}$/);

  await it.call("s3", "PutObject", { Bucket: "photos", Key: "cat", Body: "newer" as never });
  const { BackupVaultArn } = await there("backup", "CreateBackupVault", { BackupVaultName: "far" });
  const { CopyJobId } = await it.call("backup", "StartCopyJob", {
    SourceBackupVaultName: "kept",
    RecoveryPointArn: job.RecoveryPointArn,
    DestinationBackupVaultArn: BackupVaultArn!,
    IamRoleArn,
  });
  const copied = await ended(async () => (await it.call("backup", "DescribeCopyJob", { CopyJobId: CopyJobId! })).CopyJob!);
  expect(copied).toMatchObject({ State: "COMPLETED", ResourceType: "S3" });
  // The first may go: the copy is one of its own.
  await it.call("backup", "DeleteRecoveryPoint", { BackupVaultName: "kept", RecoveryPointArn: job.RecoveryPointArn });
  const point = copied.DestinationRecoveryPointArn!;
  expect(await restore(there, point, { DestinationBucketName: "photos-far", NewBucket: "true" })).toMatchObject({ Status: "COMPLETED" });
  const { Contents } = await there("s3", "ListObjectsV2", { Bucket: "photos-far" });
  expect(Contents!.map(({ Key }) => Key)).toEqual(["cat"]);
  const cat = await there("s3", "GetObject", { Bucket: "photos-far", Key: "cat" });
  expect(cat).toMatchObject({ ContentType: "image/x-cat", Metadata: { by: "me" }, TagCount: 1 });
  expect(String(cat.Body)).toBe("new");
  // Into the very bucket: what is there stays, what a marker hides comes back when it was there.
  expect(await restore(there, point, { DestinationBucketName: "photos" })).toMatchObject({ Status: "COMPLETED" });
  expect(String((await it.call("s3", "GetObject", { Bucket: "photos", Key: "cat" })).Body)).toBe("newer");
  expect(await restore(there, point, { DestinationBucketName: "photos", ItemsToRestore: '["gone"]' })).toMatchObject({
    Status: "FAILED",
    StatusMessage: "gone is not in the recovery point.",
  });
});

test("a locked vault takes in only what lives long enough, and lets nothing go", async () => {
  const { arn } = await fileSystem({ f: "1" });
  const lock = (more: object) => it.call("backup", "PutBackupVaultLockConfiguration", { BackupVaultName: "locked", ...more });
  await it.call("backup", "CreateBackupVault", { BackupVaultName: "locked" });
  await expect(lock({ MinRetentionDays: 9, MaxRetentionDays: 3 })).rejects.toMatchObject({ code: "InvalidParameterValueException" });
  await expect(lock({ ChangeableForDays: 2 })).rejects.toMatchObject({ code: "InvalidParameterValueException" });
  await lock({ MinRetentionDays: 2, MaxRetentionDays: 30, ChangeableForDays: 3 });
  expect(await it.call("backup", "DescribeBackupVault", { BackupVaultName: "locked" })).toMatchObject({
    Locked: true,
    MinRetentionDays: 2,
    MaxRetentionDays: 30,
    LockDate: expect.any(Date),
  });
  const into = { BackupVaultName: "locked" };
  const tooShort = await backUp(arn, { ...into, Lifecycle: { DeleteAfterDays: 1 } });
  expect(tooShort).toMatchObject({ State: "FAILED", StatusMessage: expect.stringContaining("shorter than the 2 days") });
  expect((await backUp(arn, into)).StatusMessage).toContain("for ever is longer than the 30 days");
  const { RecoveryPointArn } = await backUp(arn, { ...into, Lifecycle: { DeleteAfterDays: 2 } });
  await expect(it.call("backup", "DeleteRecoveryPoint", { ...into, RecoveryPointArn })).rejects.toMatchObject({
    code: "InvalidRequestException",
  });
  await expect(
    it.call("backup", "UpdateRecoveryPointLifecycle", { ...into, RecoveryPointArn, Lifecycle: { DeleteAfterDays: 1 } }),
  ).rejects.toThrow("is locked");
  await it.world.clock.advance(3 * 24 * 3_600_000);
  await expect(it.call("backup", "DeleteBackupVaultLockConfiguration", into)).rejects.toThrow("cannot be changed or removed since");
  await expect.poll(async () => (await it.call("backup", "ListRecoveryPointsByBackupVault", into)).RecoveryPoints).toEqual([]);
  // With its files.
  await expect
    .poll(() => readdir(join(it.folder, "backup/eu-central-1")).then((all) => all.join()))
    .not.toContain(RecoveryPointArn.split(":").at(-1));
});

test("a file system whose policy asks for it is backed up each day, into a vault that lets nobody restore until its policy is changed", async () => {
  const { id, arn } = await fileSystem({ f: "1" });
  await it.call("efs", "PutBackupPolicy", { FileSystemId: id, BackupPolicy: { Status: "ENABLED" } });
  await it.world.clock.advance(25 * 3_600_000);
  const BackupVaultName = "aws/efs/automatic-backup-vault";
  const points = async () => (await it.call("backup", "ListRecoveryPointsByBackupVault", { BackupVaultName })).RecoveryPoints!;
  await expect.poll(async () => (await points()).length).toBe(1);
  const [point] = await points();
  expect(point).toMatchObject({ ResourceArn: arn, Lifecycle: { DeleteAfterDays: 35 } });
  const request = { RecoveryPointArn: point!.RecoveryPointArn!, IamRoleArn, Metadata: { "file-system-id": id, newFileSystem: "false" } };
  await expect(it.call("backup", "StartRestoreJob", request)).rejects.toMatchObject({
    code: "AccessDeniedException",
    message: expect.stringContaining("explicit deny in a resource-based policy"),
  });
  await expect(it.call("backup", "StartBackupJob", { BackupVaultName, ResourceArn: arn, IamRoleArn })).rejects.toThrow(
    "Insufficient privileges",
  );
  const { Policy } = await it.call("backup", "GetBackupVaultAccessPolicy", { BackupVaultName });
  const changed = Policy!.replace('"backup:StartRestoreJob",', "");
  await it.call("backup", "PutBackupVaultAccessPolicy", { BackupVaultName, Policy: changed });
  expect(await restore(it.call, point!.RecoveryPointArn!, request.Metadata)).toMatchObject({ Status: "COMPLETED" });
  await expect(
    it.call("backup", "PutBackupVaultAccessPolicy", { BackupVaultName, Policy: changed.replace("backup:StartCopyJob", "backup:*") }),
  ).rejects.toMatchObject({ code: "InvalidParameterValueException" });
});
