/**
 * A cache that cannot be changed in place: the new one stands beside it until the new version of its service runs. When that
 * does not come up, the old version serves on with the old cache.
 */
import { connectAws } from "@plinth/deployer";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { appFolder, plinthInside, type AppFolder } from "./app-folder.ts";

const config = (encrypted: boolean, command: string) => `import { app, image, redis, service } from "plinth";
export default app("beside", { region: "eu-central-1", production: ["local"] }, () => {
  const cache = redis({ override: { ReplicationGroup: (p) => ({ ...p, AtRestEncryptionEnabled: ${encrypted} }) } });
  const web = service({ image: image(), command: ["node", "${command}"], port: 3000, public: true, env: { REDIS_URL: cache } });
  return { cache, web };
});
`;

/** Keeps a note in the cache: it answers what it finds there, and leaves its own. */
const server = `import { createServer } from "node:http";
import { connect } from "node:tls";
createServer((request, response) => {
  const url = new URL(process.env.REDIS_URL);
  const socket = connect({ host: url.hostname, port: Number(url.port), servername: url.hostname });
  let answer = "";
  socket.on("data", (data) => {
    answer += data;
    const lines = answer.split("\\r\\n");
    if (lines.length > 2 && (lines[1] === "$-1" || lines.length > 3)) socket.end(() => response.end(lines[1] === "$-1" ? "empty" : lines[2]));
  });
  socket.on("error", (error) => response.end(error.message));
  socket.write("AUTH " + decodeURIComponent(url.password) + "\\r\\n" + (request.url === "/" ? "GET note" : "SET note kept") + "\\r\\n");
  if (request.url !== "/") socket.once("data", () => setTimeout(() => socket.end(() => response.end("set")), 50));
}).listen(3000);
`;

let app: AppFolder;
const run = (...words: string[]) => plinthInside(app.folder, words);
const ask = (path: string) =>
  vi.waitFor(
    async () => {
      const outputs = JSON.parse((await run("outputs", "--json")).out) as Record<string, Record<string, string>>;
      return (await fetch(outputs["web"]!["url"]! + path)).text();
    },
    { timeout: 60_000, interval: 100 },
  );
interface Plan {
  layers: { layer: string; changes: { logicalId: string; action: string; key?: string; properties: string[] }[] }[];
  data: { text: string; event: string }[];
}
const planned = async () => JSON.parse((await run("plan", "--json")).out) as Plan;

beforeAll(async () => {
  app = await appFolder({
    "plinth.config.ts": config(false, "server.js"),
    Dockerfile: "FROM node:24-alpine\nWORKDIR /app\nCOPY . .\n",
    "server.js": server,
    "broken.js": "process.exit(1);\n",
  });
  expect((await run("deploy", "--json")).error).toBeUndefined();
  await ask("/set");
});
afterAll(async () => {
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

test("the plan says that it becomes a new one, why, and what that does to its data", async () => {
  await app.write({ "plinth.config.ts": config(true, "broken.js") });
  const { layers, data } = await planned();
  expect(layers.find(({ layer }) => layer === "database")!.changes).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ logicalId: "Cache2", action: "replace", key: "cache", properties: ["AtRestEncryptionEnabled"] }),
    ]),
  );
  expect(data.filter(({ event }) => event !== "none").map(({ text }) => text)).toEqual([
    "the cache cache is replaced by an empty one: its data is LOST",
  ]);
});

test("--yes alone does not stretch to the data of a production stage", async () => {
  const refused = await run("deploy", "--yes", "--json");
  expect(refused.exit).toBe(4);
  expect(refused.error).toMatchObject({
    code: "not-consented",
    evidence: ["the cache cache is replaced by an empty one: its data is LOST"],
    remedy: "plinth deploy --yes --accept cache",
  });
});

test("while the new service does not come up, the old one serves on with the old cache", async () => {
  const failed = await run("deploy", "--yes", "--accept", "cache", "--json");
  expect(failed.error?.message).toMatch(/^web \(WebService\) in beside-local-compute: /);
  expect(await ask("/")).toBe("kept");
});

test("once it runs it uses the new one, the old one is gone, and the next deploy finds it", async () => {
  await app.write({ "plinth.config.ts": config(true, "server.js") });
  const deployed = await run("deploy", "--yes", "--accept", "cache", "--json");
  expect(deployed.error).toBeUndefined();
  expect(deployed.err).toMatch(/beside-local-database \(back\)/);
  expect(await ask("/")).toBe("empty");
  expect((await run("plan")).out).toContain("\nNothing to change.\n");
  expect((await run("deploy", "--yes")).err).toContain("Nothing had to change.");
});

test("a number of copies that was set by hand outlives the deploy of a new version", async () => {
  const { endpoint } = JSON.parse((await run("cloud", "status", "--json")).out) as { endpoint: string };
  const aws = connectAws("eu-central-1", endpoint);
  try {
    await aws.call("ecs", "UpdateService", { cluster: "beside-local", service: "beside-local-web", desiredCount: 2 });
    await app.write({ "server.js": `${server}// another version\n` });
    expect((await run("deploy", "--yes", "--json")).error).toBeUndefined();
    const { services } = await aws.call("ecs", "DescribeServices", { cluster: "beside-local", services: ["beside-local-web"] });
    expect(services?.[0]).toMatchObject({ desiredCount: 2, runningCount: 2 });
    expect((await run("deploy", "--yes")).err).toContain("Nothing had to change.");
  } finally {
    aws.close();
  }
});
