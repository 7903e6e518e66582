/** The folder of a task, which goes with it. */
import type { Cloud } from "../../cloud.ts";
import { mounts } from "./fstab.ts";

/** Removes it, unless something is mounted in it: mounts are seen by the task's programs alone, and what they lead to must never be removed by way of them. */
export async function removeTaskFolder(cloud: Cloud, folder: string): Promise<void> {
  const below = mounts().find((mount) => mount.folder.startsWith(`${folder}/`));
  if (below) throw new Error(`${below.folder} is mounted: the folder ${folder} is left as it is`);
  await cloud.world.disk.files.rm(folder, { recursive: true, force: true });
}
