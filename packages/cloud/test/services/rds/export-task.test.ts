/** Snapshots of an instance and of a cluster as Parquet in a bucket, read back by a reader of others. */
import { gunzipSync } from "node:zlib";
import { parquetReadObjects, parquetMetadata } from "hyparquet";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCloud, type TestCloud } from "../../cloud.ts";
import { connectTo, createCluster, createMember, whenClusterIn } from "./clusters.ts";
import { connect, createInstance, whenIn } from "./instances.ts";

let it: TestCloud;
const region = "eu-central-1";
const arn = (kind: string, name: string) => `arn:aws:rds:${region}:123456789012:${kind}:${name}`;
const role = "arn:aws:iam::123456789012:role/exporter";
let given: { S3BucketName: string; IamRoleArn: string; KmsKeyId: string };

const sql = `
create table orders (id bigint primary key, "käufer" text, cents int not null, small smallint, ratio real, exact double precision, paid boolean,
  bytes bytea, price numeric(10, 2), at timestamptz, day date, tags text[], notes jsonb, code uuid);
insert into orders values (9007199254740993, 'Ünal', 5, -7, 0.5, 1e300, true, '\\x00ff', 12.30, '2026-11-20 14:03:00+01', '2026-11-20', '{a,"b c"}', '{"a": [1]}',
  '6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b'), (2, null, 0, null, null, 'NaN', false, null, null, null, null, null, null, null);
create table empty (id int);
create table "odd name" ("with space" int);
insert into "odd name" values (1);
create unlogged table scratch as select 1 as a;
create schema other;
create table other.many as select i as id, repeat(md5(i::text), 100) as text from generate_series(1, 12000) i;
create table parted (id int, day date) partition by range (day);
create table parted_1 partition of parted for values from ('2026-01-01') to ('2027-01-01');
insert into parted values (1, '2026-05-05');
create view seen as select 1 as a;`;

beforeAll(async () => {
  it = await startTestCloud(region);
  const { call } = it;
  const { KeyMetadata } = await call("kms", "CreateKey", {});
  const trust = (Service: string) => ({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }],
  });
  const allow = (Action: string[], Resource: string[]) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource }] });
  const bucket = ["arn:aws:s3:::exports", "arn:aws:s3:::exports/*"];
  await call("s3", "CreateBucket", { Bucket: "exports", CreateBucketConfiguration: { LocationConstraint: region } });
  for (const [RoleName, service] of [
    ["exporter", "export.rds.amazonaws.com"],
    ["stranger", "ec2.amazonaws.com"],
    ["weak", "export.rds.amazonaws.com"],
  ] as const)
    await call("iam", "CreateRole", { RoleName, AssumeRolePolicyDocument: JSON.stringify(trust(service)) });
  const actions = ["s3:PutObject*", "s3:GetObject*", "s3:ListBucket", "s3:DeleteObject*", "s3:GetBucketLocation"];
  await call("iam", "PutRolePolicy", { RoleName: "exporter", PolicyName: "s3", PolicyDocument: allow(actions, bucket) });
  await call("iam", "PutRolePolicy", {
    RoleName: "exporter",
    PolicyName: "kms",
    PolicyDocument: allow(["kms:GenerateDataKey", "kms:Decrypt", "kms:Encrypt"], [KeyMetadata!.Arn!]),
  });
  given = { S3BucketName: "exports", IamRoleArn: role, KmsKeyId: KeyMetadata!.KeyId! };
  await createInstance(it, "orders", { EngineVersion: "16", DBName: "shop", BackupRetentionPeriod: 0 });
  await whenIn(it, "orders", "available");
  const client = await connect(it, "orders");
  await client.query(sql);
  await client.end();
  await call("rds", "CreateDBSnapshot", { DBInstanceIdentifier: "orders", DBSnapshotIdentifier: "first" });
});
afterAll(() => it[Symbol.asyncDispose]());

const start = (ExportTaskIdentifier: string, more: Record<string, unknown> = {}) =>
  it.call("rds", "StartExportTask", { ExportTaskIdentifier, SourceArn: arn("snapshot", "first"), ...given, ...more });
const describe = async (ExportTaskIdentifier: string) =>
  (await it.call("rds", "DescribeExportTasks", { ExportTaskIdentifier })).ExportTasks![0]!;
const ended = async (id: string) => {
  await expect
    .poll(async () => (await describe(id)).Status, { interval: 50, timeout: 120_000 })
    .not.toMatch(/STARTING|IN_PROGRESS|CANCELING/);
  return describe(id);
};
const keys = async (Prefix: string) =>
  ((await it.call("s3", "ListObjectsV2", { Bucket: "exports", Prefix })).Contents ?? []).map(({ Key }) => Key!);
