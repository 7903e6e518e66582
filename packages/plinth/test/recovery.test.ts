/** Backups used: snapshots, databases brought back, a drill, objects of a bucket, in an embedded cloud of its own. */
import { connectAws, type Aws, type BackupState, type DrillResult, type RestoreResult } from "@plinth/deployer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, plinthInside, type AppFolder } from "./app-folder.ts";

const config = (database: string) => `import { app, bucket, image, postgres, service, task } from "plinth";
export default app("kept", { region: "eu-central-1" }, () => {
  const database = postgres({ version: "16", backup: { copy: { region: "eu-west-1" } }${database} });
  const uploads = bucket({ versioned: true });
  const plain = bucket();
  const count = task({ image: image(), env: { DATABASE_URL: database, UPLOADS: uploads.readWrite, PLAIN: plain.read } });
  return { database, uploads, plain, count };
});
`;
const files = {
  "plinth.config.ts": config(""),
  Dockerfile:
    'FROM postgres:16-alpine\nWORKDIR /app\nCOPY . .\nENTRYPOINT ["sh", "-c"]\nCMD ["psql $DATABASE_URL -X -q -t -c \\"$SQL\\""]\n',
};

let app: AppFolder;
let aws: Aws;
const run = (...words: string[]) => plinth(app.folder, words);
const json = async <T>(...words: string[]) => {
  const { out, failure } = await run(...words, "--json");
  if (failure) throw failure;
  return JSON.parse(out.join("\n")) as T;
};
/** As the app itself does: by its secret. */
async function sql(text: string, host?: string): Promise<unknown[]> {
  const outputs = await json<Record<string, Record<string, string>>>("outputs");
  const { SecretString } = await aws.call("secretsmanager", "GetSecretValue", { SecretId: outputs["database"]!["secret"]! });
  const secret = JSON.parse(SecretString!) as { host: string; port: number; username: string; password: string; dbname: string };
  const { Client } = await import("pg");
  const client = new Client({
    host: host ?? secret.host,
    port: secret.port,
    user: secret.username,
    password: secret.password,
    database: secret.dbname,
    ssl: { rejectUnauthorized: false },
  });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}
const bucketName = async (name: string) => (await json<Record<string, Record<string, string>>>("outputs"))[name]!["name"]!;

