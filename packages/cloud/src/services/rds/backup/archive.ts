/** Where the write-ahead log of a database that is backed up lies: one folder for each resource id, so it outlives a renaming. */
import type { Cloud } from "../../../cloud.ts";
import { serverUser } from "../../../runtime/postgres/server-user.ts";

export function archiveFolder(cloud: Cloud, region: string, resourceId: string): string {
  return cloud.world.disk.path("rds", region, "archive", resourceId.toLowerCase());
}

/** Whether it can be brought to any second: PGlite keeps no log that could be replayed. */
export function isArchived({ server, settings }: { server: "native" | "pglite"; settings: { backupRetentionDays: number } }): boolean {
  return server === "native" && settings.backupRetentionDays > 0;
}

/** The folder, made, of a database whose log is archived. */
export async function ownArchive(
  cloud: Cloud,
  region: string,
  database: Parameters<typeof isArchived>[0] & { resourceId: string },
): Promise<string | undefined> {
  if (!isArchived(database)) return undefined;
  const folder = archiveFolder(cloud, region, database.resourceId);
  await cloud.world.disk.files.mkdir(folder, { recursive: true, mode: 0o700 });
  await (await serverUser(cloud)).own(folder);
  return folder;
}
