/** A cloud with a global cluster that is killed in the midst of a switchover, in the test of what comes back. */
import { assembleCloud } from "../../../src/assemble.ts";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { openStore } from "../../../src/store.ts";
import { realWorld } from "../../../src/world/real.ts";
import { connectTo, createCluster, createMember, whenClusterIn } from "./clusters.ts";

const folder = process.argv[2]!;
const cloud = assembleCloud({ world: realWorld(folder), store: openStore(folder), endpoint: () => "http://127.0.0.1:1" });
await cloud.start();
const it = { cloud, call: cloud.as(rootPrincipal(cloud.account), "eu-central-1") };
const there = { cloud, call: cloud.as(rootPrincipal(cloud.account), "us-east-1") };
const capacity = { ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 4 } };
await createCluster(it, "p", capacity);
await createMember(it, "p", "p-1");
const { GlobalCluster: global } = await it.call("rds", "CreateGlobalCluster", {
  GlobalClusterIdentifier: "g",
  SourceDBClusterIdentifier: `arn:aws:rds:eu-central-1:${cloud.account}:cluster:p`,
});
await there.call("rds", "CreateDBCluster", {
  DBClusterIdentifier: "s",
  Engine: "aurora-postgresql",
  GlobalClusterIdentifier: "g",
  ...capacity,
});
await whenClusterIn(there, "s", "available");
await createMember(there, "s", "s-1");
const client = await connectTo(it, global!.Endpoint!);
await client.query("create table t (v int); insert into t values (1)");
await it.call("rds", "SwitchoverGlobalCluster", {
  GlobalClusterIdentifier: "g",
  TargetDbClusterIdentifier: `arn:aws:rds:us-east-1:${cloud.account}:cluster:s`,
});
process.stdout.write("ready\n");
