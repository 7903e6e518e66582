/**
 * One commit for several objects: a commit waits for the disk, so uploads that end at the same time share one. An upload that is alone
 * waits for nobody; among others it waits for at most two milliseconds.
 */
import type { Cloud } from "../../cloud.ts";

interface Group {
  /** Uploads whose content is on its way to the disk. */
  writing: number;
  waiting: { run: () => void; settle: (failure: unknown) => void }[];
  cancel: (() => void) | undefined;
}

const longestWaitMs = 2;
const most = 64;
const memory = Symbol("s3.groupCommit");

/** Writes content, then runs `place` in a transaction with those of others. What `place` throws is its own: it has to throw before it writes. */
export async function writeThenCommit<W, P>(cloud: Cloud, write: () => Promise<W>, place: (written: W) => P): Promise<P> {
  const group = cloud.memory<Group>(memory, () => ({ writing: 0, waiting: [], cancel: undefined }));
  group.writing++;
  let written: W;
  try {
    written = await write();
  } catch (error) {
    group.writing--;
    if (group.writing === 0) commit(cloud, group);
    throw error;
  }
  group.writing--;
  return new Promise<P>((done, fail) => {
    let outcome: () => void = () => {};
    group.waiting.push({
      run() {
        try {
          const placed = place(written);
          outcome = () => done(placed);
        } catch (error) {
          outcome = () => fail(error as Error);
        }
      },
      // The transaction's end decides: none is done before all are on disk.
      settle: (failure) => (failure === undefined ? outcome() : fail(failure as Error)),
    });
    if (group.writing === 0 || group.waiting.length >= most) commit(cloud, group);
    else group.cancel ??= cloud.world.clock.after(longestWaitMs, () => commit(cloud, group));
  });
}

function commit(cloud: Cloud, group: Group): void {
  group.cancel?.();
  group.cancel = undefined;
  const all = group.waiting.splice(0);
  if (all.length === 0) return;
  let failure: unknown;
  try {
    cloud.store.transaction(() => all.forEach(({ run }) => run()));
  } catch (error) {
    failure = error;
  }
  for (const { settle } of all) settle(failure);
}
