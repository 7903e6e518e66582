/**
 * Next.js apps in the embedded cloud, which builds no images: their own `npm run build` runs here, and its standalone output is put together in a
 * folder of its own as the Dockerfile's last stage has it, so that stages with other build arguments and running tasks keep theirs.
 */
import { access, cp, lstat, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Image } from "@plinth/compiler";
import { DeployError } from "../deploy-error.ts";
import type { Deployment } from "../deployment.ts";
import { runTool } from "./tool.ts";

/** How many builds of one app stay: tasks of the versions before still run while the new one starts, or come back by a rollback. */
const kept = 5;

/** Whether the image is a Next.js app with a build of its own; without one its context runs as it stands. */
export async function isBuiltHere({ nextjs }: Image): Promise<boolean> {
  if (nextjs === undefined) return false;
  try {
    const { scripts } = JSON.parse(await readFile(join(nextjs, "package.json"), "utf8")) as { scripts?: { build?: string } };
    return scripts?.build !== undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw new DeployError("image-failed", `${join(nextjs, "package.json")} cannot be read.`, { cause: error });
  }
}

const prefixOf = (imageName: string) => `${imageName}-`;

/** Where the standalone output of that content lies, or will lie. */
export const standalonePath = (folder: string, imageName: string, contentHash: string): string =>
  join(folder, "nextjs", `${prefixOf(imageName)}${contentHash.slice(0, 16)}`);

/** The files that browsers ask for under `/_next/static/`, in a standalone output. */
export const staticFolder = async (standalone: string): Promise<string> =>
  join(standalone, await serverFolder(standalone), ".next", "static");

/** Builds the app, unless that content is built already. @throws DeployError `image-failed` */
export async function buildNextjs(
  { emit, signal, folder }: Deployment,
  { name, nextjs = "", args, context }: Image,
  standalone: string,
): Promise<void> {
  if (await isThere(standalone)) return;
  const { exitCode, lines } = await runTool("npm", ["run", "build"], {
    cwd: nextjs,
    env: { ...args, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
    onLine: (line) => emit({ type: "log", task: name, line }),
    signal,
  });
  if (exitCode !== 0)
    throw new DeployError(
      "image-failed",
      `The build of ${name} (npm run build in ${nextjs}) ended with ${exitCode}: ${lines.at(-1) ?? "it said nothing"}`,
      {
        remedy: "Mend the build, or install the app's packages: a deploy downloads none.",
      },
    );
  const output = join(nextjs, ".next", "standalone");
  if (!(await isThere(output)))
    throw new DeployError("image-failed", `The build of ${name} made no ${relative(nextjs, output)}.`, {
      remedy: 'Next.js makes it with output: "standalone" in next.config.',
    });
  const unfinished = `${standalone}.${process.pid}`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(join(folder, "nextjs"), { recursive: true });
  const below = await serverFolder(output);
  // In an image whose context is the app alone, the build finds no repository around it: there the server stands on top.
  if (below !== "" && context === nextjs) {
    await cp(join(output, below), unfinished, { recursive: true, verbatimSymlinks: true });
    // A link to the packages around it leads nowhere from here.
    if ((await lstat(join(unfinished, "node_modules")).catch(() => undefined))?.isSymbolicLink())
      await rm(join(unfinished, "node_modules"));
    await copyIfThere(join(output, "node_modules"), join(unfinished, "node_modules"));
  } else await cp(output, unfinished, { recursive: true, verbatimSymlinks: true });
  const server = join(unfinished, await serverFolder(unfinished));
  await copyIfThere(join(nextjs, ".next", "static"), join(server, ".next", "static"));
  await copyIfThere(join(nextjs, "public"), join(server, "public"));
  // What stands under this name is whole.
  await rename(unfinished, standalone);
  await forgetOlder(join(folder, "nextjs"), prefixOf(name));
}

/** In a monorepo the server lies as deep in the output as the app does in the repository. */
async function serverFolder(standalone: string, below = ""): Promise<string> {
  const entries = await readdir(join(standalone, below), { withFileTypes: true });
  if (entries.some((entry) => entry.name === "server.js")) return below;
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name === "node_modules") continue;
    const found = await serverFolder(standalone, join(below, entry.name)).catch(() => undefined);
    if (found !== undefined) return found;
  }
  throw new DeployError("image-failed", `There is no server.js in ${standalone}.`, {
    remedy: 'Next.js makes it with output: "standalone" in next.config.',
  });
}

async function forgetOlder(folder: string, prefix: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix) && /^[0-9a-f]{16}$/.test(name.slice(prefix.length)));
  const dated = await Promise.all(names.map(async (name) => ({ name, atMs: (await stat(join(folder, name))).mtimeMs })));
  for (const { name } of dated.toSorted((a, b) => b.atMs - a.atMs).slice(kept))
    await rm(join(folder, name), { recursive: true, force: true });
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

async function copyIfThere(from: string, to: string): Promise<void> {
  if (await isThere(from)) await cp(from, to, { recursive: true, verbatimSymlinks: true, force: false });
}