async function bytesOf(Key: string): Promise<Buffer> {
  const { Body } = await it.call("s3", "GetObject", { Bucket: "exports", Key });
  if (Body instanceof Uint8Array) return Buffer.from(Body);
  const pieces: Buffer[] = [];
  for await (const piece of Body as unknown as AsyncIterable<Uint8Array>) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}
const compressors = { GZIP: (bytes: Uint8Array) => new Uint8Array(gunzipSync(bytes)) };
async function rowsOf(key: string) {
  const bytes = await bytesOf(key);
  return parquetReadObjects({ file: new Uint8Array(bytes).buffer, compressors, utf8: false });
}

test("everything of an instance's snapshot: tables by their names, each type as RDS has it, and two files that tell of them", async () => {
  const snapshot = async () => (await it.call("rds", "DescribeDBSnapshots", { DBSnapshotIdentifier: "first" })).DBSnapshots![0]!.Status;
  await expect.poll(snapshot, { interval: 20, timeout: 60_000 }).toBe("available");
  expect(await start("full", { S3Prefix: "nightly" })).toMatchObject({ Status: "STARTING", PercentProgress: 0, S3Prefix: "nightly" });
  expect(await ended("full")).toMatchObject({
    Status: "COMPLETE",
    PercentProgress: 100,
    SourceType: "SNAPSHOT",
    WarningMessage: expect.stringContaining('shop.public.odd name: The name of its column "with space"') as string,
  });
  const all = await keys("nightly/full/");
  const shown = all.map((key) => key.replace("nightly/full/", "").replace(/-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-/u, "-UUID-"));
  expect(shown).toEqual([
    "export_info_full.json",
    "export_tables_info_full_from_1_to_5.json",
    "shop/other.many/1/_SUCCESS",
    "shop/other.many/1/part-00000-UUID-c000.gz.parquet",
    "shop/other.many/1/part-00001-UUID-c000.gz.parquet",
    "shop/other.many/1/part-00002-UUID-c000.gz.parquet",
    "shop/public.empty/1/_SUCCESS",
    "shop/public.orders/1/_SUCCESS",
    "shop/public.orders/1/part-00000-UUID-c000.gz.parquet",
    "shop/public.parted/1/_SUCCESS",
    "shop/public.parted/1/part-00000-UUID-c000.gz.parquet",
  ]);
  const orders = all.find((key) => key.includes("public.orders/1/part"))!;
  expect(await rowsOf(orders)).toEqual([
    {
      id: 9007199254740993n,
      käufer: "Ünal",
      cents: 5,
      small: -7,
      ratio: 0.5,
      exact: 1e300,
      paid: true,
      bytes: new Uint8Array([0, 255]),
      price: "12.30",
      at: "2026-11-20 13:03:00+00",
      day: "2026-11-20",
      tags: '{a,"b c"}',
      notes: '{"a": [1]}',
      code: "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b",
    },
    expect.objectContaining({ id: 2n, käufer: null, cents: 0, exact: Number.NaN, paid: false, bytes: null }) as object,
  ]);
  const metadata = parquetMetadata(new Uint8Array(await bytesOf(orders)).buffer);
  expect(metadata.row_groups[0]!.columns[0]!.meta_data!.codec).toBe("GZIP");
  const many = (await Promise.all(all.filter((key) => key.includes("other.many/1/part")).map(rowsOf))).flat();
  expect([many.length, new Set(many.map(({ id }) => id as number)).size]).toEqual([12_000, 12_000]);
  const json = async (name: string) => JSON.parse((await bytesOf(`nightly/full/${name}`)).toString("utf8")) as Record<string, unknown>;
  expect(await json("export_info_full.json")).toMatchObject({
    exportTaskIdentifier: "full",
    sourceArn: arn("snapshot", "first"),
    status: "COMPLETE",
    percentProgress: 100,
    exportedFilesPath: "full",
  });
  const { perTableStatus } = (await json("export_tables_info_full_from_1_to_5.json")) as { perTableStatus: { target: string }[] };
  expect(perTableStatus.find(({ target }) => target === "shop.public.orders")).toMatchObject({
    status: "COMPLETE",
    schemaMetadata: {
      originalTypeMappings: expect.arrayContaining([
        expect.objectContaining({ columnName: "at", originalType: "timestamp with time zone", expectedExportedType: "binary (UTF8)" }),
        expect.objectContaining({ columnName: "tags", originalType: "ARRAY" }),
        expect.objectContaining({ columnName: "id", originalType: "bigint", expectedExportedType: "int64", originalNumPrecision: 64 }),
      ]) as object[],
    },
  });
  const head = await it.call("s3", "HeadObject", { Bucket: "exports", Key: orders });
  expect(head).toMatchObject({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: expect.stringContaining(given.KmsKeyId) as string });
});

