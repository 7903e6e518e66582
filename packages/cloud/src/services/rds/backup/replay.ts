/** The data of a database as it was at a time: a backup over which a server replays the log, and then ends. */
import type { Cloud } from "../../../cloud.ts";
import { claimAddress, releaseAddress } from "../../../runtime/addresses.ts";
import { copyFolder } from "../../../runtime/postgres/data-folder.ts";
import { startNativePostgres } from "../../../runtime/postgres/native.ts";
import { serverUser } from "../../../runtime/postgres/server-user.ts";
import { majorOf } from "../engine-versions.ts";
import { archiveFolder } from "./archive.ts";
import { snapshotFolder } from "./kept-snapshot.ts";

export interface Recovery {
  /** Whose log. */
  resourceId: string;
  /** The backup's folder. */
  base: string;
  /** ISO 8601. */
  targetTime: string;
}

/** Makes `data`; a crash leaves it whole or not there. */
export async function replayedData(
  cloud: Cloud,
  region: string,
  { resourceId, settings }: { resourceId: string; settings: { engineVersion: string; port: number } },
  recovery: Recovery,
  data: string,
): Promise<void> {
  const { disk } = cloud.world;
  const folder = `${data}.replay`;
  const owner = `rds-replay/${region}/${resourceId}`;
  await disk.files.rm(folder, { recursive: true, force: true });
  await copyFolder(cloud, `${snapshotFolder(cloud, region, recovery.base)}/data`, `${folder}/data`);
  await disk.replaceFile(`${folder}/data/recovery.signal`, "");
  await (await serverUser(cloud)).own(`${folder}/data`);
  const at = await claimAddress(cloud, owner, settings.port);
  try {
    const server = await startNativePostgres(cloud, {
      owner,
      folder,
      major: majorOf(settings.engineVersion),
      ...at,
      forceTls: true,
      maxConnections: 10,
      parameters: {},
      recovery: { archiveFolder: archiveFolder(cloud, region, recovery.resourceId), targetTime: recovery.targetTime },
    });
    await server.stop();
  } finally {
    releaseAddress(cloud, owner);
  }
  await disk.files.rename(`${folder}/data`, data);
  await disk.files.rm(folder, { recursive: true, force: true });
}
