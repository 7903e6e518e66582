/** A service changes the way in which new versions take over, from canary to copy by copy and back, while requests go on. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Plan } from "@plinth/deployer";
import { appFolder, plinth, plinthInside, type AppFolder } from "./app-folder.ts";

const canary = '{ strategy: "canary", percent: 10, every: "0 minutes", bake: "0 minutes" }';
const rolling = '"rolling"';
const config = (deploy: string, version: number) => `import { app, image, loadBalancer, service } from "plinth";
export default app("ways", { region: "eu-central-1" }, () => {
  const source = image();
  const health = { path: "/", every: "5 seconds", timeout: "2 seconds" } as const;
  const web = service({ image: source, port: 3000, health, deploy: ${deploy}, env: { VERSION: ${version} } });
  const entry = loadBalancer({ routes: { "/*": web }, drain: "2 seconds" });
  return { web, entry };
});
`;
const files = {
  "plinth.config.ts": config(canary, 1),
  Dockerfile: 'FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n',
  ".dockerignore": "plinth.config.ts\n",
  "server.js": `import { createServer } from "node:http";
const server = createServer((_, response) => response.end(process.env.VERSION)).listen(3000);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`,
};

let app: AppFolder;
beforeAll(async () => {
  app = await appFolder(files);
});
afterAll(async () => {
  await plinth(app.folder, ["cloud", "stop"]);
  await app[Symbol.asyncDispose]();
});

/** In a process of its own, for a process keeps the config that it has loaded. */
async function run(words: string[], strategy: string, version: number) {
  await app.write({ "plinth.config.ts": config(strategy, version) });
  const ended = await plinthInside(app.folder, words);
  expect(ended.exit, ended.err).toBe(0);
  return ended;
}
const deploy = (strategy: string, version: number) => run(["deploy"], strategy, version);
const notes = async (strategy: string, version: number) =>
  (JSON.parse((await run(["plan", "--json"], strategy, version)).out) as Plan).notes.filter((note) => note.startsWith("web:"));

test("no request is lost when a strategy is given up while the other group of targets serves, nor when it is taken up again", async () => {
  await deploy(canary, 1);
  // Now the second group serves.
  await deploy(canary, 2);
  const { outputs } = JSON.parse((await plinth(app.folder, ["status", "--json"])).out.join("\n")) as {
    outputs: Record<string, Record<string, string>>;
  };
  const url = outputs["entry"]!["url"]!;
  const answers = new Map<string, number>();
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) {
      const answer = await fetch(url).then(
        async (response) => `${response.status} ${await response.text()}`,
        (error: unknown) => String(error),
      );
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      // A request upon the other would take all the processor time that the deploys want.
      await new Promise((done) => setTimeout(done, 25));
    }
  })();
  try {
    expect(await notes(rolling, 3)).toEqual([expect.stringContaining("no longer take over by moving requests")]);
    expect((await deploy(rolling, 3)).err.match(/web: its strategy changes/g)).toHaveLength(1);
    expect(await (await fetch(url)).text()).toBe("3");
    expect(await notes(canary, 4)).toEqual([expect.stringContaining("from the next on new versions take over by moving requests")]);
    await deploy(canary, 4);
    await deploy(canary, 5);
    expect(await (await fetch(url)).text()).toBe("5");
  } finally {
    over.abort();
    await asking;
  }
  expect([...answers.keys()].filter((answer) => !answer.startsWith("200 "))).toEqual([]);
  expect([...answers.keys()].sort()).toEqual(["200 2", "200 3", "200 4", "200 5"]);
});
