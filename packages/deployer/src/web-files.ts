/** The files of Next.js apps in the buckets that CloudFront gives them from: new ones before the version whose pages name them. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import type { Image, WebFiles } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import type { Deployment } from "./deployment.ts";
import { imageContent } from "./images/make-image.ts";
import { staticFolder } from "./images/next-build.ts";
import { outputOf } from "./parameters.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

/** Their names carry their content: whoever has one never has to ask again. */
const cacheControl = "public,max-age=31536000,immutable";
const prefix = "_next/static/";
const atOnce = 8;

const types: Readonly<Record<string, string>> = {
  ".avif": "image/avif",
  ".css": "text/css; charset=utf-8",
  ".gif": "image/gif",
  ".ico": "image/x-icon",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".js": "application/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".mjs": "application/javascript; charset=utf-8",
  ".mp4": "video/mp4",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webm": "video/webm",
  ".webp": "image/webp",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
};

export async function uploadWebFiles(
  { aws, folder, time }: Deployment,
  files: WebFiles,
  image: Image,
  stacks: ReadonlyMap<string, DeployedStack>,
): Promise<{ value: undefined; detail: string; skipped: boolean }> {
  const { standalone } = await imageContent(image, aws, folder);
  if (standalone === undefined) return { value: undefined, detail: "no build of its own: its server gives them", skipped: true };
  const Bucket = outputOf(stacks, files.bucket, files.name);
  const present = await tagsOf(aws, Bucket);
  const root = await staticFolder(standalone);
  const own = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const waiting: { Key: string; Body: Buffer }[] = [];
  for (const entry of own) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const Key = prefix + relative(root, path).split(sep).join("/");
    const Body = await readFile(path);
    if (present.get(Key) !== createHash("md5").update(Body).digest("hex")) waiting.push({ Key, Body });
  }
  for (let at = 0; at < waiting.length; at += atOnce) {
    await Promise.all(
      waiting.slice(at, at + atOnce).map(({ Key, Body }) =>
        aws.call("s3", "PutObject", {
          Bucket,
          Key,
          Body,
          ContentType: types[extname(Key).toLowerCase()] ?? "application/octet-stream",
          CacheControl: cacheControl,
        }),
      ),
    );
  }
  // A name that did not carry its content: what CloudFront has of it is of the version before.
  const changed = waiting.filter(({ Key }) => present.has(Key)).map(({ Key }) => `/${encodeURI(Key)}`);
  const DistributionId = stacks.get(files.distribution.stack)?.outputs[files.distribution.output];
  if (changed.length > 0 && DistributionId !== undefined) await invalidate(aws, DistributionId, changed, time.now());
  const detail =
    waiting.length === 0 ? "unchanged" : `${waiting.length} uploaded${changed.length > 0 ? `, ${changed.length} invalidated` : ""}`;
  return { value: undefined, detail, skipped: waiting.length === 0 };
}

/** More than so many paths cost more than one for all of them. */
const mostPaths = 50;

async function invalidate(aws: Aws, DistributionId: string, changed: readonly string[], nowMs: number): Promise<void> {
  const Items = changed.length > mostPaths ? [`/${prefix}*`] : [...changed];
  const CallerReference = `plinth-${createHash("sha256").update(`${nowMs} ${Items.join()}`).digest("hex").slice(0, 32)}`;
  await aws.call("cloudfront", "CreateInvalidation", {
    DistributionId,
    InvalidationBatch: { CallerReference, Paths: { Quantity: Items.length, Items } },
  });
}

/** What is there already, by key: the MD5 of the content, as S3 tells it of what came in one part. */
async function tagsOf(aws: Aws, Bucket: string): Promise<Map<string, string>> {
  const tags = new Map<string, string>();
  for (let ContinuationToken: string | undefined; ;) {
    const page = await aws.call("s3", "ListObjectsV2", { Bucket, Prefix: prefix, ContinuationToken });
    for (const { Key, ETag } of page.Contents ?? []) tags.set(Key!, (ETag ?? "").replaceAll('"', ""));
    if (page.NextContinuationToken === undefined) return tags;
    ContinuationToken = page.NextContinuationToken;
  }
}
