/** Images built by CodeBuild: what is sent, what comes back, against answers written by hand. */
import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Image } from "@plinth/compiler";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildStack } from "../../src/images/build-stack.ts";
import { buildOnAws, quoted } from "../../src/images/code-build.ts";
import { awsError, fakeAws, fakeDeployment, type Handlers } from "../fake-aws.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plinth-context-"));
});
afterEach(() => rm(folder, { recursive: true }));

const image = (): Image => ({
  name: "api",
  repository: { stack: "s", output: "Uri" },
  context: folder,
  dockerfile: "Dockerfile",
  target: "api",
  args: { GREETING: 'it\'s "me" $HOME' },
  platform: "linux/arm64",
});
const repositoryUri = "1.dkr.ecr.eu-central-1.amazonaws.com/shop-prod";

function account(statuses: string[], more: Handlers = {}) {
  const sent: { Key: string; bytes: Buffer }[] = [];
  const aws = fakeAws({
    "s3.HeadBucket": () => ({}),
    "s3.HeadObject": ({ Key }: { Key: string }) => {
      if (!sent.some((one) => one.Key === Key)) throw awsError("NotFound", "");
      return {};
    },
    "s3.PutObject": async ({ Key, Body }: { Key: string; Body: AsyncIterable<Buffer> }) => {
      const pieces = [];
      for await (const piece of Body) pieces.push(piece);
      sent.push({ Key, bytes: Buffer.concat(pieces) });
      return {};
    },
    "codebuild.StartBuild": () => ({ build: { id: "plinth-builds-shop:1" } }),
    "codebuild.BatchGetBuilds": () => ({
      builds: [
        {
          buildStatus: statuses.length > 1 ? statuses.shift() : statuses[0],
          logs: { groupName: "/aws/codebuild/plinth-builds-shop", streamName: "1" },
        },
      ],
    }),
    "logs.GetLogEvents": ({ nextToken }: { nextToken?: string }) =>
      nextToken === undefined
        ? { events: [{ message: "Step 1/3\n" }, { message: "npm: not found\n" }], nextForwardToken: "f/1" }
        : { events: [], nextForwardToken: "f/1" },
    ...more,
  });
  return { aws, sent };
}

const build = (deployment: ReturnType<typeof fakeDeployment>, paths: string[], lines: string[] = []) =>
  buildOnAws(deployment, {
    image: image(),
    repositoryUri,
    tag: "content-1",
    onLine: (line) => lines.push(line),
    signal: deployment.signal,
    account: "1",
    paths,
  });

test("the context is sent once, the build runs docker with target and arguments, and its log comes back", async () => {
  const paths = ["Dockerfile", "run.sh", "deep/".padEnd(160, "x"), "link"];
  await mkdir(join(folder, "deep"));
  for (const path of paths.slice(0, 3)) await writeFile(join(folder, path), `content of ${path}\n`);
  await chmod(join(folder, "run.sh"), 0o755);
  await symlink("run.sh", join(folder, "link"));
  const { aws, sent } = account(["IN_PROGRESS", "SUCCEEDED"]);
  const deployment = fakeDeployment(aws);
  const lines: string[] = [];
  await build(deployment, paths, lines);
  await build(deployment, paths);
  expect(lines).toEqual(["Step 1/3", "npm: not found"]);
  expect(sent.map(({ Key }) => Key)).toEqual(["sources/shop/content-1.tar.gz"]);
  const listed = spawnSync("tar", ["-tvf", "-"], { input: gunzipSync(sent[0]!.bytes), encoding: "utf8" });
  expect([listed.status, listed.stderr]).toEqual([0, ""]);
  expect(
    listed.stdout
      .trim()
      .split("\n")
      .map((line) => line.replace(/\s+\d{4}-\S+ \S+ /u, " ").replace(/\s+/gu, " ")),
  ).toEqual([
    "-rw-r--r-- 0/0 22 Dockerfile",
    expect.stringMatching(/^-rw-r--r-- 0\/0 172 deep\/x{155}$/u),
    "lrwxrwxrwx 0/0 0 link -> run.sh",
    "-rwxr-xr-x 0/0 18 run.sh",
  ]);
  const started = aws.calls.find(({ operation }) => operation === "codebuild.StartBuild")!.input as {
    projectName: string;
    environmentTypeOverride: string;
    environmentVariablesOverride: { name: string; value: string }[];
  };
  expect(started).toMatchObject({ projectName: "plinth-builds-shop", environmentTypeOverride: "ARM_CONTAINER" });
  const variables = Object.fromEntries(started.environmentVariablesOverride.map(({ name, value }) => [name, value]));
  expect(variables).toMatchObject({
    SOURCE: "s3://plinth-1-eu-central-1/sources/shop/content-1.tar.gz",
    REGISTRY: "1.dkr.ecr.eu-central-1.amazonaws.com",
    ADDRESS: `${repositoryUri}:content-1`,
  });
  // The shell takes the words as they are.
  const words = spawnSync("sh", ["-c", variables["BUILD"]!.replace(/^docker/u, "printf '%s\\n'")], { encoding: "utf8" })
    .stdout.trim()
    .split("\n");
  expect(words).toEqual([
    "build",
    "--platform=linux/arm64",
    "--file=Dockerfile",
    `--tag=${repositoryUri}:content-1`,
    "--target=api",
    `--build-arg=GREETING=it's "me" $HOME`,
    ".",
  ]);
});

test("a build that fails is told with its last lines", async () => {
  await writeFile(join(folder, "Dockerfile"), "FROM scratch\n");
  const { aws } = account(["IN_PROGRESS", "FAILED"]);
  await expect(build(fakeDeployment(aws), ["Dockerfile"])).rejects.toMatchObject({
    code: "image-failed",
    message: "Building api by CodeBuild (plinth-builds-shop:1) ended with FAILED.",
    evidence: ["Step 1/3", "npm: not found"],
  });
});

test("Ctrl-C stops the build; a role that is too young is waited for", async () => {
  await writeFile(join(folder, "Dockerfile"), "FROM scratch\n");
  let asked = 0;
  const { aws } = account(["IN_PROGRESS"], {
    "codebuild.StartBuild": () => {
      asked += 1;
      if (asked === 1) throw awsError("InvalidInputException", "CodeBuild is not authorized to perform: sts:AssumeRole on service role.");
      return { build: { id: "b:1" } };
    },
    "codebuild.StopBuild": () => ({}),
  });
  const deployment = fakeDeployment(aws);
  const handled = aws.call;
  aws.call = async (...call) => {
    if (call[1] === "BatchGetBuilds") deployment.controller.abort();
    return handled(...call);
  };
  await expect(build(deployment, ["Dockerfile"])).rejects.toThrow("interrupted");
  expect(asked).toBe(2);
  expect(aws.calls.at(-1)).toEqual({ operation: "codebuild.StopBuild", input: { id: "b:1" } });
});

test("the stack of an app's builds belongs to no stage; its role pushes to the app's repositories alone", () => {
  const stack = buildStack("shop", "eu-central-1");
  expect(stack.tags).toEqual({ "plinth:app": "shop" });
  expect(stack.template).toMatchSnapshot();
});

test.each(["plain", "two words", "it's", "$(id)", "`id`", "a\nb", ""])("%j is one word for a shell", (word) => {
  expect(spawnSync("sh", ["-c", `printf %s ${quoted(word)}`], { encoding: "utf8" }).stdout).toBe(word);
});
