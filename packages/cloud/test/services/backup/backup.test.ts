/** AWS Backup through the AWS SDK's client: jobs by hand, plans by their time, copies in another region, restores, and a stack's plan. */
import {
  BackupClient,
  CreateBackupVaultCommand,
  DescribeBackupVaultCommand,
  ListTagsCommand,
  StartBackupJobCommand,
} from "@aws-sdk/client-backup";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { startTestCloud, startSimulatedCloud, type TestCloud } from "../../cloud.ts";
import { startTestServer } from "../../server.ts";
import { connect, createInstance, whenIn } from "../rds/instances.ts";

let it: TestCloud;
beforeAll(async () => {
  it = await startTestCloud();
  await makeRole(it);
  await it.call("backup", "CreateBackupVault", { BackupVaultName: "kept" });
});
afterAll(() => it[Symbol.asyncDispose](), 120_000);

const IamRoleArn = "arn:aws:iam::123456789012:role/backup";
const arnOf = (name: string) => `arn:aws:rds:eu-central-1:123456789012:db:${name}`;

async function makeRole({ call }: Pick<TestCloud, "call">): Promise<void> {
  const Statement = [{ Effect: "Allow", Principal: { Service: "backup.amazonaws.com" }, Action: "sts:AssumeRole" }];
  await call("iam", "CreateRole", { RoleName: "backup", AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }) });
}
async function until<T>(ask: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
  for (;;) {
    const found = await ask();
    if (holds(found)) return found;
    await new Promise((done) => setTimeout(done, 20));
  }
}

