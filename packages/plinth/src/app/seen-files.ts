/** Files as they were seen, and whether they are so still. One after the other: hundreds that are read at once take four times the processor. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";

export interface SeenFile {
  /** SHA-256 of what was in it. */
  hash: string;
  /** Where the file system has it and when it was last changed, which spares reading it. Missing when it was changed just before it was seen. */
  stamp?: string;
}

/** File systems tell times in steps of up to two seconds: what is changed twice in one of them bears the same time. */
const timeStepMs = 2000;

export function see(file: string, nowMs: number): SeenFile {
  const { stamp, changedMs } = stampOf(file);
  return { hash: hashOf(file), ...(changedMs < nowMs - timeStepMs && { stamp }) };
}

/** @throws when it is not there */
export const isAsSeen = (file: string, { hash, stamp }: SeenFile): boolean => stampOf(file).stamp === stamp || hashOf(file) === hash;

/** The time of change is the system's own: who sets a file's time of modification back changes it as well. */
function stampOf(file: string): { stamp: string; changedMs: number } {
  const { size, ino, mtimeNs, ctimeNs, ctimeMs } = statSync(file, { bigint: true });
  return { stamp: [size, ino, mtimeNs, ctimeNs].join(" "), changedMs: Number(ctimeMs) };
}

const hashOf = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("base64url");
