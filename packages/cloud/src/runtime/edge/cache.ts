/** What a distribution keeps of answers, in memory: the least lately asked for goes first. A restart of the cloud begins with an empty one. */
import type { Header } from "./request.ts";

export interface Kept {
  status: number;
  headers: readonly Header[];
  body: Buffer;
  /** When it was fetched, and until when it is fresh. */
  storedMs: number;
  freshUntilMs: number;
}

export interface EdgeCache {
  /** Also what is no longer fresh. */
  get(key: string): Kept | undefined;
  put(key: string, kept: Kept): void;
  /** Forgets what lies under paths as `/images/*`; a query belongs to the path. */
  invalidate(patterns: readonly string[]): void;
  clear(): void;
  readonly sizeBytes: number;
}

/** Larger ones pass through. */
export const largestKeptBytes = 32 * 1024 * 1024;
const capacityBytes = 256 * 1024 * 1024;
/** Of an entry beside its body: roughly its headers and key. */
const entryBytes = 1024;

export function edgeCache(limitBytes = capacityBytes): EdgeCache {
  const entries = new Map<string, Kept>();
  let sizeBytes = 0;
  const remove = (key: string) => {
    const found = entries.get(key);
    if (!found) return;
    entries.delete(key);
    sizeBytes -= found.body.length + entryBytes;
  };
  return {
    get(key) {
      const found = entries.get(key);
      if (!found) return undefined;
      // A Map keeps the order in which its keys came: what is asked for goes to the end.
      entries.delete(key);
      entries.set(key, found);
      return found;
    },
    put(key, kept) {
      remove(key);
      entries.set(key, kept);
      sizeBytes += kept.body.length + entryBytes;
      for (const oldest of entries.keys()) {
        if (sizeBytes <= limitBytes) return;
        remove(oldest);
      }
    },
    invalidate(patterns) {
      const matchers = patterns.map(invalidationMatcher);
      for (const key of entries.keys()) {
        const [path = "", , query = ""] = key.split("\n");
        const subject = query === "" ? path : `${path}?${query}`;
        if (matchers.some((matcher) => matcher.test(subject))) remove(key);
      }
    },
    clear() {
      entries.clear();
      sizeBytes = 0;
    },
    get sizeBytes() {
      return sizeBytes;
    },
  };
}

/** Only `*` stands for others (CloudFront Developer Guide, "Specify the files to invalidate"). */
function invalidationMatcher(pattern: string): RegExp {
  const text = pattern.startsWith("/") ? pattern : `/${pattern}`;
  return new RegExp(`^${text.replaceAll(/[.+^${}()|[\]\\?]/g, String.raw`\$&`).replaceAll("*", ".*")}$`, "s");
}