beforeAll(async () => {
  app = await appFolder(files);
  const deployed = await run("deploy");
  if (deployed.failure) throw deployed.failure;
  aws = connectAws("eu-central-1", (await json<{ endpoint: string }>("cloud", "status")).endpoint);
});
afterAll(async () => {
  aws?.close();
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

test("a snapshot is made, listed with the times that can be had, and deleted when its name is typed", async () => {
  await sql("create table notes (id int primary key, body text); insert into notes values (1, 'first')");
  const made = await run("snapshot", "create", "--name", "before-cleanup");
  expect(made.failure?.message).toBeUndefined();
  expect(made.err.join("\n")).toMatch(/before-cleanup holds database as of 2\S+Z\./);
  expect(await run("snapshot", "create", "--name", "before-cleanup")).toMatchObject({
    exit: 1,
    failure: { message: "There is a snapshot before-cleanup already.", remedy: "Give another name: --name NAME." },
  });
  expect((await run("snapshot", "create", "--name", "no_good")).failure?.remedy).toMatch(/^1 to 255 letters/);
  const [backups] = await json<BackupState[]>("snapshot", "list");
  expect(backups).toMatchObject({ database: "database", retentionDays: 7, earliest: expect.any(String), latest: expect.any(String) });
  expect(backups!.snapshots.map(({ name, type, status }) => [name.replace(/:.*/, ""), type, status])).toEqual([
    ["before-cleanup", "manual", "available"],
    ["rds", "automated", "available"],
  ]);
  const text = (await run("snapshot", "list")).out.join("\n");
  expect(text).toMatch(/any second from 2\S+Z to 2\S+Z \(backups of 7 days\)/);
  expect(text).toMatch(/before-cleanup +manual +/);

  const automated = backups!.snapshots[1]!.name;
  expect(await run("snapshot", "delete", automated, "--yes")).toMatchObject({
    exit: 1,
    failure: { message: expect.stringContaining("is an automated snapshot") },
  });
  expect(await run("snapshot", "delete", "nowhere", "--yes")).toMatchObject({
    exit: 1,
    failure: { code: "not-found", remedy: "plinth snapshot list shows those that there are." },
  });
  expect(await run("snapshot", "delete", "before-cleanup")).toMatchObject({ exit: 4 });
  await run("snapshot", "create", "--name", "short-lived");
  const deleted = await plinth(app.folder, ["snapshot", "delete", "short-lived"], { answers: ["short-lived"] });
  expect(deleted.failure?.message).toBeUndefined();
  expect((await json<BackupState[]>("snapshot", "list", "database"))[0]!.snapshots).toHaveLength(2);
});

test("a database comes back beside the one that serves, at a second or as a snapshot holds it, and goes again", async () => {
  await sql("insert into notes values (2, 'second')");
  const before = new Date();
  await sql("delete from notes where pg_sleep(0.02) is not null");
  const restored = await run("restore", "--to", before.toISOString());
  expect(restored.failure?.message).toBeUndefined();
  expect(restored.out[0]).toMatch(/^127\.\S+:5432\/kept$/);
  expect(restored.err.join("\n")).toMatch(/-restored holds database as of 2\S+Z, with the logins of that time\./);
  const host = restored.out[0]!.split(":")[0];
  expect(await sql("select id from notes order by id", host)).toEqual([{ id: 1 }, { id: 2 }]);
  expect(await sql("select id from notes")).toEqual([]);
  // The same command again finds what is there.
  expect((await run("restore", "--to", before.toISOString())).out).toEqual(restored.out);
  const other = await run("restore", "--to", "1s");
  expect(other.failure?.message).toMatch(/^There is a database \S+-restored already\.$/);
  const side = other.failure!.remedy!.match(/--remove (\S+)\.$/)![1]!;

  const old = await json<RestoreResult>("restore", "database", "--snapshot", "before-cleanup", "--into", "yesterday");
  expect(old).toMatchObject({ identifier: "yesterday", restoredTo: "before-cleanup", databaseName: "kept" });
  expect(await sql("select id from notes", old.host)).toEqual([{ id: 1 }]);

  // What was brought back is not taken away with the stage, and would hold its network.
  expect(await run("destroy", "--yes", "--lift-protection")).toMatchObject({
    exit: 1,
    failure: {
      message: expect.stringContaining("restored beside this stage. Nothing was deleted."),
      remedy: expect.stringContaining("--remove yesterday"),
    },
  });
  expect((await run("restore", "--remove", side)).failure?.message).toBeUndefined();
  expect(await run("restore", "--remove", side)).toMatchObject({ exit: 1, failure: { remedy: "There are: yesterday." } });
});

test.each([
  [
    ["--to", "2020-01-01 00:00Z"],
    1,
    /lies before the first restorable time of database\.$/,
    /^Name a time from 2\S+Z to 2\S+Z, or an older snapshot/,
  ],
  [["--to", "2100-01-01 00:00Z"], 1, /is later than the last restorable time of database\.$/, /^Name a time from/],
  [["--to", "teatime"], 2, /"teatime" is no time\./, /this machine's time/],
  [["--snapshot", "nowhere"], 1, /^There is no snapshot nowhere/, /plinth snapshot list/],
  [["--to", "1m", "--snapshot", "x"], 2, /do not go together/, /plinth restore --to/],
  [[], 2, /^To which time\?$/, /plinth restore --to/],
  [["nodatabase", "--to", "1s"], 1, /^nodatabase is no database/, /^It has: database\.$/],
  [["--to", "1s", "--into", "-bad-"], 1, /cannot be the name of a database/, /single hyphens/],
])("restore %j is refused with what would be right", async (words, exit, message, remedy) => {
  const out = await run("restore", ...words);
  expect(out).toMatchObject({
    exit,
    failure: { message: expect.stringMatching(message), remedy: expect.stringMatching(remedy) },
  });
});

test("a snapshot of another engine version is refused with both ways that there are", async () => {
  const DBInstanceIdentifier = "elder";
  const login = { MasterUsername: "owner", MasterUserPassword: "correct-horse-7" };
  const size = { DBInstanceClass: "db.t4g.micro", AllocatedStorage: 20, BackupRetentionPeriod: 0 };
  await aws.call("rds", "CreateDBInstance", { DBInstanceIdentifier, Engine: "postgres", EngineVersion: "15", ...size, ...login });
  const instance = async () => (await aws.call("rds", "DescribeDBInstances", { DBInstanceIdentifier })).DBInstances?.[0]?.DBInstanceStatus;
  await expect.poll(instance, { interval: 50, timeout: 120_000 }).toBe("available");
  await aws.call("rds", "CreateDBSnapshot", { DBInstanceIdentifier, DBSnapshotIdentifier: "of-15" });
  const snapshot = async () => (await aws.call("rds", "DescribeDBSnapshots", { DBSnapshotIdentifier: "of-15" })).DBSnapshots?.[0]?.Status;
  await expect.poll(snapshot, { interval: 50, timeout: 120_000 }).toBe("available");
  await aws.call("rds", "DeleteDBInstance", { DBInstanceIdentifier, SkipFinalSnapshot: true });
  const databases = async () => (await aws.call("rds", "DescribeDBInstances", {})).DBInstances?.map((one) => one.DBInstanceIdentifier);
  await expect.poll(databases, { interval: 50, timeout: 120_000 }).not.toContain("elder");
  const before = await databases();
  for (const words of [
    ["--snapshot", "of-15"],
    ["database", "--snapshot", "of-15", "--drill"],
  ]) {
    expect(await run("restore", ...words)).toMatchObject({
      exit: 1,
      failure: {
        message: expect.stringMatching(
          /^The snapshot of-15 is of PostgreSQL 15\.\d+, and database is 16\.\d+: its parameter group does not fit\.$/,
        ),
        remedy: 'Restore one of PostgreSQL 16, or set the app\'s version to "15" with restoreFrom: "of-15".',
      },
    });
  }
  expect(await databases()).toEqual(before);
  await aws.call("rds", "DeleteDBSnapshot", { DBSnapshotIdentifier: "of-15" });
});

test("a drill restores, compares table by table, and leaves nothing behind", async () => {
  await sql("insert into notes select n, 'drilled' from generate_series(10, 19) n; create table empty (v int)");
  const drilled = await run("restore", "--drill");
  expect(drilled.failure?.message).toBeUndefined();
  expect(drilled.exit).toBe(0);
  expect(drilled.out.join("\n")).toMatch(/= +public\.empty +0\n= +public\.notes +10/);
  expect(drilled.err.join("\n")).toMatch(/database can be brought back: 2 tables with 10 rows, the same as in the original at/);
  const result = await json<DrillResult>("restore", "database", "--drill", "--snapshot", "before-cleanup");
  expect(result).toMatchObject({
    same: false,
    restoredTo: "before-cleanup",
    tables: [
      { name: "public.empty", original: 0, restored: null },
      { name: "public.notes", original: 10, restored: 1 },
    ],
  });
  const { DBInstances = [] } = await aws.call("rds", "DescribeDBInstances", {});
  expect(DBInstances.filter(({ DBInstanceIdentifier: id }) => id!.endsWith("-drill"))).toEqual([]);
  // What was granted for counting was taken back.
  expect(
    await sql(
      "select 1 from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles w on w.oid = m.member where r.rolname = 'app' and w.rolname = 'plinth' and m.grantor = w.oid",
    ),
  ).toEqual([]);
});

test("the app moves over to what was brought back, and its database keeps the data from then on", async () => {
  await app.write({ "plinth.config.ts": config(', restoreFrom: "before-cleanup"') });
  const plan = await plinthInside(app.folder, ["plan"]);
  expect(plan.out).toMatch(/database is replaced by one with the data of the snapshot\s+before-cleanup/);
  const deployed = await plinthInside(app.folder, ["deploy", "--yes"]);
  expect(deployed.exit, deployed.err).toBe(0);
  expect(await sql("select id from notes")).toEqual([{ id: 1 }]);
  const again = await plinthInside(app.folder, ["plan"]);
  expect(again.out.trim().split("\n").at(-1)).toBe("Nothing to change.");
});

test("each day's copy in another region is planned by AWS Backup, and can be taken now", async () => {
  const { BackupPlansList: [plan] = [] } = await aws.call("backup", "ListBackupPlans", {});
  const { BackupPlan } = await aws.call("backup", "GetBackupPlan", { BackupPlanId: plan!.BackupPlanId });
  expect(BackupPlan!.Rules).toMatchObject([
    { RuleName: "daily", Lifecycle: { DeleteAfterDays: 7 }, CopyActions: [{ Lifecycle: { DeleteAfterDays: 35 } }] },
  ]);
  const vaultThere = BackupPlan!.Rules![0]!.CopyActions![0]!.DestinationBackupVaultArn!;
  expect(vaultThere).toMatch(/^arn:aws:backup:eu-west-1:\d+:backup-vault:kept-local-database-[0-9a-f]{8}$/);
  const { BackupSelectionsList: [selection] = [] } = await aws.call("backup", "ListBackupSelections", { BackupPlanId: plan!.BackupPlanId });
  const { BackupSelection } = await aws.call("backup", "GetBackupSelection", {
    BackupPlanId: plan!.BackupPlanId,
    SelectionId: selection!.SelectionId,
  });
  expect(BackupSelection!.Resources).toEqual([expect.stringMatching(/^arn:aws:rds:eu-central-1:\d+:db:kept-local-database-/)]);

  // As its time came: a copy there. Then the one here goes, and the one there is fetched.
  expect((await run("restore", "--from-region", "eu-west-1")).failure).toMatchObject({
    message: "There is no copy of database in eu-west-1 yet.",
    remedy: "AWS Backup makes one each day at 05:00 UTC.",
  });
  expect((await run("restore", "--from-region", "eu-west-2")).failure?.remedy).toBe("It has some in eu-west-1.");
  const IamRoleArn = BackupSelection!.IamRoleArn!;
  const BackupVaultName = BackupPlan!.Rules![0]!.TargetBackupVaultName!;
  const { BackupJobId } = await aws.call("backup", "StartBackupJob", {
    BackupVaultName,
    ResourceArn: BackupSelection!.Resources![0]!,
    IamRoleArn,
  });
  const job = () => aws.call("backup", "DescribeBackupJob", { BackupJobId });
  await expect.poll(async () => (await job()).State, { timeout: 60_000 }).toBe("COMPLETED");
  const { RecoveryPointArn } = await job();
  const there = { SourceBackupVaultName: BackupVaultName, DestinationBackupVaultArn: vaultThere, RecoveryPointArn, IamRoleArn };
  const { CopyJobId } = await aws.call("backup", "StartCopyJob", there);
  const copied = async () => (await aws.call("backup", "DescribeCopyJob", { CopyJobId })).CopyJob!.State;
  await expect.poll(copied, { timeout: 60_000 }).toBe("COMPLETED");
  await aws.call("backup", "DeleteRecoveryPoint", { BackupVaultName, RecoveryPointArn });
  await sql("delete from notes");
  const back = await json<RestoreResult>("restore", "--from-region", "eu-west-1", "--into", "from-afar");
  expect(back.restoredTo).toMatch(/^awsbackup:copyjob-/);
  expect(await sql("select id from notes", back.host)).toEqual([{ id: 1 }]);
  expect((await run("restore", "--remove", "from-afar")).failure?.message).toBeUndefined();
}, 600_000);

test("a deleted or overwritten object comes back as a new version", async () => {
  const Bucket = await bucketName("uploads");
  const Key = "photos/a cat+ü.txt";
  await aws.call("s3", "PutObject", { Bucket, Key, Body: "one", ContentType: "text/x-first", Metadata: { by: "me" } });
  await aws.call("s3", "PutObject", { Bucket, Key, Body: "two" });
  await aws.call("s3", "DeleteObject", { Bucket, Key });
  const read = async () => {
    const { Body, ContentType, Metadata } = await aws.call("s3", "GetObject", { Bucket, Key });
    return [await Body!.transformToString(), ContentType, Metadata];
  };
  const back = await run("files", "restore", "uploads", Key);
  expect(back.failure?.message).toBeUndefined();
  expect((await read())[0]).toBe("two");
  const versions = await json<{ versionId: string; what: string; latest: boolean }[]>("files", "restore", "uploads", Key, "--list");
  // Of one second only the latest is known to be so: S3 lists deletions apart.
  expect(versions[0]).toMatchObject({ what: "written", latest: true });
  const written = versions.filter(({ what }) => what === "written");
  const [deletion, ...others] = versions.filter(({ what }) => what === "deleted");
  expect([written.length, others]).toEqual([3, []]);
  expect((await run("files", "restore", "uploads", Key, "--version", written[2]!.versionId)).err.at(-1)).toContain("is as it was on");
  expect(await read()).toEqual(["one", "text/x-first", { by: "me" }]);
  expect((await json<unknown[]>("files", "restore", Bucket, Key, "--list")).length).toBe(5);

  expect(await run("files", "restore", "uploads", "photos/a")).toMatchObject({
    exit: 1,
    failure: { message: expect.stringContaining("has no version of photos/a"), remedy: `Keys that begin alike: ${Key}.` },
  });
  expect((await run("files", "restore", "uploads", Key, "--version", deletion!.versionId)).failure?.message).toContain("is its deletion");
  expect((await run("files", "restore", "uploads", Key, "--version", "none")).failure?.message).toBe(`${Key} has no version none.`);
  expect((await run("files", "restore", "nobucket", "k")).failure?.remedy).toBe("It has: uploads, plain.");
  const plain = await bucketName("plain");
  expect((await run("files", "restore", "plain", "k")).failure?.remedy).toContain("It keeps no versions");
  await aws.call("s3", "PutObject", { Bucket: plain, Key: "k", Body: "only" });
  expect((await run("files", "restore", "plain", "k")).failure?.remedy).toContain("declare versioned: true");
});
