/** What production stages have beyond the others: a key, logs of requests, versions, monitoring; and how each is left out. */
import {
  alarms,
  app,
  aurora,
  bucket,
  image,
  loadBalancer,
  postgres,
  queue,
  redis,
  secret,
  service,
  task,
  topic,
  type Hardening,
} from "@plinth/language";
import { expect, test } from "vitest";
import { keyActions } from "../src/stage-key.ts";
import { assemblyOf, propertiesOf, resourcesOf, statementsOf } from "./compile-app.ts";

const shop = (hardening?: false | Hardening) =>
  app(
    "shop",
    { region: "eu-central-1", stages: ["dev", "prod"], production: ["prod"], ...(hardening !== undefined && { hardening }) },
    () => {
      const source = image();
      const database = postgres();
      const asleep = aurora({ capacity: { min: 0, max: 2 } });
      const cache = redis({ engine: "redis 7" });
      const changes = queue();
      const orders = topic({ to: [changes] });
      const uploads = bucket({ notify: { to: changes } });
      const own = bucket({ versioned: false });
      const logs = bucket();
      const key = secret();
      const web = service({
        image: source,
        port: 80,
        env: { DATABASE_URL: database, ASLEEP_URL: asleep, REDIS_URL: cache, KEY: key, ORDERS: orders.publish, UPLOADS: uploads.readWrite },
      });
      const worker = service({ image: source, env: { CHANGES: changes.consume, DEAD: changes.dead.send } });
      const nightly = task({ image: source, run: { cron: "0 3 * * ? *" }, env: { OWN: own.write } });
      const entry = loadBalancer({ routes: { "/*": web } });
      const other = loadBalancer({ routes: { "/*": web }, accessLogs: logs });
      const silent = loadBalancer({ routes: { "/*": web }, accessLogs: false });
      const alerts = alarms({ email: "ops@example.com" });
      return { database, asleep, cache, changes, orders, uploads, own, logs, key, web, worker, nightly, entry, other, silent, alerts };
    },
  );
const [dev, prod, bare] = [assemblyOf(shop(), "dev"), assemblyOf(shop()), assemblyOf(shop(false))];
const ofType = (assembly: typeof prod, type: string) =>
  assembly.stacks.flatMap(({ template }) => Object.entries(template.Resources).filter(([, { Type }]) => Type === type));
const attributes = (id: string) =>
  Object.fromEntries(
    (propertiesOf(prod, "compute", id)["LoadBalancerAttributes"] as { Key: string; Value: unknown }[]).map((one) => [one.Key, one.Value]),
  );

test("everything that can be is encrypted with the stage's key, and nothing of another stage", () => {
  const key = { Ref: "StageKeyArn" };
  for (const [id, { Properties }] of [...ofType(prod, "AWS::Logs::LogGroup"), ...ofType(prod, "AWS::SecretsManager::Secret")])
    expect([id, Properties!["KmsKeyId"]]).toEqual([id, resourcesOf(prod, "secrets")[id] ? { "Fn::GetAtt": ["StageKey", "Arn"] } : key]);
  for (const [, { Properties }] of ofType(prod, "AWS::SNS::Topic")) expect(Properties).toMatchObject({ KmsMasterKeyId: key });
  for (const [, { Properties }] of ofType(prod, "AWS::SQS::Queue"))
    expect(Properties).toMatchObject({ KmsMasterKeyId: key, KmsDataKeyReusePeriodSeconds: 3600, SqsManagedSseEnabled: false });
  expect(resourcesOf(prod, "secrets")["StageKey"]).toMatchObject({
    DeletionPolicy: "RetainExceptOnCreate",
    Properties: { EnableKeyRotation: true, PendingWindowInDays: 30 },
  });
  expect(propertiesOf(prod, "secrets", "StageKeyAlias")).toMatchObject({ AliasName: "alias/shop-prod" });
  for (const other of [dev, bare]) {
    expect(ofType(other, "AWS::KMS::Key")).toEqual([]);
    expect(JSON.stringify(other.stacks)).not.toMatch(/KmsKeyId|KmsMasterKeyId|kms:/);
    expect(propertiesOf(other, "messaging", "Changes")).toMatchObject({ SqsManagedSseEnabled: true });
  }
});

