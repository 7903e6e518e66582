/** An update rehearsed with the stage's own rows: what only a row's content makes fail is found before it happens. */
import { spawnSync } from "node:child_process";
import type { Rehearsal } from "@plinth/deployer/plan/rehearsal";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appFolder, plinth, plinthInside, type AppFolder } from "./app-folder.ts";

const made = "create table if not exists people (id int primary key, age text);\n";
const files = {
  "plinth.config.ts": `import { app, image, postgres, task } from "plinth";
export default app("rows", { region: "eu-central-1" }, () => {
  const database = postgres({ version: "15" });
  const source = image();
  const migrate = task({ image: source, run: "before-services", env: { DATABASE_URL: database } });
  return { database, source, migrate };
});
`,
  Dockerfile:
    'FROM postgres:15-alpine\nWORKDIR /app\nCOPY . .\nENTRYPOINT ["sh", "-c"]\nCMD ["psql $DATABASE_URL -X -q -v ON_ERROR_STOP=1 -f migrate.sql"]\n',
  "migrate.sql": made,
};
const tools = ["psql", "pg_dump"].filter((name) => spawnSync(name, ["--version"]).status !== 0);
const why = tools.length > 0 ? ` (skipped: ${tools.join(" and ")} not installed)` : "";

let app: AppFolder;
const run = (...words: string[]) => plinthInside(app.folder, words);
async function rehearsed(...words: string[]) {
  const { out, exit, error, err } = await run("plan", "--no-drift", "--rehearse", "--json", ...words);
  if (out === "") throw new Error(err);
  return { exit, error, rehearsal: (JSON.parse(out) as { rehearsal: Rehearsal }).rehearsal };
}

describe.skipIf(why !== "")(`rows${why}`, () => {
  beforeAll(async () => {
    app = await appFolder(files);
    const deployed = await run("deploy");
    expect(deployed.exit, deployed.err).toBe(0);
    await sql("insert into people values (1, '30'), (2, 'forty')");
    await app.write({ "migrate.sql": `${made}alter table people alter column age type int using age::int;\n` });
  });
  afterAll(async () => {
    await run("cloud", "stop");
    await app[Symbol.asyncDispose]();
  });
  /** As a person does, at the database's own address. */
  async function sql(text: string): Promise<void> {
    const { out } = await plinth(app.folder, ["outputs", "--json"]);
    const { database } = JSON.parse(out.join("\n")) as { database: { secret: string } };
    const { connectAws } = await import("@plinth/deployer");
    const { endpoint } = JSON.parse((await plinth(app.folder, ["cloud", "status", "--json"])).out.join("")) as { endpoint: string };
    const aws = connectAws("eu-central-1", endpoint);
    const { SecretString } = await aws.call("secretsmanager", "GetSecretValue", { SecretId: database.secret });
    aws.close();
    const { Client } = await import("pg");
    const client = new Client({
      connectionString: (JSON.parse(SecretString!) as { url: string }).url.replace("sslmode=require", "sslmode=no-verify"),
    });
    await client.connect();
    await client.query(text);
    await client.end();
  }

  test("without them the migration goes through", async () => {
    expect((await rehearsed()).rehearsal).toMatchObject({ outcome: "done" });
  }, 600_000);

  test("with them it fails at the row, and goes through when that is mended; the stage keeps its rows", async () => {
    const { exit, error, rehearsal } = await rehearsed("--data");
    expect(rehearsal.failure?.evidence.join("\n")).toMatch(/invalid input syntax for type integer: "forty"/);
    expect(rehearsal).toMatchObject({
      outcome: "failed",
      data: [{ database: "database", of: expect.stringMatching(/^local at 2/), tables: [{ name: "public.people", before: 2, after: 2 }] }],
    });
    expect([exit, error?.message]).toEqual([1, expect.stringContaining("The rehearsal failed: ")]);

    await sql("update people set age = '40' where age = 'forty'");
    await app.write({
      "migrate.sql": `${made}alter table people alter column age type int using age::int; delete from people where age < 35;\n`,
    });
    const mended = await run("plan", "--no-drift", "--rehearse", "--data");
    expect(mended.out).toMatch(/database with the rows of local at 2\S+Z/);
    expect(mended.out).toMatch(/database +public\.people +2 rows +→ 1 rows/);
    expect(mended.exit, mended.err).toBe(0);
  }, 600_000);
});

test.each([
  [["--data"], "--data says which rows a rehearsal begins with"],
  [["--rehearse", "--data", "nowhere"], "nowhere holds no take-out."],
])("%j is refused", async (words, message) => {
  const other = await appFolder(files);
  const refused = await plinthInside(other.folder, ["plan", "--no-drift", "--json", ...words]);
  expect([refused.exit, refused.error?.message]).toEqual([2, expect.stringContaining(message)]);
  await other[Symbol.asyncDispose]();
});
