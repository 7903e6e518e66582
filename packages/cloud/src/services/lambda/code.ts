/** Deployment packages on disk: the archive as it was given, and the files that it holds, in a folder named by its content. */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import type { Call } from "../../service.ts";
import { invalidValue, notUnzipped, refused } from "./errors.ts";
import { type LambdaFunction, functions, type Place } from "./function.ts";
import { versionsOf } from "./version.ts";
import { readZip } from "./zip.ts";

export interface CodeInput {
  ZipFile?: Uint8Array | undefined;
  S3Bucket?: string | undefined;
  S3Key?: string | undefined;
  S3ObjectVersion?: string | undefined;
  ImageUri?: string | undefined;
}

/** Lambda quotas: the archive given in a call, and all its files together. */
const directLimitBytes = 52_428_800;
const unzippedLimitBytes = 262_144_000;

export type Code = Pick<LambdaFunction, "codeSha256" | "codeSizeBytes">;

/** Checks the package and writes it down: what is answered stands on disk. */
export async function takeCode(place: Place & { call: Call }, name: string, input: CodeInput): Promise<Code> {
  if (input.ImageUri !== undefined) throw refused("functions made of container images");
  const archive = await archiveOf(place, input);
  try {
    readZip(archive, unzippedLimitBytes);
  } catch (error) {
    if ((error as Error).message === "too large") throw invalidValue(`Unzipped size must be smaller than ${unzippedLimitBytes} bytes`);
    throw notUnzipped();
  }
  const code = { codeSha256: createHash("sha256").update(archive).digest("base64"), codeSizeBytes: archive.length };
  const file = archiveFile(place, name, code);
  await place.cloud.world.disk.files.mkdir(dirname(file), { recursive: true });
  await place.cloud.world.disk.replaceFile(file, archive);
  return code;
}

async function archiveOf({ call }: { call: Call }, { ZipFile, S3Bucket, S3Key, S3ObjectVersion }: CodeInput): Promise<Buffer> {
  if (ZipFile !== undefined && (S3Bucket !== undefined || S3Key !== undefined)) {
    throw invalidValue("Please do not provide other FunctionCode parameters when providing a ZipFile.");
  }
  if (ZipFile !== undefined) {
    if (ZipFile.length === 0) throw invalidValue("Uploaded file must be a non-empty zip");
    if (ZipFile.length > directLimitBytes)
      throw invalidValue(`Request must be smaller than ${directLimitBytes} bytes for the CreateFunction operation`);
    return Buffer.from(ZipFile);
  }
  if (S3Bucket === undefined || S3Key === undefined) throw invalidValue("Please provide a source for function code.");
  const { Body } = await call("s3", "GetObject", {
    Bucket: S3Bucket,
    Key: S3Key,
    ...(S3ObjectVersion !== undefined && { VersionId: S3ObjectVersion }),
  }).catch((error: unknown) => {
    if (!(error instanceof AwsError)) throw error;
    throw invalidValue(`Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`);
  });
  // A small object comes as its bytes, a large one as a stream.
  const body = Body as unknown as Uint8Array | Readable;
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

const folderOf = ({ cloud, region }: Place, name: string) => cloud.world.disk.path("lambda", "code", region, name);
const contentName = ({ codeSha256 }: Pick<Code, "codeSha256">) => Buffer.from(codeSha256, "base64").toString("hex");
const archiveFile = (place: Place, name: string, code: Code) => join(folderOf(place, name), `${contentName(code)}.zip`);

export const readArchive = (place: Place, of: LambdaFunction): Promise<Buffer> =>
  place.cloud.world.disk.files.readFile(archiveFile(place, of.name, of));

/** The folder with its files, unpacked at first use. */
export async function unpacked(place: Place, of: LambdaFunction): Promise<string> {
  const { files } = place.cloud.world.disk;
  const folder = join(folderOf(place, of.name), contentName(of));
  if (await isThere(place.cloud, folder)) return folder;
  // The nearest package.json above decides what `.js` files are: not that of whoever keeps the state folder.
  await place.cloud.world.disk.replaceFile(place.cloud.world.disk.path("lambda", "code", "package.json"), '{ "type": "commonjs" }\n');
  // Whole or not at all: another invocation may look for it, and the cloud may be killed.
  const making = `${folder}.${place.cloud.world.random.hex(8)}`;
  await files.mkdir(making, { recursive: true });
  for (const { name, mode, content } of readZip(await readArchive(place, of), unzippedLimitBytes)) {
    const path = join(making, name);
    await files.mkdir(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (!name.endsWith("/")) await files.writeFile(path, content, { mode: mode ?? 0o644 });
  }
  try {
    await files.rename(making, folder);
  } catch (error) {
    await files.rm(making, { recursive: true, force: true });
    if (!(await isThere(place.cloud, folder))) throw error;
  }
  return folder;
}

async function isThere(cloud: Cloud, folder: string): Promise<boolean> {
  return cloud.world.disk.files.stat(folder).then(
    () => true,
    () => false,
  );
}

export async function removeCode(place: Place, name: string): Promise<void> {
  await place.cloud.world.disk.files.rm(folderOf(place, name), { recursive: true, force: true });
}

/** At a start: archives and folders that no function has any more, or that were not finished. */
export async function sweepCode(cloud: Cloud): Promise<void> {
  const { files, path } = {
    files: cloud.world.disk.files,
    path: (...parts: string[]) => cloud.world.disk.path("lambda", "code", ...parts),
  };
  const list = (folder: string) => files.readdir(folder).catch(() => [] as string[]);
  for (const region of await list(path())) {
    for (const name of await list(path(region))) {
      const of = functions(cloud).get(region, name);
      const used = of ? [of, ...versionsOf({ cloud, account: cloud.account, region }, name)] : [];
      const kept = used.map(contentName).flatMap((content) => [content, `${content}.zip`]);
      for (const entry of await list(path(region, name))) {
        if (!kept.includes(entry)) await files.rm(path(region, name, entry), { recursive: true, force: true });
      }
    }
  }
}
