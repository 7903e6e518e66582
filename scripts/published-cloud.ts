/** The embedded cloud as it is published, for a whole run of the tests: what is tested is what people get, and each of its hundred starts takes half the time. */
import { createHash } from "node:crypto";
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleCloud } from "./bundle-cloud.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "packages/cloud/src");
/** Below the packages that its modules import. */
const cache = join(root, "node_modules/.cache/plinth-published");
const keptMs = 24 * 60 * 60 * 1000;

/** The folder of its modules. It is named by what they are made of: another run with the same sources takes it as it is, and none takes an old one. */
export async function publishedCloud(): Promise<string> {
  const folder = join(cache, contentHash());
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache)) {
    const old = join(cache, name);
    if (Date.now() - statSync(old).mtimeMs > keptMs) rmSync(old, { recursive: true, force: true });
  }
  const draft = mkdtempSync(join(cache, "draft-"));
  await bundleCloud(source, draft);
  // What it reads beside its modules.
  cpSync(source, draft, { recursive: true, filter: (path) => !/\.(?:ts|md)$/.test(path) });
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(draft, { recursive: true }); // another run was quicker
  }
  return folder;
}

function contentHash(): string {
  const hash = createHash("sha256");
  const files = globSync("**/*.*", { cwd: source }).toSorted();
  const makers = ["scripts/bundle-cloud.ts", "scripts/published-cloud.ts", "package-lock.json"];
  for (const file of [...files.map((name) => join(source, name)), ...makers.map((name) => join(root, name))]) {
    if (statSync(file).isFile()) hash.update(file).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}
