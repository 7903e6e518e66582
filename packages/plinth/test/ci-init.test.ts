/** The workflows and roles of `plinth ci init`: what they say, and that a second run loses nothing. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseTemplate } from "@plinth/cloudformation";
import type { Statement } from "@plinth/deployer/ci/statement";
import { appDataOf } from "@plinth/language/reading";
import { afterAll, beforeAll, expect, test } from "vitest";
import { workflows } from "../src/ci/workflows.ts";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

let app: AppFolder;
const init = (...words: string[]) => plinth(app.folder, ["ci", "init", ...words]);
const read = (path: string) => readFile(join(app.folder, path), "utf8");

beforeAll(async () => {
  app = await appFolder({
    "plinth.config.ts": `import { app, image, postgres, queue, service } from "plinth";
export default app("shop", { region: "eu-central-1", stages: ["dev", "prod"], production: ["prod"], previews: { expireAfter: "7 days" } }, () => {
  const database = postgres({ version: "16" });
  const jobs = queue();
  const web = service({ image: image(), port: 3000, public: true, env: { DATABASE_URL: database, JOBS: jobs.send } });
  return { database, jobs, web };
});
`,
    Dockerfile: "FROM node:24-alpine\n",
  });
  for (const words of [
    ["init", "-q"],
    ["remote", "add", "origin", "git@github.com:acme/shop.git"],
  ])
    execFileSync("git", words, { cwd: app.folder });
});
afterAll(() => app[Symbol.asyncDispose]());

const expected = [
  ".github/plinth/dev-role.yml",
  ".github/plinth/preview-role.yml",
  ".github/plinth/prod-role.yml",
  ".github/workflows/plinth-deploy-full.yml",
  ".github/workflows/plinth-deploy.yml",
  ".github/workflows/plinth-destroy.yml",
  ".github/workflows/plinth-infrastructure.yml",
  ".github/workflows/plinth-plan.yml",
  ".github/workflows/plinth-preview.yml",
];

test("a first run writes, a second changes nothing, and what somebody has edited is kept and said so", async () => {
  const first = await init();
  expect(first.failure?.message).toBeUndefined();
  expect(first.out.sort()).toEqual(expected.map((path) => `written  ${path}`));
  expect(first.err.join("\n")).toContain("--stack-name plinth-ci-shop-prod --capabilities CAPABILITY_NAMED_IAM");
  expect((await init()).out.sort()).toEqual(expected.map((path) => `unchanged  ${path}`));
  // A newer plinth, or another option: what nobody has edited is written anew.
  const edited = ".github/workflows/plinth-plan.yml";
  await writeFile(join(app.folder, edited), (await read(edited)).replace("timeout-minutes: 20", "timeout-minutes: 5"));
  const second = JSON.parse((await init("--account", "123456789012", "--json")).out.join("\n"));
  expect(second.files.filter(({ state }: { state: string }) => state === "kept")).toEqual([{ path: edited, state: "kept" }]);
  expect(await read(edited)).toContain("timeout-minutes: 5");
  expect(await read(".github/workflows/plinth-deploy.yml")).toContain("arn:aws:iam::123456789012:role/plinth-ci-shop-${{ inputs.stage }}");
  expect((await init("--force")).out).toContain(`updated  ${edited}`);
  expect((await readdir(join(app.folder, ".github/workflows"))).length).toBe(6);
});

interface Job {
  environment?: string;
  needs?: string;
  if?: string;
  concurrency?: { group: string; "cancel-in-progress": boolean };
  steps: { uses?: string; run?: string; env?: Record<string, string>; with?: Record<string, unknown> }[];
}
interface Workflow {
  name: string;
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const pipeline = {
  app: "shop",
  region: "eu-central-1",
  stages: ["dev", "prod"],
  production: ["prod"],
  previews: true,
  branch: "main",
  account: "1",
  folder: ".",
};
const parsed = (folder = "."): Workflow[] => Object.values(workflows({ ...pipeline, folder })).map((text) => parseYaml(text) as Workflow);
/** The templates' own YAML reader. */
const parseYaml = (text: string): unknown =>
  (parseTemplate(`Resources: {}\nMetadata:\n${text.replaceAll(/^(?=.)/gmu, "  ")}`) as { Metadata?: unknown }).Metadata;

