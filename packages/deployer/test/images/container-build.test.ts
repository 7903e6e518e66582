/** Container images built by the machine's own tool. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Image } from "@plinth/compiler";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { chooseBuilder, wantedBuilder } from "../../src/images/builder.ts";
import { rootCauseOf } from "../../src/images/build-failure.ts";
import { buildAndPush } from "../../src/images/container-build.ts";
import { fakeAws } from "../fake-aws.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plinth-builder-"));
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** A builder that writes down how it was called. */
async function install(name: string, script: string) {
  await writeFile(join(folder, name), `#!/bin/sh\necho "${name} $*" >> ${folder}/calls\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

const calls = async () => (await readFile(join(folder, "calls"), "utf8")).trim().split("\n");

const image: Image = {
  name: "app",
  repository: { stack: "s", output: "Uri" },
  context: "/the/app",
  dockerfile: "docker/Dockerfile",
  target: "web",
  args: { SERVICE: "api" },
  platform: "linux/arm64",
};
const repositoryUri = "1.dkr.ecr.eu-central-1.amazonaws.com/shop";
const aws = fakeAws({
  "ecr.GetAuthorizationToken": () => ({ authorizationData: [{ authorizationToken: Buffer.from("AWS:pass").toString("base64") }] }),
});

test("the first tool that answers builds, logs in without the password in its arguments, and pushes", async () => {
  await install("docker", "exit 1"); // its engine does not run
  await install("podman", 'case $1 in login) cat > "$(dirname "$0")/password";; build) echo building; echo to-stderr >&2;; esac');
  const lines: string[] = [];
  const { builder } = await chooseBuilder(undefined);
  expect(builder).toBe("podman");
  if (builder === "codebuild") return;
  await buildAndPush(aws, builder, {
    image,
    repositoryUri,
    tag: "content-1",
    onLine: (line) => lines.push(line),
    signal: new AbortController().signal,
  });
  expect(await calls()).toEqual([
    "docker info",
    "podman info",
    `podman build --platform=linux/arm64 --file=/the/app/docker/Dockerfile --tag=${repositoryUri}:content-1 --target=web --build-arg=SERVICE=api /the/app`,
    "podman login --username=AWS --password-stdin 1.dkr.ecr.eu-central-1.amazonaws.com",
    `podman push ${repositoryUri}:content-1`,
  ]);
  expect(await readFile(join(folder, "password"), "utf8")).toBe("pass");
  expect(lines.sort()).toEqual(["building", "to-stderr"]);
});

test("a build that fails says so with its last lines", async () => {
  await install("docker", "[ $1 = info ] || { echo 'npm: not found'; exit 7; }");
  const building = buildAndPush(aws, "docker", { image, repositoryUri, tag: "t", onLine: () => {}, signal: new AbortController().signal });
  await expect(building).rejects.toMatchObject({
    code: "image-failed",
    message: "Building app with docker ended with 7.",
    evidence: ["npm: not found"],
  });
});

test("the password lies in no file of the user's, and in none at all afterwards", async () => {
  await install(
    "docker",
    '[ $1 = push ] && { cp "$DOCKER_CONFIG/config.json" "$(dirname "$0")/seen"; echo "$DOCKER_CONFIG" > "$(dirname "$0")/where"; }; exit 0',
  );
  vi.stubEnv("DOCKER_CONFIG", join(folder, "own"));
  await mkdir(join(folder, "own"));
  await writeFile(join(folder, "own/config.json"), '{"currentContext":"colima","auths":{"x":{"auth":"secret"}}}');
  await buildAndPush(aws, "docker", { image, repositoryUri, tag: "t", onLine: () => {}, signal: new AbortController().signal });
  expect(await readFile(join(folder, "seen"), "utf8")).toBe('{"currentContext":"colima"}');
  await expect(readFile((await readFile(join(folder, "where"), "utf8")).trim())).rejects.toMatchObject({ code: "ENOENT" });
});

test("a full disk is told as one, with what frees space", async () => {
  await install("podman", "echo 'write /var/tmp/x: no space left on device' >&2; exit 125");
  const building = buildAndPush(aws, "podman", { image, repositoryUri, tag: "t", onLine: () => {}, signal: new AbortController().signal });
  await expect(building).rejects.toMatchObject({
    code: "environment",
    message: expect.stringContaining("the disk is full"),
    remedy: expect.stringContaining("prune"),
  });
});

test("without a tool CodeBuild is chosen, and said why; one that was asked for is not replaced by another", async () => {
  await mkdir(join(folder, "empty"));
  vi.stubEnv("PATH", join(folder, "empty"));
  expect(await chooseBuilder(undefined)).toEqual({
    builder: "codebuild",
    reason: "docker is not installed; podman is not installed; buildah is not installed. So the images are built on AWS, by CodeBuild.",
  });
  await expect(chooseBuilder("podman")).rejects.toMatchObject({ code: "environment", message: "podman is not installed." });
  expect(() => wantedBuilder("kaniko")).toThrow('"kaniko" builds no images.');
});

test.each([
  [
    ["#9 ERROR: exit code: 1", 'ERROR: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1'],
    /^process .+npm ci.+exit code: 1\.$/u,
  ],
  [['Error: building at STEP "RUN npm ci": while running runtime: exit status 1'], /^building at STEP "RUN npm ci"/u],
  [["denied: User: arn:x is not authorized to perform: ecr:InitiateLayerUpload"], /^denied: User/u],
])("the cause in %j", (lines, cause) => {
  expect(rootCauseOf(lines)).toMatch(cause);
});
