/** Files that plinth writes and people may edit: the first line says which text was written, so that an edit is seen and never lost. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export type Written = "written" | "unchanged" | "updated" | "kept";

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);
const mark = /^# Written by plinth ci init \(([0-9a-f]{16})\): .*\n/;

export const markedText = (text: string) => `# Written by plinth ci init (${hashOf(text)}): written anew by it until you edit it.\n${text}`;

/** `kept`: somebody has edited it, and `force` does not say to write over that. */
export function writeMarked(path: string, text: string, force: boolean): Written {
  const marked = markedText(text);
  if (existsSync(path)) {
    const present = readFileSync(path, "utf8");
    if (present === marked) return "unchanged";
    const [line = "", hash] = mark.exec(present) ?? [];
    if (hash !== hashOf(present.slice(line.length)) && !force) return "kept";
    writeFileSync(path, marked);
    return "updated";
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, marked);
  return "written";
}