test("the official client makes vaults, and is told what is wrong in AWS's codes", async () => {
  await using server = await startTestServer();
  const client = new BackupClient(server.client);
  const made = await client.send(new CreateBackupVaultCommand({ BackupVaultName: "mine", BackupVaultTags: { team: "data" } }));
  expect(made.BackupVaultArn).toBe("arn:aws:backup:eu-central-1:123456789012:backup-vault:mine");
  expect((await client.send(new ListTagsCommand({ ResourceArn: made.BackupVaultArn }))).Tags).toEqual({ team: "data" });
  await expect(client.send(new CreateBackupVaultCommand({ BackupVaultName: "mine" }))).rejects.toMatchObject({
    name: "AlreadyExistsException",
  });
  await expect(client.send(new CreateBackupVaultCommand({ BackupVaultName: "n o" }))).rejects.toMatchObject({
    name: "InvalidParameterValueException",
  });
  await expect(client.send(new DescribeBackupVaultCommand({ BackupVaultName: "none" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  const job = { BackupVaultName: "mine", IamRoleArn };
  await expect(client.send(new StartBackupJobCommand({ ...job, ResourceArn: arnOf("none") }))).rejects.toThrow("IAM Role");
  await makeRole(server);
  await expect(client.send(new StartBackupJobCommand({ ...job, ResourceArn: arnOf("none") }))).rejects.toThrow("does not exist");
  await expect(
    client.send(new StartBackupJobCommand({ ...job, ResourceArn: "arn:aws:dynamodb:eu-central-1:123456789012:table/t" })),
  ).rejects.toMatchObject({
    name: "NotImplemented",
    message: expect.stringContaining("AWS Backup of dynamodb"),
  });
});

test("a job by hand makes a recovery point, which is copied to another region and restored there", async () => {
  await createInstance(it, "orders", { BackupRetentionPeriod: 0 });
  await whenIn(it, "orders", "available");
  const client = await connect(it, "orders");
  await client.query("create table t as select 7 as v");
  await client.end();
  const started = await it.call("backup", "StartBackupJob", { BackupVaultName: "kept", ResourceArn: arnOf("orders"), IamRoleArn });
  const describe = () => it.call("backup", "DescribeBackupJob", { BackupJobId: started.BackupJobId! });
  const done = await until(describe, ({ State }) => State === "COMPLETED" || State === "FAILED");
  expect(done).toMatchObject({ State: "COMPLETED", RecoveryPointArn: started.RecoveryPointArn, ResourceType: "RDS" });
  const { DBSnapshots: [snapshot] = [] } = await it.call("rds", "DescribeDBSnapshots", { SnapshotType: "awsbackup" });
  expect(snapshot).toMatchObject({ DBSnapshotIdentifier: `awsbackup:job-${started.BackupJobId}`, Status: "available" });
  await expect(it.call("rds", "DeleteDBSnapshot", { DBSnapshotIdentifier: snapshot!.DBSnapshotIdentifier! })).rejects.toThrow(
    "is managed by AWS Backup",
  );
  await expect(
    it.call("rds", "CreateDBSnapshot", { DBInstanceIdentifier: "orders", DBSnapshotIdentifier: "awsbackup:job-1" }),
  ).rejects.toMatchObject({ code: "InvalidParameterValue" });
  await expect(it.call("backup", "DeleteBackupVault", { BackupVaultName: "kept" })).rejects.toMatchObject({
    code: "InvalidRequestException",
  });

  const there = it.cloud.as(rootPrincipal(it.cloud.account), "eu-west-1");
  const { BackupVaultArn } = await there("backup", "CreateBackupVault", { BackupVaultName: "far" });
  const { CopyJobId } = await it.call("backup", "StartCopyJob", {
    SourceBackupVaultName: "kept",
    RecoveryPointArn: started.RecoveryPointArn!,
    DestinationBackupVaultArn: BackupVaultArn!,
    IamRoleArn,
  });
  const copied = await until(
    () => it.call("backup", "DescribeCopyJob", { CopyJobId: CopyJobId! }),
    ({ CopyJob }) => CopyJob!.State === "COMPLETED" || CopyJob!.State === "FAILED",
  );
  expect(copied.CopyJob!.StatusMessage).toBeUndefined();
  const { RecoveryPoints: [point] = [] } = await there("backup", "ListRecoveryPointsByBackupVault", { BackupVaultName: "far" });
  expect(point).toMatchObject({ RecoveryPointArn: copied.CopyJob!.DestinationRecoveryPointArn, ResourceArn: arnOf("orders") });
  const { RestoreJobId } = await there("backup", "StartRestoreJob", {
    RecoveryPointArn: point!.RecoveryPointArn!,
    Metadata: { DBInstanceIdentifier: "recovered" },
    IamRoleArn,
  });
  const restored = await until(
    () => there("backup", "DescribeRestoreJob", { RestoreJobId: RestoreJobId! }),
    ({ Status }) => Status === "COMPLETED" || Status === "FAILED",
  );
  expect(restored).toMatchObject({ Status: "COMPLETED", CreatedResourceArn: "arn:aws:rds:eu-west-1:123456789012:db:recovered" });
  const recovered = await connect({ cloud: it.cloud, call: there }, "recovered");
  expect((await recovered.query("select v from t")).rows).toEqual([{ v: 7 }]);
  await recovered.end();

  await it.call("backup", "DeleteRecoveryPoint", { BackupVaultName: "kept", RecoveryPointArn: started.RecoveryPointArn! });
  expect((await it.call("rds", "DescribeDBSnapshots", { SnapshotType: "awsbackup" })).DBSnapshots).toEqual([]);
});

test("a plan backs up what its selection means at its time, copies it away, and deletes it when its days are over", async () => {
  await using daily = await startSimulatedCloud(); // from 2026-01-01T00:00:00Z
  await makeRole(daily);
  await createInstance(daily, "chosen", { BackupRetentionPeriod: 0, Tags: [{ Key: "backup", Value: "daily" }] });
  await createInstance(daily, "other", { BackupRetentionPeriod: 0 });
  for (const name of ["chosen", "other"]) await whenIn(daily, name, "available");
  const there = daily.cloud.as(rootPrincipal(daily.cloud.account), "eu-west-1");
  const { BackupVaultArn } = await there("backup", "CreateBackupVault", { BackupVaultName: "far" });
  const rule = {
    RuleName: "daily",
    TargetBackupVaultName: "Default",
    ScheduleExpression: "cron(0 3 * * ? *)",
    Lifecycle: { DeleteAfterDays: 2 },
    CopyActions: [{ DestinationBackupVaultArn: BackupVaultArn! }],
  };
  const { BackupPlanId } = await daily.call("backup", "CreateBackupPlan", { BackupPlan: { BackupPlanName: "plan", Rules: [rule] } });
  await daily.call("backup", "CreateBackupSelection", {
    BackupPlanId: BackupPlanId!,
    BackupSelection: {
      SelectionName: "tagged",
      IamRoleArn,
      ListOfTags: [{ ConditionType: "STRINGEQUALS", ConditionKey: "backup", ConditionValue: "daily" }],
    },
  });
  const points = async (call: typeof daily.call, BackupVaultName: string) =>
    (await call("backup", "ListRecoveryPointsByBackupVault", { BackupVaultName })).RecoveryPoints!;
  const whenThere = (ask: () => Promise<unknown[]>, count: number) =>
    until(
      async () => {
        await daily.world.clock.advance(200); // for the jobs' looks
        return ask();
      },
      (found) => found.length === count,
    );
  await daily.world.clock.advance(2 * 3_600_000);
  expect(await points(daily.call, "Default")).toEqual([]);
  await daily.world.clock.advance(61 * 60_000);
  await whenThere(() => points(there, "far"), 1);
  const [point] = await points(daily.call, "Default");
  expect(point).toMatchObject({
    ResourceArn: arnOf("chosen"),
    CreatedBy: { BackupPlanId },
    Lifecycle: { DeleteAfterDays: 2 },
  });
  await expect(daily.call("backup", "DeleteBackupPlan", { BackupPlanId: BackupPlanId! })).rejects.toThrow("must be deleted prior");
  const { BackupSelectionsList: [selection] = [] } = await daily.call("backup", "ListBackupSelections", { BackupPlanId: BackupPlanId! });
  await daily.call("backup", "DeleteBackupSelection", { BackupPlanId: BackupPlanId!, SelectionId: selection!.SelectionId! });
  await daily.world.clock.sleepThrough(3 * 24 * 3_600_000);
  await whenThere(() => points(daily.call, "Default"), 0);
  // The copy has no lifecycle of its own.
  expect(await points(there, "far")).toHaveLength(1);
});

test("a stack's vault, plan and selection are made, changed and removed", async () => {
  const template = (days: number) => ({
    Resources: {
      Vault: { Type: "AWS::Backup::BackupVault", Properties: { BackupVaultName: "stack-vault" } },
      Plan: {
        Type: "AWS::Backup::BackupPlan",
        Properties: {
          BackupPlan: {
            BackupPlanName: "stack-plan",
            BackupPlanRule: [
              {
                RuleName: "daily",
                TargetBackupVault: { Ref: "Vault" },
                ScheduleExpression: "cron(0 5 ? * * *)",
                Lifecycle: { DeleteAfterDays: days },
              },
            ],
          },
        },
      },
      Selection: {
        Type: "AWS::Backup::BackupSelection",
        Properties: {
          BackupPlanId: { Ref: "Plan" },
          BackupSelection: { SelectionName: "all", IamRoleArn, Resources: ["arn:aws:rds:*:*:db:*"] },
        },
      },
    },
  });
  const status = async () => (await it.call("cloudformation", "DescribeStacks", { StackName: "backups" })).Stacks![0]!;
  const settled = (wanted: string) =>
    until(status, (stack) => {
      if (!stack.StackStatus!.endsWith("_IN_PROGRESS") && stack.StackStatus !== wanted) throw new Error(stack.StackStatusReason);
      return stack.StackStatus === wanted;
    });
  await it.call("cloudformation", "CreateStack", { StackName: "backups", TemplateBody: JSON.stringify(template(35)) });
  await settled("CREATE_COMPLETE");
  const { BackupPlansList: [plan] = [] } = await it.call("backup", "ListBackupPlans", {});
  await it.call("cloudformation", "UpdateStack", { StackName: "backups", TemplateBody: JSON.stringify(template(14)) });
  await settled("UPDATE_COMPLETE");
  const { BackupPlan } = await it.call("backup", "GetBackupPlan", { BackupPlanId: plan!.BackupPlanId! });
  expect(BackupPlan!.Rules).toMatchObject([
    { RuleName: "daily", TargetBackupVaultName: "stack-vault", Lifecycle: { DeleteAfterDays: 14 } },
  ]);
  await it.call("cloudformation", "DeleteStack", { StackName: "backups" });
  await expect.poll(() => status().catch((error: Error) => error.message)).toContain("does not exist");
  expect((await it.call("backup", "ListBackupPlans", {})).BackupPlansList).toEqual([]);
  expect((await it.call("backup", "ListBackupVaults", {})).BackupVaultList!.map(({ BackupVaultName: name }) => name)).toEqual(["kept"]);
});

test("a plan that cannot be is refused", async () => {
  const create = (rule: object) =>
    it.call("backup", "CreateBackupPlan", {
      BackupPlan: { BackupPlanName: "p", Rules: [{ RuleName: "r", TargetBackupVaultName: "kept", ...rule }] },
    });
  await expect(create({ TargetBackupVaultName: "none" })).rejects.toMatchObject({ code: "ResourceNotFoundException" });
  await expect(create({ ScheduleExpression: "cron(0 25 * * ? *)" })).rejects.toThrow("Invalid schedule expression: cron(0 25 * * ? *)");
  await expect(create({ Lifecycle: { MoveToColdStorageAfterDays: 30, DeleteAfterDays: 60 } })).rejects.toThrow("90 days apart");
  await expect(create({ EnableContinuousBackup: true })).rejects.toThrow("EnableContinuousBackup is not served");
  await expect(create({ CopyActions: [{ DestinationBackupVaultArn: "nonsense" }] })).rejects.toThrow("Invalid backup vault ARN");
});