test("a part of it; what is not there fails and says so; what is under way can be canceled", async () => {
  await start("part", { ExportOnly: ["shop.other"] });
  expect(await ended("part")).toMatchObject({ Status: "COMPLETE", ExportOnly: ["shop.other"] });
  expect((await keys("part/")).every((key) => /export_|shop\/other\.many/u.test(key))).toBe(true);
  await start("wrong", { ExportOnly: ["shop.nowhere"] });
  expect(await ended("wrong")).toMatchObject({ Status: "FAILED", FailureCause: expect.stringContaining("shop.nowhere") as string });
  await start("canceled");
  await expect(start("twice")).rejects.toMatchObject({ code: "InvalidExportSourceState" });
  expect(await it.call("rds", "CancelExportTask", { ExportTaskIdentifier: "canceled" })).toMatchObject({ Status: "CANCELING" });
  expect(await ended("canceled")).toMatchObject({ Status: "CANCELED" });
  await expect(it.call("rds", "CancelExportTask", { ExportTaskIdentifier: "canceled" })).rejects.toMatchObject({
    code: "InvalidExportTaskStateFault",
  });
  const { ExportTasks = [] } = await it.call("rds", "DescribeExportTasks", {
    Filters: [{ Name: "status", Values: ["failed", "canceled"] }],
  });
  expect(ExportTasks.map(({ ExportTaskIdentifier }) => ExportTaskIdentifier)).toEqual(["canceled", "wrong"]);
});

test("a cluster's snapshot, and a cluster itself", async () => {
  await createCluster(it, "app", { EngineVersion: "16", BackupRetentionPeriod: 1 });
  await createMember(it, "app", "app-1");
  const { Endpoint = "" } = await whenClusterIn(it, "app", "available");
  const client = await connectTo(it, Endpoint);
  await client.query("create table users (id int, name text); insert into users values (1, 'a')");
  await client.end();
  await it.call("rds", "CreateDBClusterSnapshot", { DBClusterIdentifier: "app", DBClusterSnapshotIdentifier: "kept" });
  const snapshot = async () =>
    (await it.call("rds", "DescribeDBClusterSnapshots", { DBClusterSnapshotIdentifier: "kept" })).DBClusterSnapshots![0]!.Status;
  await expect.poll(snapshot, { interval: 20, timeout: 60_000 }).toBe("available");
  for (const [id, source, type] of [
    ["of-snapshot", arn("cluster-snapshot", "kept"), "SNAPSHOT"],
    ["of-cluster", arn("cluster", "app"), "CLUSTER"],
  ] as const) {
    await start(id, { SourceArn: source });
    expect(await ended(id)).toMatchObject({ Status: "COMPLETE", SourceType: type });
    const part = (await keys(`${id}/`)).find((key) => key.endsWith(".gz.parquet"))!;
    expect(await rowsOf(part)).toEqual([{ id: 1, name: "a" }]);
  }
});

test.each([
  [{ ExportTaskIdentifier: "full" }, "ExportTaskAlreadyExists"],
  [{ SourceArn: arn("snapshot", "none") }, "DBSnapshotNotFound"],
  [{ SourceArn: arn("cluster-snapshot", "none") }, "DBClusterSnapshotNotFoundFault"],
  [{ SourceArn: "nothing" }, "InvalidParameterValue"],
  [{ S3BucketName: "nobodys" }, "IamRoleMissingPermissions"],
  [{ IamRoleArn: `${role}-gone` }, "IamRoleNotFound"],
  [{ IamRoleArn: "arn:aws:iam::123456789012:role/stranger" }, "IamRoleMissingPermissions"],
  [{ IamRoleArn: "arn:aws:iam::123456789012:role/weak" }, "IamRoleMissingPermissions"],
  [{ KmsKeyId: "alias/none" }, "KMSKeyNotAccessibleFault"],
  [{ ExportOnly: ["a b"] }, "InvalidExportOnly"],
  [{ S3Prefix: "a:b" }, "InvalidParameterValue"],
])("%j is refused with %s", async (more, code) => {
  await expect(start("refused", more)).rejects.toMatchObject({ code });
});

test("one that is not there", async () => {
  await expect(describe("nobody")).rejects.toMatchObject({ code: "ExportTaskNotFound" });
  await expect(it.call("rds", "CancelExportTask", { ExportTaskIdentifier: "nobody" })).rejects.toMatchObject({
    code: "ExportTaskNotFound",
  });
});
