/** A cloud for a test to kill: it has one instance with data and another that is just being made, and says so. */
import { assembleCloud } from "../../../src/assemble.ts";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { openStore } from "../../../src/store.ts";
import { realWorld } from "../../../src/world/real.ts";
import { connect, createInstance, whenIn } from "./instances.ts";

const folder = process.argv[2]!;
const cloud = assembleCloud({
  world: realWorld(folder, { outlivesPowerCut: false }),
  store: openStore(folder),
  endpoint: () => "http://127.0.0.1:1",
});
await cloud.start();
const it = { cloud, call: cloud.as(rootPrincipal(cloud.account), "eu-central-1") };
await createInstance(it, "kept");
await whenIn(it, "kept", "available");
const client = await connect(it, "kept");
await client.query("create table t (v int); insert into t values (7)");
await createInstance(it, "half", { DBName: "later" });
process.stdout.write("ready\n");
