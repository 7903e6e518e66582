/** What a container sees of the machine's files: its mounts at their paths, and names of its own, in a mount namespace. */
import { join } from "node:path";
import type { Cloud } from "../../cloud.ts";
import { type Binding, fstabLine } from "./fstab.ts";
import { insideLine, namespaces, type SeenAs } from "./namespaces.ts";
import { inRoot, scaffold } from "./scaffold.ts";

export interface EnclosureRequest {
  /** A folder of the container's own, gone with its task; not yet there. */
  folder: string;
  bindings: readonly Binding[];
  /** As whom its programs see themselves. Default: the user who runs the cloud. */
  seenAs?: SeenAs | undefined;
}

/** Puts a command, to be started in `cwd`, into the namespace. What it starts stays there. */
export type Enclose = (command: readonly string[], cwd: string) => string[];

/** A text says why there can be none on this machine. */
export async function enclosure(cloud: Cloud, { folder, bindings, seenAs }: EnclosureRequest): Promise<Enclose | string> {
  const found = await namespaces(cloud);
  if (typeof found === "string") return found;
  const { files } = cloud.world.disk;
  const sorted = bindings.toSorted((a, b) => a.target.split("/").length - b.target.split("/").length);
  const missing: string[] = [];
  for (const { target, source } of sorted) {
    // One below another mount is made there.
    const outer = sorted.find((other) => target.startsWith(`${other.target}/`));
    if (outer) await files.mkdir(join(outer.source, target.slice(outer.target.length)), { recursive: true });
    else if (!(await files.stat(target).catch(() => undefined))) missing.push(target);
    await files.stat(source);
  }
  await files.mkdir(folder, { recursive: true, mode: 0o700 });
  const root = missing.length > 0 ? join(folder, "root") : undefined;
  const lines = root === undefined ? "" : await scaffold(cloud, root, missing);
  const table = join(folder, "fstab");
  await cloud.world.disk.replaceFile(table, lines + sorted.map((binding) => fstabLine(inRoot(root, binding))).join(""));
  return (command, cwd) => [...insideLine(found, table, seenAs, { root, cwd }), ...command];
}
