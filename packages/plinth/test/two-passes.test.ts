/**
 * The promise of the two passes: what an app gives up is taken away only when the programs that used it are gone. Here the
 * cache is taken out of the app while the new version of its service does not come up: the old one keeps serving, with its cache.
 */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { appFolder, plinthInside, type AppFolder } from "./app-folder.ts";

const config = (cache: boolean, command: string) => `import { app, image, redis, service } from "plinth";
export default app("passes", { region: "eu-central-1" }, () => {
  const source = image();
${cache ? "  const cache = redis();\n" : ""}  const web = service({ image: source, command: ["node", "${command}"], port: 3000, public: true, env: { ${cache ? "REDIS_URL: cache" : 'WITHOUT: "cache"'} } });
  return { ${cache ? "cache, " : ""}web };
});
`;

/** Speaks to the cache anew at each request: AUTH and PING over TLS. */
const server = `import { createServer } from "node:http";
import { connect } from "node:tls";
createServer((request, response) => {
  if (!process.env.REDIS_URL) return response.end("no cache");
  const url = new URL(process.env.REDIS_URL);
  const socket = connect({ host: url.hostname, port: Number(url.port), servername: url.hostname });
  let answer = "";
  socket.on("data", (data) => {
    answer += data;
    if (answer.split("\\r\\n").length > 2) socket.end(() => response.end(answer.split("\\r\\n")[1]));
  });
  socket.on("error", (error) => response.end(error.message));
  socket.write("AUTH " + decodeURIComponent(url.password) + "\\r\\nPING\\r\\n");
}).listen(3000);
`;

let app: AppFolder;
const run = (...words: string[]) => plinthInside(app.folder, words);
/** A task runs a moment before its program listens. */
const answer = () =>
  vi.waitFor(
    async () => {
      const outputs = JSON.parse((await run("outputs", "--json")).out) as Record<string, Record<string, string>>;
      return (await fetch(outputs["web"]!["url"]!)).text();
    },
    { timeout: 60_000, interval: 100 },
  );
const stacks = async () =>
  (JSON.parse((await run("status", "--json")).out) as { stacks: { name: string; status: string }[] }).stacks
    .map(({ name, status }) => `${name.replace("passes-local-", "")} ${status}`)
    .sort();

beforeAll(async () => {
  app = await appFolder({
    "plinth.config.ts": config(true, "server.js"),
    Dockerfile: "FROM node:24-alpine\nWORKDIR /app\nCOPY . .\n",
    "server.js": server,
    "broken.js": 'console.log("cannot start: no settings"); process.exit(1);\n',
  });
  const { error } = await run("deploy", "--json");
  expect(error).toBeUndefined();
});
afterAll(async () => {
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

test("taking the cache out while the new service fails leaves the old one with its cache", async () => {
  expect(await answer()).toBe("+PONG");
  await app.write({ "plinth.config.ts": config(false, "broken.js") });
  const failed = await run("deploy", "--yes", "--json");
  expect(failed.exit).toBe(1);
  expect(failed.error?.message).toMatch(/^web \(WebService\) in passes-local-compute: /);
  expect(failed.error?.evidence).toEqual(
    expect.arrayContaining(["web stopped: Essential container in task exited (exit code 1)", "web | cannot start: no settings"]),
  );
  expect(await answer()).toBe("+PONG");
  expect(await stacks()).toEqual(
    expect.arrayContaining(["compute UPDATE_ROLLBACK_COMPLETE", expect.stringMatching(/^database .*COMPLETE$/)]),
  );

  // A new task of the old version finds all that it needs: its secret, its permission, its way to the cache.
  await run("cloud", "stop");
  await run("cloud", "start");
  await expect.poll(answer).toBe("+PONG");
});

test("once the new version runs, the pass back takes the cache away", async () => {
  await app.write({ "plinth.config.ts": config(false, "server.js") });
  const plan = (await run("plan")).out;
  expect(plan).toContain("the cache Cache is deleted");
  const deployed = await run("deploy", "--yes", "--json");
  expect(deployed.error).toBeUndefined();
  expect(await answer()).toBe("no cache");
  expect((await stacks()).filter((line) => line.startsWith("database"))).toEqual([]);
  expect((await run("plan")).out).toContain("\nNothing to change.\n");
});
