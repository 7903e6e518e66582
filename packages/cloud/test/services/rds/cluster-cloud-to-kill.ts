/** A cloud with clusters that is killed, in the test of what comes back: one pauses, one writes to a reader, one is being made. */
import { assembleCloud } from "../../../src/assemble.ts";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { openStore } from "../../../src/store.ts";
import { simulatedWorld } from "../../../src/world/simulated.ts";
import { connectTo, createCluster, createMember, describe, eventsOf } from "./clusters.ts";

const folder = process.argv[2]!;
const world = simulatedWorld({ seed: 7, folder, outlivesPowerCut: false });
const cloud = assembleCloud({ world, store: openStore(folder), endpoint: () => "http://127.0.0.1:1" });
await cloud.start();
const it = { cloud, call: cloud.as(rootPrincipal(cloud.account), "eu-central-1") };
for (const name of ["asleep", "awake"]) {
  await createCluster(it, name);
  await createMember(it, name, `${name}-1`);
  const client = await connectTo(it, (await describe(it, name)).Endpoint!);
  await client.query("create table t (v int); insert into t values (7)");
  await client.end();
}
await createMember(it, "awake", "awake-2");
const stays = await connectTo(it, (await describe(it, "awake")).Endpoint!);
await world.clock.advance(30 * 60_000);
while (!(await eventsOf(it, "asleep-1")).includes("Successfully paused the DB instance.")) {
  await new Promise((done) => setTimeout(done, 20));
}
await stays.query("insert into t values (8)");
await createCluster(it, "half");
await it.call("rds", "CreateDBInstance", {
  DBInstanceIdentifier: "half-1",
  DBClusterIdentifier: "half",
  Engine: "aurora-postgresql",
  DBInstanceClass: "db.serverless",
});
process.stdout.write("ready\n");