test("its policy lets in the services that act by themselves, each for what is this account's", () => {
  const { Statement } = propertiesOf(prod, "secrets", "StageKey")["KeyPolicy"] as {
    Statement: { Sid: string; Principal: unknown; Condition?: object }[];
  };
  expect(Statement.map(({ Sid, Principal }) => [Sid, Principal])).toEqual([
    ["PoliciesOfRolesDecide", { AWS: { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" } }],
    ["LogGroups", { Service: { "Fn::Sub": "logs.${AWS::Region}.amazonaws.com" } }],
    ["Alarms", { Service: "cloudwatch.amazonaws.com" }],
    ["Topics", { Service: "sns.amazonaws.com" }],
    ["Buckets", { Service: "s3.amazonaws.com" }],
  ]);
  expect(Statement.slice(1).every(({ Condition }) => Condition !== undefined)).toBe(true);
});

test("a role may use the key for what it does with it, through the service that asks", () => {
  const keyRights = (role: string) =>
    statementsOf(prod)
      .filter((one) => one.role === role && one.Action[0]!.startsWith("kms:"))
      .map(({ Action, Condition }) => [Action, (Condition as { StringEquals: Record<string, unknown> }).StringEquals["kms:ViaService"]]);
  const through = (service: string) => ({ "Fn::Sub": `${service}.\${AWS::Region}.amazonaws.com` });
  expect(keyRights("WebExecutionRole")).toEqual([[["kms:Decrypt"], through("secretsmanager")]]);
  expect(keyRights("WebTaskRole")).toEqual([[["kms:Decrypt", "kms:GenerateDataKey"], through("sns")]]);
  expect(keyRights("WorkerExecutionRole")).toEqual([]);
  expect(keyRights("WorkerTaskRole")).toEqual([
    [["kms:Decrypt"], through("sqs")],
    [["kms:Decrypt", "kms:GenerateDataKey"], through("sqs")],
  ]);
  expect(keyRights("DatabaseAdministrationExecutionRole")).toEqual([[["kms:Decrypt"], through("secretsmanager")]]);
});

test.each([
  [
    ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
    ["kms:Decrypt", "kms:GenerateDataKey"],
  ],
  [["secretsmanager:GetSecretValue"], ["kms:Decrypt"]],
  [["sqs:GetQueueUrl"], []],
])("%j needs %j of the key", (actions, needed) => {
  expect(keyActions(actions)).toEqual(needed);
});

test("rights stand in managed policies, shared out below IAM's limit", () => {
  for (const [id, { Properties }] of ofType(prod, "AWS::IAM::Role")) expect([id, Properties!["Policies"]]).toEqual([id, undefined]);
  expect(ofType(dev, "AWS::IAM::ManagedPolicy")).toEqual([]);
  const wide = app("wide", { region: "eu-central-1", stages: ["prod"], production: ["prod"] }, () => {
    const queues = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`queue${i}`, queue({ deadLetter: false })]));
    const uses = Object.values(queues).flatMap((one) => [one.send]);
    const buckets = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`bucket${i}`, bucket()]));
    return { queues, buckets, web: service({ image: image(), uses: [...uses, ...Object.values(buckets).map((one) => one.readWrite)] }) };
  });
  const assembly = assemblyOf(wide);
  const arns = propertiesOf(assembly, "iam", "WebTaskRole")["ManagedPolicyArns"] as { Ref: string }[];
  expect(arns.map(({ Ref }) => Ref)).toEqual(["WebTaskRolePolicy", "WebTaskRolePolicy2", "WebTaskRolePolicy3"]);
  expect(
    statementsOf(assembly)
      .filter(({ role }) => role === "WebTaskRole")
      .flatMap(({ Action }) => Action),
  ).toContain("kms:Decrypt");
});

