/** Services begin when something asks for them: the table says of each what has to be known before, and what one has left goes on after a restart. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServiceId } from "../src/aws.ts";
import { assembleCloud } from "../src/assemble.ts";
import type { Cloud } from "../src/cloud.ts";
import { rootPrincipal } from "../src/identity/principal.ts";
import type { ServiceEntry } from "../src/service.ts";
import { services } from "../src/services/index.ts";
import { openStore, type Store } from "../src/store.ts";
import { simulatedWorld } from "../src/world/simulated.ts";

const order = Object.keys(services) as ServiceId[];
const namespaceOf = (type: string) => type.split("::")[1];

describe.each(Object.entries(services) as [ServiceId, ServiceEntry][])("%s", (id, entry) => {
  test("is what the table says of it", async () => {
    const service = await entry.load();
    expect(service.id).toBe(id);
    for (const kind of ["routes", "roots", "upgrades"] as const) expect(Object.keys(service[kind] ?? {})).toEqual(entry[kind] ?? []);
    const types = [...Object.keys(service.resources ?? {}), ...Object.keys(service.readers ?? {})];
    expect([...new Set(types.map(namespaceOf))]).toEqual(entry.namespace === undefined ? [] : [entry.namespace]);
    for (const needed of entry.needs ?? []) expect(order.indexOf(needed)).toBeLessThan(order.indexOf(id));
  });
});

test("no two services have a namespace or an address in common", () => {
  for (const kind of ["namespace", "routes", "roots", "upgrades"] as const) {
    const names = (Object.values(services) as ServiceEntry[]).flatMap((entry) => entry[kind] ?? []);
    expect(names).toEqual([...new Set(names)]);
  }
});

describe("a cloud", () => {
  let folder: string;
  let store: Store;
  let cloud: Cloud;
  let fails = false;
  const activeOnes = () => order.filter((id) => cloud.active(id));
  const call: ReturnType<Cloud["as"]> = (...asked) => cloud.as(rootPrincipal(cloud.account), "eu-central-1")(...asked);
  const begin = async () => {
    const world = simulatedWorld({ seed: 1, folder, outlivesPowerCut: false });
    const { files } = world.disk;
    const rm: typeof files.rm = async (...given) => (fails ? Promise.reject(new Error("no such luck")) : await files.rm(...given));
    const disk = { ...world.disk, files: { ...files, rm } };
    cloud = assembleCloud({ world: { ...world, disk }, store, endpoint: () => "http://127.0.0.1:1" });
    await cloud.start();
  };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "plinth-activation-"));
    store = openStore(":memory:");
    await begin();
  });
  afterAll(async () => {
    await cloud.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("begins with no service; a call activates the one that it is for, and what that needs", async () => {
    expect(activeOnes()).toEqual([]);
    const queue = { QueueName: "jobs" };
    const [{ QueueUrl }, again] = await Promise.all([call("sqs", "CreateQueue", queue), call("sqs", "CreateQueue", queue)]);
    expect(again.QueueUrl).toBe(QueueUrl);
    expect(activeOnes()).toEqual(["kms", "sqs"]);
  });

  test("starts those again that have been active in its state, after a stop and after a kill", async () => {
    await cloud.stop();
    await begin();
    expect(activeOnes()).toEqual(["kms", "sqs"]);
    await call("sns", "CreateTopic", { Name: "news" });
    // As by a kill: nobody stops it.
    await begin();
    expect(activeOnes()).toEqual(["kms", "sqs", "sns"]);
    expect((await call("sqs", "ListQueues", {})).QueueUrls).toHaveLength(1);
  });

  test("each service can be the first, and calls nobody as long as it has not been called", async () => {
    for (const id of order) {
      await cloud.reset();
      expect(activeOnes()).toEqual([]);
      await cloud.activate(id);
      expect(activeOnes()).toEqual([...(services[id].needs ?? []), id]);
    }
  });

  test("stops what the stop itself activates, and activates nothing after it", async () => {
    await cloud.reset();
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    cloud.stopping.addEventListener("abort", () => ask());
    cloud.inBackground(
      "last words",
      asked.then(async () => void (await call("sns", "CreateTopic", { Name: "last" }))),
    );
    await cloud.stop();
    await expect(cloud.activate("ssm")).rejects.toMatchObject({ code: "ServiceUnavailable" });
    await begin();
    expect(activeOnes()).toEqual(["kms", "sns"]);
    expect((await call("sns", "ListTopics", {})).Topics).toHaveLength(1);
  });

  test("starts all where an older version has kept the state, which noted nothing", async () => {
    await cloud.reset();
    store.collection("cloud").delete("global", "active services");
    await cloud.stop();
    await begin();
    expect(activeOnes()).toEqual(order);
    expect(store.collection("cloud").get("global", "active services")).toEqual(order);
  });

  test("tries again what failed to start", async () => {
    await cloud.reset();
    fails = true;
    await expect(call("lambda", "ListFunctions", {})).rejects.toThrow("no such luck");
    fails = false;
    expect(await call("lambda", "ListFunctions", {})).toMatchObject({ Functions: [] });
  });
});
