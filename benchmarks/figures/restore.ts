/**
 * A database brought back to a second, from the request until it takes connections, beside what nobody can save: a plain copy of the
 * same backup and PostgreSQL's own recovery of it over the same log. RESTORE_MB sets its size (200; 1000 is the size of the promise).
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
  RDSClient,
  RestoreDBInstanceToPointInTimeCommand,
  CreateDBInstanceCommand,
} from "@aws-sdk/client-rds";
import { Client } from "pg";
import { type Benchmark, median } from "../figure.ts";
import { end, startCloud } from "../measure.ts";
import { freePort } from "../peers/bare-app.ts";

const sizeMB = Number(process.env["RESTORE_MB"] ?? 200);
const rounds = 3;
const region = "us-east-1";
const password = "benchmark-password";

const restore: Benchmark = async () => {
  await using cloud = await startCloud();
  const rds = new RDSClient({ endpoint: cloud.endpoint, region, credentials: { accessKeyId: "bench", secretAccessKey: "bench" } });
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: "large",
      Engine: "postgres",
      EngineVersion: "16",
      DBInstanceClass: "db.t4g.micro",
      AllocatedStorage: 20,
      MasterUsername: "owner",
      MasterUserPassword: password,
      BackupRetentionPeriod: 0,
    }),
  );
  await available(rds, "large");
  await fill(rds, sizeMB);
  // The backup from which restores begin is taken now; what is written afterwards is in the log only.
  await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: "large", BackupRetentionPeriod: 1, ApplyImmediately: true }));
  await available(rds, "large");
  await fill(rds, sizeMB / 10);

  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    await rds.send(
      new RestoreDBInstanceToPointInTimeCommand({
        SourceDBInstanceIdentifier: "large",
        TargetDBInstanceIdentifier: `back-${round}`,
        UseLatestRestorableTime: true,
        BackupRetentionPeriod: 0,
      }),
    );
    await available(rds, `back-${round}`);
    ours.push(performance.now() - startMs);
    await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: `back-${round}`, SkipFinalSnapshot: true }));
    bare.push(await bareRecovery(join(cloud.folder, "rds", region), join(cloud.folder, "postgres", "16", "bin", "postgres")));
  }
  const seconds = (values: number[]) => `${(median(values) / 1000).toFixed(2)} s`;
  return [
    {
      name: `restore of ${sizeMB} MB to a second`,
      ours: seconds(ours),
      reference: `${seconds(bare)} plain copy and recovery`,
      value: median(ours) / median(bare),
      limit: { atMost: 2 },
    },
  ];
};

export default restore;

async function available(rds: RDSClient, DBInstanceIdentifier: string): Promise<{ host: string; port: number }> {
  for (;;) {
    const { DBInstances: [instance] = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
    if (instance?.DBInstanceStatus === "available") return { host: instance.Endpoint!.Address!, port: instance.Endpoint!.Port! };
    if (instance?.DBInstanceStatus === "failed") throw new Error(instance.StatusInfos?.[0]?.Message);
    await new Promise((done) => setTimeout(done, 25));
  }
}

/** Rows of a kilobyte that do not compress. */
async function fill(rds: RDSClient, megabytes: number): Promise<void> {
  const client = new Client({
    ...(await available(rds, "large")),
    user: "owner",
    password,
    database: "postgres",
    ssl: { rejectUnauthorized: false },
  });
  await client.connect();
  await client.query("create table if not exists filler (id bigint, body bytea)");
  const row = "(select string_agg(decode(md5(random()::text || n || g), 'hex'), '') from generate_series(1, 60) g)";
  await client.query(`insert into filler select n, ${row} from generate_series(1, ${Math.round(megabytes * 1000)}) n`);
  await client.end();
}

/** Milliseconds until a copy of the backup has replayed the archive and takes connections. */
async function bareRecovery(rdsFolder: string, postgres: string): Promise<number> {
  const only = (folder: string) => join(folder, readdirSync(folder)[0]!);
  const [backup, archive] = [join(only(join(rdsFolder, "snapshots")), "data"), only(join(rdsFolder, "archive"))];
  const folder = mkdtempSync(join(tmpdir(), "plinth-bench-restore-"));
  const data = join(folder, "data");
  const port = await freePort();
  const startMs = performance.now();
  execFileSync("cp", ["-a", backup, data]);
  writeFileSync(join(data, "recovery.signal"), "");
  const settings = {
    restore_command: `cp '${archive}/%f' "%p"`,
    port: String(port),
    listen_addresses: "127.0.0.1",
    ssl: "off",
    archive_mode: "off",
  };
  const as = process.getuid?.() === 0 ? ["unshare", "-U", "--map-user=65534", "--map-group=65534"] : [];
  const [command, ...args] = [
    ...as,
    postgres,
    "-D",
    data,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ] as [string, ...string[]];
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  try {
    let log = "";
    await new Promise<void>((done, fail) => {
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        log += text;
        if (log.includes("ready to accept connections")) done();
      });
      child.once("close", () => fail(new Error(`the bare recovery failed:\n${log.slice(-2000)}`)));
    });
    return performance.now() - startMs;
  } finally {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  }
}
