/** Small contents that were read of late, kept in memory by the names of their files. A file never changes, so none is ever out of date. */
import type { Cloud } from "../../cloud.ts";

/** Of one content. Larger ones stream from the disk. */
export const largestKeptBytes = 1024 ** 2;
/** Of all. */
const keptBytes = 32 * 1024 ** 2;

interface Cache {
  /** The one that was used longest ago comes first. */
  contents: Map<string, Buffer>;
  sizeBytes: number;
}

const memory = Symbol("s3.contents");
const held = (cloud: Cloud) => cloud.memory<Cache>(memory, () => ({ contents: new Map(), sizeBytes: 0 }));

export function keptContent(cloud: Cloud, id: string): Buffer | undefined {
  const { contents } = held(cloud);
  const found = contents.get(id);
  if (found) {
    contents.delete(id);
    contents.set(id, found);
  }
  return found;
}

export function keepContent(cloud: Cloud, id: string, content: Buffer): void {
  forgetContent(cloud, id);
  const cache = held(cloud);
  cache.contents.set(id, content);
  cache.sizeBytes += content.length;
  for (const oldest of cache.contents.keys()) {
    if (cache.sizeBytes <= keptBytes) return;
    forgetContent(cloud, oldest);
  }
}

export function forgetContent(cloud: Cloud, id: string): void {
  const cache = held(cloud);
  cache.sizeBytes -= cache.contents.get(id)?.length ?? 0;
  cache.contents.delete(id);
}
