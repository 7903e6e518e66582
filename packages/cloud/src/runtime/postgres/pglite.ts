/** PGlite as a server. The lead writes this and the folder pglite/ now (2026-11-21 10:14): leave both. */
import type { Cloud } from "../../cloud.ts";
import type { StartPostgres } from "./server.ts";

export const startPglite: StartPostgres = async () => {
  throw new Error("PGlite does not serve yet");
};

export async function makePgliteFolder(cloud: Cloud, folder: string): Promise<void> {
  await cloud.world.disk.files.mkdir(folder, { recursive: true, mode: 0o700 });
}
