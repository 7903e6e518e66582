/** One at a time changes a stage: real processes of the program hold it, in one embedded cloud, while others ask for it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, plinthInside, type AppFolder } from "./app-folder.ts";

const program = fileURLToPath(new URL("../bin/plinth.js", import.meta.url));

// The migration runs until there is a file: so a test says how long a deploy lasts.
const files = {
  "plinth.config.ts": `import { app, image, service, task } from "plinth";
export default app("tiny", { region: "eu-central-1" }, () => {
  const source = image();
  const migrate = task({ image: source, command: ["node", "migrate.js"], run: "before-services" });
  const web = service({ image: source, port: 3000, public: true });
  return { migrate, web };
});
`,
  Dockerfile: 'FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n',
  ".dockerignore": "go\n",
  "server.js": 'import { createServer } from "node:http";\ncreateServer((_, response) => response.end("up")).listen(3000);\n',
  "migrate.js": migration(0),
};

function migration(version: number): string {
  return `import { existsSync } from "node:fs";
console.log("migration ${version} begins");
const timer = setInterval(() => existsSync("go") && clearInterval(timer), 20);
`;
}

let app: AppFolder;
const go = () => app.write({ go: "" });
const hold = async (version: number) => {
  await rm(join(app.folder, "go"), { force: true });
  await app.write({ "migrate.js": migration(version) });
};

/** A deploy in a process of its own, which has begun its migration: it holds the stage. */
async function holding(version: number, ...options: string[]) {
  await hold(version);
  const child = spawn(process.execPath, [program, "deploy", ...options], { cwd: app.folder, stdio: ["ignore", "ignore", "pipe"] });
  const { promise: begun, resolve, reject } = Promise.withResolvers<void>();
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    if (text.includes(`migration ${version} begins`)) resolve();
  });
  const ended = once(child, "close").then(([code]) => {
    reject(new Error(`ended with ${String(code)}: ${text}`));
    return { exit: code as number | null, err: text };
  });
  await begun;
  return { child, ended, said: () => text };
}

beforeAll(async () => {
  app = await appFolder({ ...files, go: "" });
  expect((await plinthInside(app.folder, ["deploy"])).exit).toBe(0);
});
afterAll(async () => {
  await plinth(app.folder, ["cloud", "stop"]);
  await app[Symbol.asyncDispose]();
});

test("of two deploys one goes on, the other is told who holds the stage: user, host, command, since when", async () => {
  const first = await holding(1);
  const second = await plinthInside(app.folder, ["deploy", "--json"]);
  expect(second.exit).toBe(5);
  expect(second.error?.message).toMatch(
    new RegExp(
      String.raw`^tiny local is held by \S.* on \S+ \(process ${first.child.pid}, deploy\) since \d{4}-\d\d-\d\dT[\d:.]+Z\.$`,
      "u",
    ),
  );
  expect(second.error?.remedy).toContain("--wait");
  for (const words of [["scale", "web", "2"], ["restart", "web"], ["stop"], ["destroy", "--yes"]]) {
    expect([words[0], (await plinth(app.folder, words)).exit]).toEqual([words[0], 5]);
  }
  const status = JSON.parse((await plinth(app.folder, ["lock", "status", "--json"])).out.join("\n"));
  expect(status).toMatchObject({ held: true, alive: true, holder: { pid: first.child.pid, purpose: "deploy" } });
  await go();
  expect((await first.ended).exit).toBe(0);
  expect((await plinth(app.folder, ["lock", "status"])).out).toEqual(["Nobody holds tiny local."]);
});

test("--wait waits until the first has ended, and no longer than it says", async () => {
  const first = await holding(2);
  const short = await plinthInside(app.folder, ["deploy", "--wait", "1s"]);
  expect([short.exit, short.err]).toEqual([5, expect.stringMatching(/since \S+\. 1 seconds were waited for it\./u)]);
  const second = spawn(process.execPath, [program, "deploy", "--wait"], { cwd: app.folder, stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  second.stderr.setEncoding("utf8").on("data", (part: string) => {
    if (!text.includes("Waiting for") && (text + part).includes("Waiting for")) void go();
    text += part;
  });
  const [[exit], ended] = await Promise.all([once(second, "close"), first.ended]);
  expect(text).toContain(`(process ${first.child.pid}, deploy), since `);
  expect([exit, ended.exit]).toEqual([0, 0]);
  expect(text).toContain("Nothing had to change.");
});

test("one that was killed holds nothing: the next takes over at once and says from whom", async () => {
  const first = await holding(3);
  first.child.kill("SIGKILL");
  await first.ended;
  expect((await plinth(app.folder, ["lock", "status"])).out.join("\n")).toContain("There is no sign of life any more");
  await go();
  const second = await plinthInside(app.folder, ["deploy"]);
  expect(second.exit).toBe(0);
  expect(second.err).toMatch(new RegExp(`The lease of .+ \\(process ${first.child.pid}, deploy\\) had run out: taken over\\.`, "u"));
});

test("one that slept while another took over changes nothing more when it wakes", async () => {
  const first = await holding(4);
  first.child.kill("SIGSTOP");
  try {
    expect((await plinth(app.folder, ["lock", "release"])).exit).toBe(4);
    const released = await plinth(app.folder, ["lock", "release"], { answers: ["y"] });
    expect(released.err.join("\n")).toContain("It gives signs of life: it will stop where it is.");
    expect(released.exit).toBe(0);
    await app.write({ "server.js": files["server.js"].replace('"up"', '"second"') });
    await go();
    expect((await plinthInside(app.folder, ["deploy"])).exit).toBe(0);
  } finally {
    first.child.kill("SIGCONT");
  }
  const { exit, err } = await first.ended;
  expect(err).toContain("The lease on tiny local was lost: another has taken it over, or it was released by hand.");
  expect(exit).toBe(5);
  expect((await plinthInside(app.folder, ["deploy"])).err).toContain("Nothing had to change.");
  expect(existsSync(join(app.folder, "go"))).toBe(true);
});
