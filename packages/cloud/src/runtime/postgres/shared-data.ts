/**
 * Data folders as they are before anything of one cloud is in them, kept for all clouds of this user, because making one takes most of the time
 * until a first database serves. They may be removed at any time, and are then made again.
 */
import { dirname, join } from "node:path";
import type { Cloud } from "../../cloud.ts";
import { copyTree } from "../copied-folder.ts";

export interface PristineData {
  /** Tells it from what another build or other options make. */
  name: string;
  /** Fills `folder`, which may be there and is then empty, with data in which nobody can log in. */
  make(folder: string): Promise<void>;
}

/** A draft this much older than one that is being made now is of a cloud that was killed. */
const abandonedAfterMs = 3_600_000;
const draftEnding = ".draft-";
const memory = Symbol("postgres shared data");

/** Whether it was finished: it gets its name at the end. */
export const isWhole = (cloud: Cloud, folder: string): Promise<boolean> =>
  cloud.world.disk.files.access(join(folder, "PG_VERSION")).then(
    () => true,
    () => false,
  );

/** Puts a copy in the place of whatever is at `target`; where nothing can be kept, it is made there. */
export async function copySharedData(cloud: Cloud, data: PristineData, target: string): Promise<void> {
  const folder = await prepareSharedData(cloud, data);
  if (folder === undefined) return makeInPlace(cloud, data, target);
  try {
    await copyTree(cloud, folder, target);
  } catch (error) {
    // It may be emptied at any time.
    if (await isWhole(cloud, folder)) throw error;
    await makeShared(cloud, data, folder);
    await copyTree(cloud, folder, target);
  }
}

/** Makes what is to be copied where it is missing. @returns where it lies; `undefined` where nothing can be kept */
export async function prepareSharedData(cloud: Cloud, data: PristineData): Promise<string | undefined> {
  const cache = cloud.world.disk.sharedCache();
  if (cache === undefined) return undefined;
  const folder = join(cache, "postgres", data.name);
  if (await isWhole(cloud, folder)) return folder;
  const making = cloud.memory(memory, () => new Map<string, Promise<void>>());
  const made = making.get(folder) ?? makeShared(cloud, data, folder).finally(() => making.delete(folder));
  making.set(folder, made);
  await made;
  return folder;
}

/** Makes it in the place of whatever is at `target`. */
export async function makeInPlace(cloud: Cloud, data: PristineData, target: string): Promise<void> {
  await cloud.world.disk.files.rm(target, { recursive: true, force: true });
  await data.make(target);
}

/** Several clouds may do so at the same time: each makes its own, and the first one's stays. */
async function makeShared(cloud: Cloud, data: PristineData, folder: string): Promise<void> {
  const { files } = cloud.world.disk;
  await files.mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  // The seed of a simulated world gives several processes the same names; the system does not.
  const draft = await files.mkdtemp(`${folder}${draftEnding}`);
  try {
    await data.make(draft);
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
