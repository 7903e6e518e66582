/** One image of the app for AWS: made once, from its content, and refused before anything is sent where it cannot be made. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Image } from "@plinth/compiler";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeImage } from "../../src/images/make-image.ts";
import type { ContainerBuild } from "../../src/images/container-build.ts";
import { awsError, fakeAws, fakeDeployment } from "../fake-aws.ts";

const folders: string[] = [];
const contextOf = async (files: Record<string, string>) => {
  const folder = await mkdtemp(join(tmpdir(), "plinth-image-"));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
  return folder;
};
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

const uri = "1.dkr.ecr.eu-central-1.amazonaws.com/shop-prod";
const files = { Dockerfile: "FROM scratch AS api\nCOPY . /\nFROM api AS web\n", "a.txt": "a", ".dockerignore": "Dockerfile\n" };
let pushed: Map<string, string>;
let builds: { build: ContainerBuild; paths: readonly string[] }[];
beforeEach(() => {
  pushed = new Map();
  builds = [];
});

/** Each call is another machine: a context of its own, nothing remembered. */
async function make(changed: Record<string, string> = {}, more: Partial<Image> = {}) {
  const context = await contextOf({ ...files, ...changed });
  const aws = fakeAws({
    "ecr.DescribeImages": ({ imageIds: [{ imageTag }] }: { imageIds: [{ imageTag: string }] }) => {
      const imageDigest = pushed.get(imageTag);
      if (imageDigest === undefined) throw awsError("ImageNotFoundException", "");
      return { imageDetails: [{ imageDigest }] };
    },
  });
  const deployment = { ...fakeDeployment(aws), folder: await contextOf({}) };
  const image: Image = {
    name: "app",
    repository: { stack: "s", output: "Uri" },
    context,
    dockerfile: "Dockerfile",
    args: {},
    platform: "linux/amd64",
    ...more,
  };
  const builder = {
    async build(build: ContainerBuild, paths: readonly string[]) {
      builds.push({ build, paths });
      pushed.set(build.tag, `sha256:${builds.length}`);
    },
  };
  return makeImage(deployment, image, uri, builder);
}

test("the same content is built and pushed once, on whichever machine; anything that matters makes another", async () => {
  expect(await make()).toEqual({ address: `${uri}@sha256:1`, present: false });
  expect(await make()).toEqual({ address: `${uri}@sha256:1`, present: true });
  for (const [changed, more] of [
    [{ "a.txt": "b" }, {}],
    [{ "b.txt": "" }, {}],
    [{ Dockerfile: `${files.Dockerfile}ENV X=1\n` }, {}],
    [{}, { target: "api" }],
    [{}, { args: { X: "1" } }],
    [{}, { platform: "linux/arm64" as const }],
  ] as const) {
    const before = builds.length;
    expect((await make(changed, more)).present).toBe(false);
    expect(builds.length).toBe(before + 1);
  }
  expect(new Set(builds.map(({ build }) => build.tag)).size).toBe(builds.length);
  expect(builds[0]!.paths.toSorted()).toEqual([".dockerignore", "Dockerfile", "a.txt"]);
});

test.each([
  [{}, { dockerfile: "Missing" }, /^The image app needs .*Missing: ENOENT\.$/u],
  [{}, { target: "wbe" }, /no stage is called wbe; there are: api, web/u],
])("what cannot be made is refused before anything is sent (%j, %j)", async (changed, more, message) => {
  await expect(make(changed, more)).rejects.toMatchObject({ code: "image-failed", message: expect.stringMatching(message) });
  expect(builds).toEqual([]);
});

test("a Dockerfile that only the tool can read is left to the tool", async () => {
  expect((await make({ Dockerfile: "# syntax=docker/dockerfile:1\nFROM scratch\nNEWINSTRUCTION x\n" })).present).toBe(false);
});
