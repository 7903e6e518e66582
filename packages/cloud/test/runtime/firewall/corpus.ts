/** The corpus: attacks and harmless texts. The fingerprints were derived with one part of it, and are judged by the other. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export type CorpusName = "sqli" | "xss" | "harmless";

export interface Corpus {
  derived: string[];
  heldOut: string[];
}

/** As byte strings, which is what firewalls read. Attacks are halved by their hash; harmless texts to judge by have a file of their own. */
export function corpus(name: CorpusName): Corpus {
  if (name === "harmless") return { derived: lines("harmless"), heldOut: lines("harmless-held-out") };
  const half = (which: number) =>
    lines(name)
      .filter((line) => createHash("sha256").update(line).digest()[0]! % 2 === which)
      .map(unescaped);
  return { derived: half(0), heldOut: half(1) };
}

function lines(file: string): string[] {
  return readFileSync(new URL(`corpus/${file}.txt`, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#!"))
    .map((line) => Buffer.from(line, "utf8").toString("latin1"));
}

/** Attacks write white space and control characters as escapes. */
function unescaped(line: string): string {
  return line
    .replaceAll(/\\([nrt0])/gu, (_, letter: string) => ({ n: "\n", r: "\r", t: "\t", "0": "\0" })[letter]!)
    .replaceAll(/\\x([0-9a-f]{2})/gu, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
