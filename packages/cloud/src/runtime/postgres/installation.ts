/** A PostgreSQL of one major version, ready to run: the binaries from npm, in a tree of our own that adds what they lack. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Cloud } from "../../cloud.ts";
import { trustedExtensions } from "./trusted-extensions.ts";

export interface Installation {
  major: number;
  /** As `16.14`. */
  version: string;
  /** The package's own version, as `16.14.0-beta.17`. */
  release: string;
  initdb: string;
  postgres: string;
  /** Where loadable libraries lie (`$libdir`). */
  libraryFolder: string;
  /** Whether the system's pgvector of this major was linked in. */
  vector: boolean;
}

/** The folder of the npm package with this major's binaries for this machine, or `undefined` where it is not installed. */
function packageFolder(major: number): string | undefined {
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(`postgres-${major}`) ?? []) {
    const found = join(folder, `postgres-${major}-${process.platform}-${process.arch}`);
    if (existsSync(join(found, "native", "bin", "postgres"))) return join(found, "native");
  }
  return undefined;
}

/** Where distributions keep pgvector of a major: its control file's folder and its library. */
function systemVector(major: number): { extensions: string; library: string } | undefined {
  const places = [
    [`/usr/share/postgresql/${major}/extension`, `/usr/lib/postgresql/${major}/lib`],
    [`/usr/pgsql-${major}/share/extension`, `/usr/pgsql-${major}/lib`],
    [`/opt/homebrew/share/postgresql@${major}/extension`, `/opt/homebrew/lib/postgresql@${major}`],
    [`/usr/local/share/postgresql@${major}/extension`, `/usr/local/lib/postgresql@${major}`],
  ] as const;
  for (const [extensions, folder] of places) {
    for (const name of ["vector.so", "vector.dylib"]) {
      if (existsSync(join(extensions, "vector.control")) && existsSync(join(folder, name)))
        return { extensions, library: join(folder, name) };
    }
  }
  return undefined;
}

/** Whether `CREATE EXTENSION vector` can work in a server of this major on this machine. */
export function hasSystemVector(major: number): boolean {
  return systemVector(major) !== undefined;
}

const memory = Symbol("postgres installations");

/** Prepares the tree at first use in this life of the cloud. Throws a plain Error that says what is missing. */
export function installation(cloud: Cloud, major: number): Promise<Installation> {
  const prepared = cloud.memory(memory, () => new Map<number, Promise<Installation>>());
  let found = prepared.get(major);
  if (!found) {
    found = prepare(cloud, major);
    found.catch(() => prepared.delete(major));
    prepared.set(major, found);
  }
  return found;
}

/**
 * The package's files are linked, never changed: PostgreSQL finds its libraries and its share folder relative to its
 * executable, so the executables are copied and all else is a link. The tree is made anew at each life of the cloud, since
 * the package behind it may have been updated.
 */
async function prepare(cloud: Cloud, major: number): Promise<Installation> {
  const native = packageFolder(major);
  if (!native) {
    throw new Error(
      `the PostgreSQL ${major} binaries for ${process.platform}-${process.arch} are not installed (npm package postgres-${major}-${process.platform}-${process.arch})`,
    );
  }
  const { files, path, replaceFile } = cloud.world.disk;
  const { version: release } = JSON.parse(await files.readFile(join(dirname(native), "package.json"), "utf8")) as { version: string };
  const tree = path("postgres", `${major}`);
  await files.rm(tree, { recursive: true, force: true });
  const share = join("share", "postgresql");
  for (const folder of ["bin", "lib", join("lib", "postgresql"), share, join(share, "extension")]) {
    await files.mkdir(join(tree, folder), { recursive: true, mode: 0o755 });
  }
  for (const name of ["initdb", "postgres"]) {
    await files.cp(join(native, "bin", name), join(tree, "bin", name));
    await files.chmod(join(tree, "bin", name), 0o755);
  }
  const linkAll = async (folder: string, except: readonly string[]) => {
    const names = (await files.readdir(join(native, folder))).filter((name) => !except.includes(name));
    await Promise.all(names.map((name) => files.symlink(join(native, folder, name), join(tree, folder, name))));
  };
  const controls = trustedExtensions.map((name) => `${name}.control`);
  await linkAll("lib", ["postgresql", "pkgconfig"]);
  await linkAll(join("lib", "postgresql"), ["pgxs"]);
  await linkAll(share, ["extension"]);
  await linkAll(join(share, "extension"), controls);
  await linkLibraries(cloud, native, tree);
  for (const name of controls) {
    const from = join(native, share, "extension", name);
    if (!existsSync(from)) continue;
    const control = await files.readFile(from, "utf8");
    await replaceFile(join(tree, share, "extension", name), control.includes("trusted =") ? control : `${control}\ntrusted = true\n`);
    await files.chmod(join(tree, share, "extension", name), 0o644);
  }
  const vector = systemVector(major);
  if (vector) {
    const names = (await files.readdir(vector.extensions)).filter((name) => name === "vector.control" || name.startsWith("vector--"));
    await Promise.all(names.map((name) => files.symlink(join(vector.extensions, name), join(tree, share, "extension", name))));
    await files.symlink(vector.library, join(tree, "lib", "postgresql", vector.library.split("/").at(-1)!));
  }
  return {
    major,
    version: release.split(".").slice(0, 2).join("."),
    release,
    initdb: join(tree, "bin", "initdb"),
    postgres: join(tree, "bin", "postgres"),
    libraryFolder: join(tree, "lib", "postgresql"),
    vector: vector !== undefined,
  };
}

/** The links between library names that the package's install script makes, where install scripts were off. */
async function linkLibraries(cloud: Cloud, native: string, tree: string): Promise<void> {
  const { files } = cloud.world.disk;
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(await files.readFile(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const place = join(tree, target.replace(/^native\//, ""));
    if (existsSync(dirname(place)) && !existsSync(place)) await files.symlink(join(dirname(native), source), place);
  }
}
