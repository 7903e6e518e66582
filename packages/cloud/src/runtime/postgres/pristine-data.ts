/**
 * What `initdb` makes, before anything of one cloud is in it: without a password, so that nobody can log in, and kept for all clouds of this
 * user, because making it takes most of the time until a first database serves.
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import type { Cloud } from "../../cloud.ts";
import { copyTree } from "../copied-folder.ts";
import type { Installation } from "./installation.ts";
import { runToEnd } from "./run-to-end.ts";
import { serverUser } from "./server-user.ts";

/** The superuser that RDS keeps for itself in every instance. */
export const administrator = "rdsadmin";

/** Its locale is en-US, as on RDS, by ICU. Who may log in is written by each server anew. */
const login = ["--username", administrator, "--auth", "reject"];
const locale = ["--encoding", "UTF8", "--locale", "C", "--locale-provider", "icu", "--icu-locale", "en-US"];
const options = [...login, ...locale, "--no-instructions"];

/** A draft this much older than one that is being made now is of a cloud that was killed. */
const abandonedAfterMs = 3_600_000;
const draftEnding = ".draft-";

/** Whether it was finished: it gets its name at the end. */
export const isWhole = (cloud: Cloud, folder: string): Promise<boolean> =>
  cloud.world.disk.files.access(join(folder, "PG_VERSION")).then(
    () => true,
    () => false,
  );

/** Puts it in the place of whatever is at `target`. */
export async function copyPristineData(cloud: Cloud, installation: Installation, target: string): Promise<void> {
  const { files, sharedCache } = cloud.world.disk;
  // Another user, as which servers may have to run, cannot get there, and is not to.
  const cache = (await serverUser(cloud)).isCaller ? sharedCache() : undefined;
  if (cache === undefined) {
    await files.rm(target, { recursive: true, force: true });
    return runInitdb(cloud, installation, target);
  }
  const folder = join(cache, "postgres", nameOf(installation));
  if (!(await isWhole(cloud, folder))) await makeShared(cloud, installation, folder);
  try {
    await copyTree(cloud, folder, target);
  } catch (error) {
    // It may be emptied at any time.
    if (await isWhole(cloud, folder)) throw error;
    await makeShared(cloud, installation, folder);
    await copyTree(cloud, folder, target);
  }
}

/** Another build may lay its files out in another way, and other options make other contents. */
function nameOf({ release }: Installation): string {
  const asked = createHash("sha256").update(JSON.stringify(options)).digest("hex").slice(0, 8);
  return `${release}-${process.platform}-${process.arch}-${asked}`;
}

/** Several clouds may do so at the same time: each makes its own, and the first one's stays. */
async function makeShared(cloud: Cloud, installation: Installation, folder: string): Promise<void> {
  const { files } = cloud.world.disk;
  await files.mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  // The seed of a simulated world gives several processes the same names; the system does not.
  const draft = await files.mkdtemp(`${folder}${draftEnding}`);
  try {
    await runInitdb(cloud, installation, draft);
    await removeAbandoned(cloud, draft);
    await files.rename(draft, folder);
  } catch (error) {
    await files.rm(draft, { recursive: true, force: true });
    if (!(await isWhole(cloud, folder))) throw error;
  }
}

/** What clouds have left that were killed while they made it. */
async function removeAbandoned(cloud: Cloud, newest: string): Promise<void> {
  const { files } = cloud.world.disk;
  const folder = dirname(newest);
  const { mtimeMs: nowMs } = await files.stat(newest); // the disk's own clock, also in a simulated world
  for (const name of await files.readdir(folder)) {
    if (!name.includes(draftEnding)) continue;
    const draft = join(folder, name);
    const age =
      nowMs -
      (await files.stat(draft).then(
        ({ mtimeMs }) => mtimeMs,
        () => nowMs,
      ));
    if (age > abandonedAfterMs) await files.rm(draft, { recursive: true, force: true });
  }
}

async function runInitdb(cloud: Cloud, { initdb, version }: Installation, folder: string): Promise<void> {
  const { disk } = cloud.world;
  await disk.files.mkdir(folder, { recursive: true, mode: 0o700 });
  const user = await serverUser(cloud);
  await user.own(folder);
  const synced = disk.outlivesPowerCut ? [] : ["--no-sync"];
  await runToEnd(cloud, `initdb of PostgreSQL ${version}`, user.run(initdb, ["-D", folder, ...options, ...synced]));
}