test("requests are logged: those of load balancers and buckets, but of the bucket that takes logs in", () => {
  expect(attributes("Entry")).toMatchObject({
    "access_logs.s3.enabled": true,
    "access_logs.s3.bucket": { Ref: "AccessLogBucket" },
    "access_logs.s3.prefix": "entry",
  });
  expect(attributes("Other")).toMatchObject({ "access_logs.s3.bucket": { Ref: "Logs" } });
  expect(attributes("Silent")).not.toHaveProperty("access_logs.s3.enabled");
  const logged = ofType(prod, "AWS::S3::Bucket").flatMap(([id, { Properties }]) => (Properties!["LoggingConfiguration"] ? [id] : []));
  expect(logged).toEqual(["Uploads", "Own"]);
  expect(propertiesOf(prod, "storage", "Uploads")["LoggingConfiguration"]).toEqual({
    DestinationBucketName: { Ref: "AccessLogBucket" },
    LogFilePrefix: "s3/uploads/",
  });
  const { Statement } = propertiesOf(prod, "storage", "AccessLogBucketPolicy")["PolicyDocument"] as { Statement: { Principal: unknown }[] };
  expect(Statement.map(({ Principal }) => Principal)).toEqual([
    "*",
    { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
    { Service: "logging.s3.amazonaws.com" },
  ]);
  expect(JSON.stringify([dev, bare])).not.toContain("AccessLogBucket");
});

test("versions, snapshots, monitoring, and the server's log; a database that pauses is left alone", () => {
  const versions = (id: string) => propertiesOf(prod, "storage", id)["VersioningConfiguration"];
  expect([versions("Uploads"), versions("Own"), versions("AccessLogBucket")]).toEqual([
    { Status: "Enabled" },
    undefined,
    { Status: "Enabled" },
  ]);
  expect(JSON.stringify(propertiesOf(prod, "storage", "Uploads")["LifecycleConfiguration"])).toContain('"NoncurrentDays":30');
  expect(propertiesOf(prod, "database", "Cache")).toMatchObject({ SnapshotRetentionLimit: 1 });
  expect(propertiesOf(prod, "database", "Database")).toMatchObject({
    MonitoringInterval: 60,
    MonitoringRoleArn: { "Fn::GetAtt": ["DatabaseMonitoringRole", "Arn"] },
    EnableCloudwatchLogsExports: ["postgresql"],
  });
  expect(propertiesOf(prod, "database", "Database")["DBInstanceIdentifier"]).toBeUndefined();
  expect(propertiesOf(prod, "database", "AsleepWriter")["MonitoringInterval"]).toBeUndefined();
  expect(prod.serverLogs).toMatchObject([
    { name: "database", retainDays: 30, group: { output: "DatabaseServerLog" }, key: { output: "StageKeyArn" } },
    { name: "asleep", retainDays: 30, group: { output: "AsleepServerLog" } },
  ]);
  for (const other of [dev, bare]) {
    expect(other.serverLogs).toEqual([]);
    expect(propertiesOf(other, "database", "Cache")).toMatchObject({ SnapshotRetentionLimit: 0 });
    expect(JSON.stringify(other.stacks)).not.toMatch(/MonitoringInterval|EnableCloudwatchLogsExports|VersioningConfiguration/);
  }
});

test.each<[keyof Hardening, RegExp]>([
  ["key", /AWS::KMS::Key/],
  ["accessLogs", /AccessLogBucket/],
  ["versions", /"LogFilePrefix":"s3\/uploads\/"\},"VersioningConfiguration"|"NoncurrentDays":30/],
  ["monitoring", /MonitoringInterval/],
  ["databaseLogs", /EnableCloudwatchLogsExports/],
  ["managedPolicies", /AWS::IAM::ManagedPolicy/],
  ["cacheSnapshots", /"SnapshotRetentionLimit":1/],
])("hardening: { %s: false } leaves that out, and the rest is there", (word, found) => {
  const text = JSON.stringify(assemblyOf(shop({ [word]: false })).stacks);
  expect(text).not.toMatch(found);
  expect(JSON.stringify(prod.stacks)).toMatch(found);
  expect(text).toMatch(word === "key" ? /MonitoringInterval/ : /AWS::KMS::Key/);
});
