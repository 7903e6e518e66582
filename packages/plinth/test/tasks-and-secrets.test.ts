/** An app that runs, operated: sessions, secrets, status and logs, in an embedded cloud of its own. */
import { connectAws, type Status } from "@plinth/deployer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appFolder, plinth, plinthProcess, type AppFolder } from "./app-folder.ts";

const files = {
  "plinth.config.ts": `import { app, image, queue, secret, service } from "plinth";
export default app("ops", { region: "eu-central-1" }, () => {
  const source = image();
  const apiKey = secret({ store: "parameter-store" });
  const model = secret({ fields: ["api_key", "organization"] });
  const extra = secret({ optional: true });
  const web = service({ image: source, port: 3000, public: true, exec: true, env: { API_KEY: apiKey, MODEL_KEY: model.field("api_key"), EXTRA: extra } });
  const jobs = queue();
  const worker = service({ image: source, command: ["node", "worker.js"], env: { JOBS_URL: jobs.consume } });
  return { apiKey, model, extra, jobs, web, worker };
});
`,
  Dockerfile: 'FROM node:24-alpine\nWORKDIR /app\nENV GREETING="hello"\nCOPY . .\nEXPOSE 3000\nCMD ["node", "server.js"]\n',
  "server.js": `import { createServer } from "node:http";
createServer((request, response) => {
  console.log("asked for", request.url);
  response.end(process.env.API_KEY);
}).listen(3000);
`,
  "worker.js": 'console.log("working"); setInterval(() => {}, 1000);\n',
};

let app: AppFolder;
const run = (...words: string[]) => plinth(app.folder, words);

