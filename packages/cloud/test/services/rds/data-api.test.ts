/** SQL over HTTP, by AWS's own client: values in and out, transactions, limits, rights, a cluster that pauses. */
import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  RDSDataClient,
  RollbackTransactionCommand,
} from "@aws-sdk/client-rds-data";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSimulatedServer } from "../../server.ts";
import { createCluster, createMember, describe, eventsOf } from "./clusters.ts";
import { password } from "./instances.ts";

type It = Awaited<ReturnType<typeof startSimulatedServer>>;
const minuteMs = 60_000;
let it: It;
let client: RDSDataClient;
let place: { resourceArn: string; secretArn: string };

beforeAll(async () => {
  it = await startSimulatedServer();
  client = new RDSDataClient(it.client);
  const pauses = { MinCapacity: 0, MaxCapacity: 1, SecondsUntilAutoPause: 300 };
  await createCluster(it, "c", { EnableHttpEndpoint: true, ServerlessV2ScalingConfiguration: pauses });
  await createMember(it, "c", "w");
  const { DBClusterArn, HttpEndpointEnabled } = await describe(it, "c");
  expect(HttpEndpointEnabled).toBe(true);
  const { ARN } = await it.call("secretsmanager", "CreateSecret", {
    Name: "owner",
    SecretString: JSON.stringify({ username: "owner", password }),
  });
  place = { resourceArn: DBClusterArn!, secretArn: ARN! };
});
afterAll(async () => {
  client.destroy();
  await it[Symbol.asyncDispose]();
});

const run = (sql: string, more: Partial<ExecuteStatementCommandInput> = {}, by = client) =>
  by.send(new ExecuteStatementCommand({ ...place, sql, ...more }));
const rows = async (sql: string, more: Partial<ExecuteStatementCommandInput> = {}) => (await run(sql, more)).records;

test("values of each type come back as the fields that AWS gives for them", async () => {
  const columns: [sql: string, field: Record<string, unknown>][] = [
    ["1::int2", { longValue: 1 }],
    ["-9007199254740991", { longValue: -9007199254740991 }],
    ["1.5::float4", { doubleValue: 1.5 }],
    ["1.50::numeric", { stringValue: "1.50" }],
    ["true", { booleanValue: true }],
    ["'text'::varchar(9)", { stringValue: "text" }],
    ["null::text", { isNull: true }],
    ["'\\xff00'::bytea", { blobValue: Uint8Array.of(255, 0) }],
    ["timestamp '2026-01-02 03:04:05.678'", { stringValue: "2026-01-02 03:04:05.678" }],
    ["timestamptz '2026-01-02 03:04:05+02'", { stringValue: "2026-01-02 01:04:05" }],
    [`jsonb '{"a": [1]}'`, { stringValue: '{"a": [1]}' }],
    ["array[1, null, 3]", { arrayValue: { longValues: [1, null, 3] } }],
    [`array['a,b', 'c"d', '']`, { arrayValue: { stringValues: ["a,b", 'c"d', ""] } }],
    ["array[[true], [false]]", { arrayValue: { arrayValues: [{ booleanValues: [true] }, { booleanValues: [false] }] } }],
    ["'{}'::float8[]", { arrayValue: { doubleValues: [] } }],
  ];
  expect(await rows(`select ${columns.map(([sql]) => sql).join(", ")}`)).toEqual([columns.map(([, field]) => field)]);
  const options = { decimalReturnType: "DOUBLE_OR_LONG", longReturnType: "STRING" } as const;
  expect(await rows("select 1.5, 2::numeric, 3", { resultSetOptions: options })).toEqual([
    [{ doubleValue: 1.5 }, { longValue: 2 }, { stringValue: "3" }],
  ]);
  const { formattedRecords, records } = await run("select 1 as a, 2.5 as b, null as c, array['x'] as d", { formatRecordsAs: "JSON" });
  expect([JSON.parse(formattedRecords!), records]).toEqual([[{ a: 1, b: "2.5", c: null, d: ["x"] }], undefined]);
});

