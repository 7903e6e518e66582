/** The newest commits of each repository as they were last asked for, in Redis, until somebody pushes. Without Redis nothing is kept. */
import { log, reasonOf } from "./log.ts";
import type { Commit } from "./git.ts";

export interface CommitCache {
  /** What is kept, else what `read` says, which is kept from then on. */
  of(name: string, limit: number, read: () => Promise<Commit[]>): Promise<Commit[]>;
  /** Somebody has pushed. */
  forget(name: string): Promise<void>;
  end(): void;
}

/** Another copy may have read just before a push, and keep what it read just after: so long at most that is shown. */
const keptSeconds = 60;

export const noCache: CommitCache = { of: (_, __, read) => read(), forget: async () => {}, end: () => {} };

export async function openCommitCache(url: string): Promise<CommitCache> {
  const { Redis } = await import("ioredis");
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  redis.on("error", (error: Error) => log("WARN", `the cache: ${error.message}`));
  const keyOf = (name: string) => `commits:${name}`;
  // A cache that does not answer makes nothing wrong, only slower.
  const tried = async <T>(work: Promise<T>): Promise<T | undefined> =>
    work.catch((error: unknown) => void log("WARN", `the cache: ${reasonOf(error)}`));
  return {
    async of(name, limit, read) {
      const kept = await tried(redis.hget(keyOf(name), String(limit)));
      if (kept) return JSON.parse(kept) as Commit[];
      const commits = await read();
      await tried(redis.multi().hset(keyOf(name), String(limit), JSON.stringify(commits)).expire(keyOf(name), keptSeconds).exec());
      return commits;
    },
    async forget(name) {
      await tried(redis.del(keyOf(name)));
    },
    end: () => redis.disconnect(),
  };
}
