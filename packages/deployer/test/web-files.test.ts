/** A Next.js app in the embedded cloud: built once for its content, and its files in the bucket, what changed under its name invalidated. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Image, WebFiles } from "@plinth/compiler";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildNextjs, standalonePath } from "../src/images/next-build.ts";
import { imageContent } from "../src/images/make-image.ts";
import { uploadWebFiles } from "../src/web-files.ts";
import { fakeAws, fakeDeployment } from "./fake-aws.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plinth-web-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The app below `app`, what Plinth keeps below `kept`. */
function app(files: Record<string, string>, build = "node build.js"): Image {
  const context = join(folder, "app");
  const all = {
    Dockerfile: 'FROM node\nWORKDIR /app\nCMD ["node", "server.js"]\n',
    "package.json": JSON.stringify({ scripts: { build } }),
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(context, path)), { recursive: true });
    writeFileSync(join(context, path), text);
  }
  return {
    name: "app",
    repository: { stack: "shop-local-storage", output: "Repository" },
    context,
    dockerfile: "Dockerfile",
    args: { NEXT_PUBLIC_X: "1" },
    platform: "linux/amd64",
    nextjs: context,
  };
}

const kept = () => join(folder, "kept");
/** As Next.js does it in a repository: the server as deep in the output as the app is in the repository. */
const build = `const { mkdirSync, writeFileSync } = require("node:fs");
const below = ".next/standalone/apps/site/";
for (const path of [below + "server.js", ".next/standalone/node_modules/next/index.js", ".next/static/chunks/a.js", "public/robots.txt"]) {
  mkdirSync(require("node:path").dirname(path), { recursive: true });
  writeFileSync(path, process.env.NEXT_PUBLIC_X);
}
`;

test("the standalone output is put together as the image has it, once for its content", async () => {
  const image = app({ "build.js": build });
  const aws = fakeAws({}, "http://127.0.0.1:1");
  const deployment = { ...fakeDeployment(aws), folder: kept() };
  const { standalone } = await imageContent(image, aws, kept());
  await buildNextjs(deployment, image, standalone!);
  expect(readdirSync(standalone!, { recursive: true }).toSorted()).toEqual(
    expect.arrayContaining([
      "server.js",
      join(".next", "static", "chunks", "a.js"),
      join("node_modules", "next", "index.js"),
      join("public", "robots.txt"),
    ]),
  );
  // What the build has made counts as nothing new, but for what it leaves among the sources.
  rmSync(join(image.context, "public"), { recursive: true });
  expect((await imageContent(image, aws, kept())).standalone).toBe(standalone);
  const other = await imageContent({ ...image, args: { NEXT_PUBLIC_X: "2" } }, aws, kept());
  expect(other.standalone).not.toBe(standalone);
});

test("a build that fails, and one that makes no standalone output, are told with what to do", async () => {
  const aws = fakeAws({}, "http://127.0.0.1:1");
  const deployment = { ...fakeDeployment(aws), folder: kept() };
  await expect(buildNextjs(deployment, app({}, "node -e 'process.exit(3)'"), join(kept(), "x"))).rejects.toMatchObject({
    code: "image-failed",
    message: expect.stringContaining("ended with 3"),
  });
  await expect(buildNextjs(deployment, app({}, "node -e 0"), join(kept(), "x"))).rejects.toMatchObject({
    message: expect.stringContaining(join(".next", "standalone")),
    remedy: expect.stringContaining('output: "standalone"'),
  });
});

test("new files are uploaded with their types, and what had its name before is invalidated", async () => {
  const image = app({ "build.js": "" });
  const objects = new Map([
    ["_next/static/same.css", "9dd4e461268c8034f5c8564e155c67a6"],
    ["_next/static/changed.js", "0"],
  ]);
  const put: Record<string, unknown>[] = [];
  const invalidated: string[] = [];
  const aws = fakeAws(
    {
      "s3.ListObjectsV2": () => ({ Contents: [...objects].map(([Key, tag]) => ({ Key, ETag: `"${tag}"` })) }),
      "s3.PutObject": ({ Bucket, Key, ContentType, CacheControl }: Record<string, unknown>) =>
        put.push({ Bucket, Key, ContentType, CacheControl }),
      "cloudfront.CreateInvalidation": ({ InvalidationBatch }: { InvalidationBatch: { Paths: { Items: string[] } } }) =>
        invalidated.push(...InvalidationBatch.Paths.Items),
    },
    "http://127.0.0.1:1",
  );
  const { standalone } = await imageContent(image, aws, kept());
  expect(standalone).toBe(standalonePath(kept(), "app", standalone!.slice(-16)));
  for (const [path, text] of Object.entries({
    "server.js": "",
    ".next/static/same.css": "x",
    ".next/static/changed.js": "x",
    ".next/static/n [id].woff2": "x",
  })) {
    mkdirSync(dirname(join(standalone!, path)), { recursive: true });
    writeFileSync(join(standalone!, path), text);
  }
  const stack = (outputs: Record<string, string>) => ({ name: "", status: "CREATE_COMPLETE", parameters: {}, outputs, tags: {} }) as never;
  const stacks = new Map([
    ["storage", stack({ Assets: "bucket" })],
    ["compute", stack({ Distribution: "E1" })],
  ]);
  const files: WebFiles = {
    name: "site",
    image: "app",
    bucket: { stack: "storage", output: "Assets" },
    distribution: { stack: "compute", output: "Distribution" },
  };
  const done = await uploadWebFiles({ ...fakeDeployment(aws), folder: kept() }, files, image, stacks);
  expect(done.detail).toBe("2 uploaded, 1 invalidated");
  const common = { Bucket: "bucket", CacheControl: "public,max-age=31536000,immutable" };
  expect(put.toSorted((a, b) => (String(a["Key"]) < String(b["Key"]) ? -1 : 1))).toEqual([
    { ...common, Key: "_next/static/changed.js", ContentType: "application/javascript; charset=utf-8" },
    { ...common, Key: "_next/static/n [id].woff2", ContentType: "font/woff2" },
  ]);
  expect(invalidated).toEqual(["/_next/static/changed.js"]);
});
