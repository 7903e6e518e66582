/** PGlite as a server: a process of its own that speaks PostgreSQL's protocol and has pgvector. */
import type { Cloud } from "../../cloud.ts";
import type { StartPostgres } from "./server.ts";

export const startPglite: StartPostgres = async () => {
  throw new Error("PGlite does not serve yet");
};

export async function makePgliteFolder(cloud: Cloud, folder: string): Promise<void> {
  await cloud.world.disk.files.mkdir(folder, { recursive: true, mode: 0o700 });
}