test.each([".", "apps/shop"])(
  "what a person could type reaches a shell by the environment only, and rights are few (app in %s)",
  (folder) => {
    const all = parsed(folder);
    expect(all.map(({ name }) => name)).toEqual([
      "plinth plan",
      "plinth deploy full",
      "plinth infrastructure",
      "plinth deploy",
      "plinth destroy",
      "plinth preview",
    ]);
    for (const { permissions, jobs } of all) {
      expect(
        Object.keys(permissions).every((one) => ["contents", "id-token", "pull-requests"].includes(one)) && permissions["contents"],
      ).toBe("read");
      for (const job of Object.values(jobs)) {
        expect(job.concurrency?.group).toMatch(/^plinth-shop-/u);
        for (const { uses, run } of job.steps) {
          if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/u);
          // `${{ … }}` inside of a script would be a script of whoever names a branch.
          if (run !== undefined) expect(run).not.toContain("${{");
          expect((uses === undefined) !== (run === undefined)).toBe(true);
        }
        const assumes = job.steps.find(({ uses }) => uses?.startsWith("aws-actions/"))?.with;
        expect(assumes).toMatchObject({ "aws-region": "eu-central-1" });
      }
    }
  },
);

test("stages follow each other behind their environments; a change is never cut off; the plan is one comment of its own pull requests", () => {
  const [plan, full, infrastructure, deploy, destroy, preview] = parsed() as [Workflow, Workflow, Workflow, Workflow, Workflow, Workflow];
  expect(Object.entries(full.jobs).map(([name, { needs, environment }]) => [name, needs, environment])).toEqual([
    ["dev", undefined, "dev"],
    ["prod", "dev", "prod"],
  ]);
  const changing = [full, infrastructure, deploy, destroy, preview].flatMap(({ jobs }) => Object.values(jobs));
  expect(changing.map(({ concurrency }) => concurrency!["cancel-in-progress"])).not.toContain(true);
  const commands = (one: Workflow) =>
    Object.values(one.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run?.match(/npx plinth .*/u)?.[0] ?? []));
  expect(commands(infrastructure)).toEqual(['npx plinth deploy --stage "$STAGE" --only infrastructure --yes --wait']);
  expect(commands(deploy)).toEqual(['npx plinth deploy --stage "$STAGE" --only application --yes --wait']);
  expect(Object.values(destroy.jobs)[0]!.if).toBe("inputs.confirm == inputs.stage");
  expect(commands(plan)).toEqual(["dev", "prod"].map((stage) => `npx plinth plan --stage ${stage} --no-drift --markdown >> plan.md`));
  expect(Object.values(plan.jobs)[0]!.if).toBe("github.event.pull_request.head.repo.full_name == github.repository");
  expect(Object.keys(preview.jobs)).toEqual(["deploy", "remove", "reap"]);
});

/** GitHub as far as the comment's script asks for it: comments in a file, by the `gh` on the PATH. */
test("the script of the comment makes one, and then updates just that", async () => {
  const script = Object.values(parsed()[0]!.jobs)[0]!.steps.at(-1)!.run!;
  const gh = `#!/bin/sh
echo "$*" >> calls
case "$*" in *--jq*) [ -f made ] && echo 77 || true;; *POST*) touch made;; esac
cp comment.md last
`;
  await app.write({ "bin/gh": gh, "plan.md": "### Plan\n" });
  execFileSync("chmod", ["+x", join(app.folder, "bin/gh")]);
  const env = {
    ...process.env,
    PATH: `${app.folder}/bin:${process.env["PATH"]}`,
    COMMENTS: "repos/acme/shop/issues/1/comments",
    REPOSITORY: "acme/shop",
    MARK: "<!-- plinth plan shop -->",
  };
  for (const _ of ["first", "second"])
    expect(spawnSync("bash", ["-eo", "pipefail", "-c", script], { cwd: app.folder, env, encoding: "utf8" })).toMatchObject({
      status: 0,
      stderr: "",
    });
  expect((await read("calls")).split("\n").filter((line) => line.includes("--method"))).toEqual([
    "api --method POST repos/acme/shop/issues/1/comments -F body=@comment.md",
    "api --method PATCH repos/acme/shop/issues/comments/77 -F body=@comment.md",
  ]);
  expect(await read("last")).toBe("<!-- plinth plan shop -->\n### Plan\n");
});