beforeAll(async () => {
  app = await appFolder(files);
  await plinth(app.folder, ["deploy"]);
  await plinth(app.folder, ["secrets", "set", "apiKey"], { input: "first" });
  await plinth(app.folder, ["secrets", "set", "model.api_key"], { input: "sk-1" });
  // A field that is left out stops the deploy, too.
  const stopped = await plinth(app.folder, ["deploy"]);
  expect([stopped.exit, stopped.failure?.message]).toEqual([7, "model.organization (for web) has no value in ops local."]);
  await plinth(app.folder, ["secrets", "set", "model.organization"], { input: "acme" });
  const deployed = await plinth(app.folder, ["deploy"]);
  if (deployed.exit !== 0) throw new Error(deployed.failure?.message ?? deployed.err.join("\n"));
});
afterAll(async () => {
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

describe("exec", () => {
  test("a command: its output as it is, its words, its exit code", async () => {
    const ran = await run("exec", "web", "--", "sh", "-c", 'printf "%s\\n" "$GREETING" "$1"; exit 9', "sh", "two  words");
    expect([ran.exit, ran.out]).toEqual([9, ["hello\ntwo  words\n"]]);
    expect((await run("exec", "web", "--", "true")).exit).toBe(0);
  });

  test("a large input and output, byte for byte", async () => {
    const text = `${"käse ".repeat(20_000)}\u0003\u0004\n`;
    const ran = await plinth(app.folder, ["exec", "web", "--stdin", "--", "cat"], { input: text });
    expect(ran.failure?.message).toBeUndefined();
    expect(ran.exit).toBe(0);
    expect(ran.out[0] === text).toBe(true);
  });

  test("a shell at a terminal: keys, size, status", async () => {
    let step = 0;
    const ran = await plinth(app.folder, ["exec", "web"], {
      keyboard: {
        columns: 90,
        rows: 30,
        seen(text, type, resize) {
          if (step === 0) {
            step = 1;
            type("stty size\n");
          }
          if (step === 1 && text.includes("30 90")) {
            step = 2;
            resize(120, 40);
            type("stty size; exit 5\n");
          }
        },
      },
    });
    expect(ran.out[0]).toMatch(/30 90[^]*40 120/);
    expect(ran.out[0]).not.toContain("\u001E");
    expect(ran.exit).toBe(5);
  });

  test("as a process of its own, without a terminal", async () => {
    const { exit, out } = await plinthProcess(app.folder, [
      "exec",
      "web",
      "--",
      "node",
      "-e",
      "console.log(process.env.API_KEY.length); process.exit(4)",
    ]);
    expect([exit, out]).toEqual([4, "5\n"]);
  });

  test("in a task of one's choice, and none that is not there", async () => {
    const [line] = (await run("logs", "worker", "--json")).out;
    const { task } = JSON.parse(line!) as { task: string };
    const wrong = await run("exec", "web", "--task", "zzz", "--", "true");
    expect(wrong.failure?.message).toBe("No running task of web has the id zzz.");
    const [id] = /[0-9a-f]{32}/.exec(wrong.failure!.remedy!)!;
    expect((await run("exec", "web", "--task", id.slice(-6), "--", "true")).exit).toBe(0);
    const closed = await run("exec", "worker", "--task", task, "--", "true");
    expect(closed.failure?.message).toBe("The service worker does not allow sessions in its tasks.");
    expect(closed.failure?.remedy).toContain("exec: true");
  });

  test.each([
    [["exec", "wep", "--", "true"], 2, "ops has no service called wep."],
    [["exec", "web"], 2, "A shell needs a terminal, and there is none here."],
  ])("%j is refused", async (words, exit, message) => {
    const refused = await run(...words);
    expect([refused.exit, refused.failure?.message]).toEqual([exit, message]);
  });

  test("a program that is not there", async () => {
    const ran = await run("exec", "web", "--", "none-such");
    expect(ran.exit).toBe(127);
    expect(ran.out[0]).toContain("not found");
  });
});

describe("secrets", () => {
  const seenBy = async (name: string) => (await run("exec", "web", "--", "printenv", name)).out[0]?.trim();

  test("set: services that use it roll, others do not, and the value is nowhere to be seen", async () => {
    const before = JSON.parse((await run("status", "--json")).out.join("\n")) as { services: { name: string; deployedAt: string }[] };
    const set = await plinth(app.folder, ["secrets", "set", "apiKey"], { input: "second-value\n" });
    expect(set.failure?.message).toBeUndefined();
    expect([set.exit, set.out]).toEqual([0, []]);
    expect(set.err.at(0)).toBe("apiKey is set (/ops/local/api-key).");
    expect(set.err.at(-1)).toBe("web runs with it now.");
    expect(set.err.join("\n")).not.toContain("second-value");
    expect(await seenBy("API_KEY")).toBe("second-value");
    const after = JSON.parse((await run("status", "--json")).out.join("\n")) as typeof before;
    const at = ({ services }: typeof before, name: string) => services.find((one) => one.name === name)!.deployedAt;
    expect(at(after, "worker")).toBe(at(before, "worker"));
    expect(at(after, "web") > at(before, "web")).toBe(true);
    // A deploy finds everything as it is to be.
    expect((await run("deploy")).err.join("\n")).toContain("Nothing had to change.");
  });

  test("set with --no-roll: programs keep the old one until the next deploy", async () => {
    const set = await plinth(app.folder, ["secrets", "set", "apiKey", "--no-roll"], { input: "third" });
    expect(set.err.at(-1)).toBe("web takes it with the next deploy: plinth deploy");
    expect(await seenBy("API_KEY")).toBe("second-value");
    expect((await run("deploy")).exit).toBe(0);
    expect(await seenBy("API_KEY")).toBe("third");
  });

  test("an optional one that gets a value comes into the environment", async () => {
    expect((await run("exec", "web", "--", "printenv", "EXTRA")).exit).toBe(1);
    const set = await plinth(app.folder, ["secrets", "set", "extra"], { answers: ["typed"] });
    expect(set.failure?.message).toBeUndefined();
    expect(await seenBy("EXTRA")).toBe("typed");
  });

  test("JSON with fields: all of them or one of them, else it is said which is missing", async () => {
    await app.write({ "model.json": '{"api_key":"sk-2"}' });
    const short = await run("secrets", "set", "model", "--file", `${app.folder}/model.json`);
    expect(short.failure?.message).toBe('model has to be a JSON object with "api_key", "organization"; organization is not in it.');
    expect(short.failure?.message).not.toContain("sk-2");
    const wrong = await plinth(app.folder, ["secrets", "set", "model.apikey"], { input: "x" });
    expect(wrong.failure).toMatchObject({ message: "model has no field apikey.", remedy: "It has: api_key, organization." });
    const one = await plinth(app.folder, ["secrets", "set", "model.api_key"], { input: "sk-3" });
    expect(one.exit).toBe(0);
    expect(await seenBy("MODEL_KEY")).toBe("sk-3");
    expect((await run("secrets", "get", "model.organization", "--reveal")).out).toEqual(["acme"]);
  });

  test("get asks before it shows a value", async () => {
    expect((await run("secrets", "get", "apiKey")).exit).toBe(4);
    expect(await plinth(app.folder, ["secrets", "get", "apiKey"], { answers: ["n"] })).toMatchObject({ exit: 4, out: [] });
    expect((await plinth(app.folder, ["secrets", "get", "apiKey"], { answers: ["y"] })).out).toEqual(["third"]);
  });

  test("list tells of each whether it is there, since when and for whom; of none its value", async () => {
    const rows = JSON.parse((await run("secrets", "list", "--json")).out.join("\n")) as Record<string, unknown>[];
    expect(rows).toMatchObject([
      { name: "apiKey", present: true, usedBy: ["web"], changedAt: expect.any(String) },
      { name: "model", present: true, fields: ["api_key", "organization"], required: true },
      { name: "extra", present: true, required: false },
    ]);
    expect((await run("secrets", "list")).out.join("\n")).not.toMatch(/third|typed|acme/);
  });
});

describe("status", () => {
  test("as data", async () => {
    const status = JSON.parse((await run("status", "--json")).out.join("\n")) as { services: Record<string, unknown>[] };
    expect(status).toMatchObject({ app: "ops", stage: "local", deployed: true, alarms: [], missingSecrets: [] });
    expect(status.services).toMatchObject([
      {
        name: "web",
        desired: 1,
        running: 1,
        pending: 0,
        steady: true,
        rollout: "COMPLETED",
        url: expect.stringMatching(/^http:/),
        health: ["UNKNOWN"],
      },
      { name: "worker", desired: 1, running: 1, pending: 0, steady: true, rollout: "COMPLETED" },
    ]);
  });

  test("queues with what waits in them", async () => {
    const queues = async () => (JSON.parse((await run("status", "--json")).out.join("\n")) as Pick<Status, "queues">).queues;
    const [jobs] = await queues();
    expect(jobs).toMatchObject({ name: "jobs", waiting: 0, inFlight: 0, delayed: 0, dead: 0 });
    const { endpoint } = JSON.parse((await run("cloud", "status", "--json")).out.join("\n")) as { endpoint: string };
    const aws = connectAws("eu-central-1", endpoint);
    await aws.call("sqs", "SendMessage", { QueueUrl: jobs!.url, MessageBody: "work" });
    aws.close();
    expect(await queues()).toMatchObject([{ name: "jobs", waiting: 1 }]);
    expect((await run("status")).out).toContainEqual(expect.stringMatching(/^  jobs  1 waiting  0 in flight$/));
  });

  test("--watch is for terminals, and ends with Ctrl-C", async () => {
    expect((await run("status", "--watch")).failure?.message).toBe("--watch draws on a terminal, and only there.");
    const stop = new AbortController();
    const watching = plinth(app.folder, ["status", "--watch"], { answers: [], signal: stop.signal });
    stop.abort();
    expect(await watching).toMatchObject({ exit: 0, out: [] });
  });
});

describe("logs", () => {
  test("of one service or of all, in the order of time, each line once", async () => {
    const { services } = JSON.parse((await run("status", "--json")).out.join("\n")) as { services: { url?: string }[] };
    for (let index = 0; index < 30; index++) await fetch(new URL(`/${index}`, services[0]!.url));
    await expect.poll(async () => (await run("logs", "web")).out.filter((line) => /asked for \/\d+$/.test(line)).length).toBe(30);
    const all = (await run("logs", "--json")).out.map((line) => JSON.parse(line) as { program: string; at: string; message: string });
    expect(new Set(all.map(({ program }) => program))).toEqual(new Set(["web", "worker"]));
    expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).toSorted());
    expect((await run("logs", "web", "--filter", '"asked for /29"')).out).toHaveLength(1);
  });

  test("followed until Ctrl-C", async () => {
    const stop = new AbortController();
    const { services } = JSON.parse((await run("status", "--json")).out.join("\n")) as { services: { url?: string }[] };
    const following = plinth(app.folder, ["logs", "web", "--follow", "--since", "1s"], {
      signal: stop.signal,
      printed: (line) => line.includes("/followed") && stop.abort(),
    });
    await fetch(new URL("/followed", services[0]!.url));
    const followed = await following;
    expect(followed.exit).toBe(130);
    expect(followed.out.filter((line) => line.endsWith("asked for /followed"))).toHaveLength(1);
  });
});
