/** What the worker finds out about a file: its size and digest, and of text its lines and words. */
import { createHash } from "node:crypto";

export interface Reading {
  sizeBytes: number;
  sha256: string;
  lines?: number;
  words?: number;
}

export async function readFile(bytes: AsyncIterable<Uint8Array>, type: string): Promise<Reading> {
  const digest = createHash("sha256");
  const text = type.startsWith("text/") ? counter() : undefined;
  let sizeBytes = 0;
  for await (const part of bytes) {
    sizeBytes += part.byteLength;
    digest.update(part);
    text?.take(part);
  }
  return { sizeBytes, sha256: digest.digest("hex"), ...text?.counts() };
}

/** Counts over parts that are cut anywhere. */
function counter() {
  const decoder = new TextDecoder();
  let [lines, words, inWord, last] = [0, 0, false, ""];
  const look = (text: string) => {
    for (const character of text) {
      const space = /\s/u.test(character);
      if (!space && !inWord) words++;
      inWord = !space;
      if (character === "\n") lines++;
      last = character;
    }
  };
  return {
    take: (bytes: Uint8Array) => look(decoder.decode(bytes, { stream: true })),
    counts() {
      look(decoder.decode());
      return { lines: last === "" || last === "\n" ? lines : lines + 1, words };
    },
  };
}