test("a stage's roles are for its environment in this repository alone; the plan's sees no secret; neither may change itself", async () => {
  const prod = parseTemplate(await read(".github/plinth/prod-role.yml"));
  const subjects = (id: string) => JSON.stringify(prod.Resources[id]!.Properties!["AssumeRolePolicyDocument"]).match(/repo:[^"]+/gu);
  expect(subjects("DeployRole")).toEqual(["repo:acme/shop:environment:prod"]);
  expect(subjects("PlanRole")).toEqual(["repo:acme/shop:pull_request", "repo:acme/shop:environment:prod"]);
  const text = (kind: string) => JSON.stringify(Object.entries(prod.Resources).filter(([id]) => id.startsWith(`${kind}Policy`)));
  const statements = (kind: string) =>
    Object.entries(prod.Resources).flatMap(([id, { Properties }]) =>
      id.startsWith(`${kind}Policy`) ? (Properties!["PolicyDocument"] as unknown as { Statement: Statement[] }).Statement : [],
    );
  const allowed = statements("Plan").filter(({ Effect }) => Effect === "Allow");
  expect(allowed.flatMap(({ Action }) => Action).filter((action) => !/:(Describe|List|Get|BatchGet|BatchCheck)/u.test(action))).toEqual([]);
  expect(JSON.stringify(allowed)).not.toContain("GetSecretValue");
  // What a parameter holds is read by whoever may read it and may decrypt.
  expect(statements("Plan").filter(({ Effect }) => Effect === "Deny")).toEqual([
    { Effect: "Deny", Action: ["kms:Decrypt", "secretsmanager:GetSecretValue"], Resource: ["*"] },
  ]);
  expect(text("Deploy")).toContain("arn:aws:iam::*:role/shop-prod-*");
  expect(text("Deploy")).not.toMatch(/role\/shop-dev|role\/plinth-ci|"iam:\*"|"Action":"\*"/u);
  expect(prod.Resources["DeployRole"]!.Properties!["RoleName"]).toBe("plinth-ci-shop-prod");
  expect(await read(".github/plinth/preview-role.yml")).toContain("role/shop-pr-*-*");
});

test.each([
  [["--repository", "no repository"], 2],
  [["--account", "12"], 2],
])("%j is a usage failure", async (words, exit) => expect((await init(...words)).exit).toBe(exit));

test.each([".", "apps/shop"])("GitHub's own parser takes every workflow, with its expressions (app in %s)", async (folder) => {
  const { parseWorkflow, convertWorkflowTemplate, NoOperationTraceWriter } = await import("@actions/workflow-parser");
  const faults = async (name: string, content: string) => {
    const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
    if (value) await convertWorkflowTemplate(context, value);
    return context.errors.getErrors().map(({ message }) => `${name}: ${message}`);
  };
  const all = workflows({ ...pipeline, folder, account: "${{ vars.AWS_ACCOUNT_ID }}" });
  for (const [path, text] of Object.entries(all)) expect(await faults(path, text)).toEqual([]);
  for (const example of ["threa", "hana", "arive", "plue", "hebo"]) {
    const { default: declared } = (await import(`../../../examples/${example}/plinth.config.ts`)) as { default: unknown };
    const { name, options } = appDataOf(declared)!;
    const own = { app: name, region: options.region, stages: [...(options.stages ?? [])], production: options.production ?? [] };
    const files = workflows({ ...pipeline, ...own, folder, previews: options.previews !== undefined });
    expect(Object.keys(files).length).toBe(example === "hebo" ? 6 : 5);
    for (const [path, text] of Object.entries(files)) expect(await faults(path, text)).toEqual([]);
  }
  // And it would say so.
  const text = all[".github/workflows/plinth-deploy.yml"]!;
  expect(await faults("x", text.replace("inputs.stage }}", "inputs.stage ||| }}"))).not.toEqual([]);
  expect(await faults("x", text.replace("runs-on:", "run-on:"))).not.toEqual([]);
});

const actionlint = spawnSync("actionlint", ["--version"]).status === 0;
test.skipIf(!actionlint)("actionlint finds nothing (where it is on this machine)", async () => {
  const { status, stdout } = spawnSync(
    "actionlint",
    expected.filter((path) => path.includes("workflows")),
    { cwd: app.folder, encoding: "utf8" },
  );
  expect([status, stdout]).toEqual([0, ""]);
});