test("parameters go by name, typed and hinted; statements count what they change; metadata is JDBC's", async () => {
  await run("create type mood as enum ('good', 'bad')");
  await run(
    "create table t (id serial primary key, n numeric(8,2), at timestamp, key uuid, doc jsonb, raw bytea, m mood, name varchar(40))",
  );
  const insert = `insert into t (n, at, key, doc, raw, m, name) values (:n, :at, :key, :doc, :raw, 'good', :name) -- :none`;
  const parameters = [
    { name: "n", value: { stringValue: "12.5" }, typeHint: "DECIMAL" as const },
    { name: "at", value: { stringValue: "2026-01-02 03:04:05" }, typeHint: "TIMESTAMP" as const },
    { name: "key", value: { stringValue: "d997d46d-5769-4c78-9a35-93acadbe6076" }, typeHint: "UUID" as const },
    { name: "doc", value: { stringValue: '{"a":1}' }, typeHint: "JSON" as const },
    { name: "raw", value: { blobValue: Uint8Array.of(1, 2) } },
    { name: "name", value: { isNull: true } },
  ];
  expect(await run(insert, { parameters })).toMatchObject({ numberOfRecordsUpdated: 1, generatedFields: [] });
  const by = [{ name: "id", value: { longValue: 1 } }];
  const found = await run("select id, n, m, key::text || ':id' as k, raw from t where id = :id or id = :id", {
    parameters: by,
    includeResultMetadata: true,
  });
  const key = "d997d46d-5769-4c78-9a35-93acadbe6076:id";
  const blobValue = Uint8Array.of(1, 2);
  expect(found.records).toEqual([
    [{ longValue: 1 }, { stringValue: "12.50" }, { stringValue: "good" }, { stringValue: key }, { blobValue }],
  ]);
  expect(found.columnMetadata).toMatchObject([
    {
      name: "id",
      label: "id",
      type: 4,
      typeName: "serial",
      nullable: 0,
      isAutoIncrement: true,
      isSigned: true,
      tableName: "t",
      precision: 10,
    },
    { name: "n", type: 2, typeName: "numeric", nullable: 1, precision: 8, scale: 2, isAutoIncrement: false },
    { name: "m", type: 1111, typeName: "mood" },
    { name: "k", typeName: "text", tableName: "", nullable: 2, isCaseSensitive: true },
    { name: "raw", type: -2, typeName: "bytea" },
  ]);
  const sets = ["a", "b", "c"].map((stringValue) => [{ name: "name", value: { stringValue } }]);
  const batch = { ...place, sql: "insert into t (name) values (:name)", parameterSets: sets };
  expect((await client.send(new BatchExecuteStatementCommand(batch))).updateResults).toHaveLength(3);
  expect(await run("update t set n = 0 where name is not null")).toMatchObject({ numberOfRecordsUpdated: 3 });
  expect(await rows("delete from t where name = 'a' returning name")).toEqual([[{ stringValue: "a" }]]);
});

test("a transaction holds over calls, and ends by a commit, a rollback or three minutes of silence", async () => {
  const begin = async () => (await client.send(new BeginTransactionCommand(place))).transactionId!;
  const count = async (more = {}) => (await rows("select count(*) from held", more))![0]![0]!.longValue;
  await run("create table held (v int)");
  const first = await begin();
  await run("insert into held values (1)", { transactionId: first });
  expect([await count(), await count({ transactionId: first })]).toEqual([0, 1]);
  const committed = await client.send(new CommitTransactionCommand({ ...place, transactionId: first }));
  expect([committed.transactionStatus, await count()]).toEqual(["Transaction Committed", 1]);
  const second = await begin();
  await run("insert into held values (2)", { transactionId: second });
  const rolledBack = await client.send(new RollbackTransactionCommand({ ...place, transactionId: second }));
  expect([rolledBack.transactionStatus, await count()]).toEqual(["Rollback Complete", 1]);
  const third = await begin();
  await run("insert into held values (3)", { transactionId: third });
  await it.world.clock.advance(2 * minuteMs);
  await run("insert into held values (4)", { transactionId: third });
  await it.world.clock.advance(2 * minuteMs);
  expect(await count({ transactionId: third })).toBe(3);
  await it.world.clock.advance(3 * minuteMs);
  const gone = { name: "TransactionNotFoundException", message: `Transaction ${third} is not found` };
  await expect(count({ transactionId: third })).rejects.toMatchObject(gone);
  await expect(client.send(new CommitTransactionCommand({ ...place, transactionId: third }))).rejects.toMatchObject(gone);
  expect(await count()).toBe(1);
});

