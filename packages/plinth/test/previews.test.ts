/** Previews end by themselves: a deploy extends their life, and reaping takes what is past it, in an embedded cloud. */
import { connectAws, type Aws } from "@plinth/deployer";
import { takeLease } from "@plinth/deployer/lease";
import { realTime } from "@plinth/deployer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

let app: AppFolder;
let aws: Aws;
const run = (...words: string[]) => plinth(app.folder, words);
const json = async (...words: string[]) => JSON.parse((await run(...words, "--json")).out.join("\n"));
const at = (stage: string) => `/plinth/tiny/${stage}/expires`;

beforeAll(async () => {
  app = await appFolder({
    "plinth.config.ts": `import { app, queue } from "plinth";
export default app("tiny", { region: "eu-central-1", stages: ["prod"], production: ["prod"], previews: { expireAfter: "7 days" } }, () => ({ jobs: queue() }));
`,
  });
  for (const stage of ["pr-1", "pr-2"]) expect((await run("deploy", "--stage", stage, "--local")).failure?.message).toBeUndefined();
  aws = connectAws("eu-central-1", (await json("cloud", "status")).endpoint);
});
afterAll(async () => {
  aws.close();
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

test("a deploy says until when its preview lives; the next one extends it; a named stage has no end", async () => {
  const [first] = await json("previews", "list", "--stage", "pr-1", "--local");
  expect(Math.round((Date.parse(first.expires) - Date.now()) / 86_400_000)).toBe(7);
  await aws.call("ssm", "PutParameter", { Name: at("pr-1"), Type: "String", Value: "2026-01-01T00:00:00.000Z", Overwrite: true });
  expect(await json("previews", "list", "--stage", "pr-1", "--local")).toMatchObject([
    { stage: "pr-1", expired: true, held: false },
    { stage: "pr-2", expired: false },
  ]);
  expect((await run("deploy", "--stage", "pr-1", "--local")).err.join("\n")).toMatch(/This preview lives until \d{4}-/u);
  expect((await json("previews", "list", "--stage", "pr-1", "--local")).map(({ expired }: { expired: boolean }) => expired)).toEqual([
    false,
    false,
  ]);
  expect((await run("deploy", "--stage", "prod", "--local", "--yes")).exit).toBe(0);
  expect((await json("previews", "list", "--stage", "pr-1", "--local")).map(({ stage }: { stage: string }) => stage).sort()).toEqual([
    "pr-1",
    "pr-2",
  ]);
});

test("what is past its time is reaped, and nothing else; one that is being changed is left", async () => {
  for (const stage of ["pr-1", "pr-2"]) {
    await aws.call("ssm", "PutParameter", { Name: at(stage), Type: "String", Value: "2026-01-01T00:00:00.000Z", Overwrite: true });
  }
  expect((await run("previews", "reap", "--stage", "pr-1", "--local")).exit).toBe(4);
  const lease = await takeLease(aws, realTime, "tiny", "pr-2", "deploy");
  const first = await run("previews", "reap", "--stage", "pr-1", "--local", "--yes");
  expect([first.exit, first.failure?.evidence]).toEqual([1, [expect.stringMatching(/^pr-2: tiny pr-2 is held by /u)]]);
  expect((await json("status", "--stage", "pr-1", "--local")).deployed).toBe(false);
  await lease.release();
  expect((await run("previews", "reap", "--stage", "pr-1", "--local", "--yes")).err.at(-1)).toBe("Reaped: pr-2.");
  expect((await run("previews", "list", "--stage", "pr-1", "--local")).out).toEqual(["tiny has no previews."]);
  expect((await json("status", "--stage", "prod", "--local")).deployed).toBe(true);
});
