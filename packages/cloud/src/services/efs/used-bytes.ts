/** How much the files of a file system hold, counted from the files themselves. */
import { join } from "node:path";
import type { Cloud } from "../../cloud.ts";
import { fileSystemFolder } from "../../runtime/file-mounts.ts";

/** The sum of the sizes of all regular files; 0 where nothing was mounted yet. What goes while it counts is not counted. */
export async function usedBytes(cloud: Cloud, fileSystemId: string): Promise<number> {
  return await bytesBelow(cloud, fileSystemFolder(cloud, fileSystemId));
}

async function bytesBelow(cloud: Cloud, folder: string): Promise<number> {
  const { files } = cloud.world.disk;
  const entries = await files.readdir(folder, { withFileTypes: true }).catch(() => []);
  let sum = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) sum += await bytesBelow(cloud, path);
    else if (entry.isFile())
      sum += await files.lstat(path).then(
        ({ size }) => size,
        () => 0,
      );
  }
  return sum;
}
