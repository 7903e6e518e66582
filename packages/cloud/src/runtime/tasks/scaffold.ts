/** A root folder for a program whose mounts have paths that this machine does not have: everything as it is, and those paths besides. */
import { basename, dirname, join } from "node:path";
import type { Cloud } from "../../cloud.ts";
import { type Binding, fstabLine } from "./fstab.ts";

/**
 * Makes `root` so that the lines that are answered fill it: each folder above a missing target is made anew, with what it has bound into it; all
 * else is bound whole. What a program makes in such a folder is gone with `root`.
 */
export async function scaffold(cloud: Cloud, root: string, missing: readonly string[]): Promise<string> {
  const { files } = cloud.world.disk;
  const lines: string[] = [];
  const paths = await Promise.all(missing.map((path) => resolved(cloud, path)));
  const build = async (folder: string) => {
    const here = join(root, folder);
    const { mode } = await files.stat(folder).catch(() => ({ mode: 0o755 }));
    await files.mkdir(here, { recursive: true });
    await files.chmod(here, mode & 0o7777);
    const entries = await files.readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const from = join(folder, entry.name);
      const to = join(root, from);
      if (paths.some((path) => path.startsWith(`${from}/`)) && entry.isDirectory()) await build(from);
      else if (entry.isDirectory() || entry.isFile()) {
        if (entry.isDirectory()) await files.mkdir(to, { recursive: true });
        else await files.writeFile(to, "");
        lines.push(fstabLine({ source: from, target: to, readOnly: false }, true));
      } else if (entry.isSymbolicLink()) await files.symlink(await files.readlink(from), to);
    }
  };
  await build("/");
  for (const path of paths) await files.mkdir(join(root, path), { recursive: true });
  // What holds this root itself comes first, before there is anything mounted in it that would be taken along.
  return lines.toSorted((a, b) => Number(holds(b, root)) - Number(holds(a, root))).join("");
}

const holds = (line: string, root: string) => root.startsWith(`${line.slice(0, line.indexOf(" "))}/`);

/** The path with the links of the part that is there resolved. */
async function resolved(cloud: Cloud, path: string): Promise<string> {
  const found = await cloud.world.disk.files.realpath(path).catch(() => undefined);
  return found ?? join(await resolved(cloud, dirname(path)), basename(path));
}

/** Where a binding is made in a root of one's own. */
export const inRoot = (root: string | undefined, { target, ...binding }: Binding): Binding => ({
  ...binding,
  target: root === undefined ? target : join(root, target),
});
