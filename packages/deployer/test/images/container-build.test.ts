/** Container images built by the machine's own tool. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Image } from "@plinth/compiler";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { buildAndPush, findBuilder } from "../../src/images/container-build.ts";
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
  const builder = await findBuilder();
  expect(builder).toBe("podman");
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

test("without a builder the way out is named", async () => {
  await mkdir(join(folder, "empty"));
  vi.stubEnv("PATH", join(folder, "empty"));
  await expect(findBuilder()).rejects.toMatchObject({ code: "environment", remedy: expect.stringContaining("--local") });
});