const faults: [sql: string, more: Partial<ExecuteStatementCommandInput>, name: string, message: string | RegExp][] = [
  ["select * from nowhere", {}, "DatabaseErrorException", 'ERROR: relation "nowhere" does not exist; Position: 15; SQLState: 42P01'],
  ["select :a", {}, "BadRequestException", "Cannot find parameter: a"],
  ["select 1; select 2", {}, "ValidationException", "Multistatements aren't supported."],
  ["select 1", { schema: "public" }, "BadRequestException", "The schema parameter isn't supported."],
  ["select 1", { database: "none" }, "DatabaseErrorException", 'FATAL: database "none" does not exist; SQLState: 3D000'],
  ["select 1", { transactionId: "none" }, "TransactionNotFoundException", "Transaction none is not found"],
  ["select repeat('x', 1100000)", {}, "DatabaseErrorException", "Database returned more than the allowed response size limit"],
  ["select :a", { parameters: [{ name: "a", value: { arrayValue: { longValues: [1] } } }] }, "BadRequestException", /^Array parameters/],
  [
    "select 1",
    { secretArn: "arn:aws:secretsmanager:eu-central-1:1:secret:none" },
    "SecretsErrorException",
    /can't find the specified secret/,
  ],
  ["select 1", { resourceArn: "arn:aws:rds:eu-central-1:123456789012:cluster:none" }, "DatabaseNotFoundException", /isn't found/],
];
test.each(faults)("%s with %j is %s", async (sql, more, name, message) => {
  await expect(run(sql, more)).rejects.toMatchObject({
    name,
    message: typeof message === "string" ? message : expect.stringMatching(message),
  });
});

test("a statement has 45 seconds; with continueAfterTimeout it goes on", async () => {
  await run("create table late (v int)");
  const over = { name: "StatementTimeoutException", dbConnectionId: expect.any(Number) as number };
  for (const [continueAfterTimeout, left] of [
    [false, 0],
    [true, 1],
  ] as const) {
    // It waits for a lock, so that it takes as long as the test wants.
    const { transactionId } = await client.send(new BeginTransactionCommand(place));
    await run("lock table late", { transactionId });
    const running = run("insert into late values (1)", { continueAfterTimeout });
    const refused = expect(running).rejects.toMatchObject(over);
    const waiting = "select count(*) from pg_locks where relation = 'late'::regclass and not granted";
    await expect.poll(() => rows(waiting), { timeout: 60_000 }).toEqual([[{ longValue: 1 }]]);
    await it.world.clock.advance(46_000);
    await refused;
    await client.send(new RollbackTransactionCommand({ ...place, transactionId: transactionId! }));
    await expect.poll(() => rows("select count(*) from late"), { timeout: 60_000 }).toEqual([[{ longValue: left }]]);
  }
});

test("who calls needs the right to run statements, and to read the secret", async () => {
  const allowed = async (name: string, Statement: object[]) => {
    await it.call("iam", "CreateUser", { UserName: name });
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await it.call("iam", "PutUserPolicy", { UserName: name, PolicyName: "p", PolicyDocument });
    const { AccessKey } = await it.call("iam", "CreateAccessKey", { UserName: name });
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
    // Credentials that the cloud issued are judged by its own clock.
    const systemClockOffset = it.world.clock.nowMs() - Date.now();
    return new RDSDataClient({ ...it.client, credentials, systemClockOffset });
  };
  const statements = { Effect: "Allow", Action: "rds-data:ExecuteStatement", Resource: place.resourceArn };
  const secret = { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: place.secretArn };
  await expect(run("select 1", {}, await allowed("a", [secret]))).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining(`is not authorized to perform: rds-data:ExecuteStatement on resource: ${place.resourceArn}`) as string,
  });
  await expect(run("select 1", {}, await allowed("b", [statements]))).rejects.toMatchObject({
    name: "SecretsErrorException",
    message: expect.stringContaining("is not authorized to perform: secretsmanager:GetSecretValue") as string,
  });
  expect((await run("select 1 as one", {}, await allowed("c", [statements, secret]))).records).toEqual([[{ longValue: 1 }]]);
});

test("a paused cluster answers that it wakes; a disabled endpoint and a stopped cluster say so", async () => {
  await it.world.clock.advance(6 * minuteMs);
  await expect.poll(() => eventsOf(it, "w"), { timeout: 60_000 }).toContain("Successfully paused the DB instance.");
  await expect(run("select 1")).rejects.toMatchObject({
    name: "DatabaseResumingException",
    message: expect.stringContaining("is resuming after being auto-paused") as string,
  });
  await expect.poll(() => rows("select 1").catch(() => undefined), { timeout: 60_000 }).toEqual([[{ longValue: 1 }]]);
  const off = await it.call("rds", "DisableHttpEndpoint", { ResourceArn: place.resourceArn });
  expect(off).toMatchObject({ HttpEndpointEnabled: false });
  await expect(run("select 1")).rejects.toMatchObject({
    name: "HttpEndpointNotEnabledException",
    message: `HttpEndpoint is not enabled for resource ${place.resourceArn}`,
  });
  await it.call("rds", "EnableHttpEndpoint", { ResourceArn: place.resourceArn });
  await it.call("rds", "StopDBCluster", { DBClusterIdentifier: "c" });
  await expect(run("select 1")).rejects.toMatchObject({ name: "DatabaseUnavailableException" });
});
