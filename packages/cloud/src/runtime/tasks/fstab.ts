/** Lines of a table of mounts, as `mount -a` reads it (fstab(5)). */
import { readFileSync } from "node:fs";

export interface Binding {
  /** A folder or file on this machine. */
  source: string;
  /** Where it is seen. */
  target: string;
  readOnly: boolean;
}

/** With `whole`, what is mounted below the source is seen below the target, too. */
export function fstabLine({ source, target, readOnly }: Binding, whole = false): string {
  const options = [whole ? "rbind" : "bind", ...(readOnly ? ["ro", ...lockedOptions(source)] : [])];
  return `${escaped(source)} ${escaped(target)} none ${options.join(",")} 0 0\n`;
}

const escaped = (path: string) => path.replace(/[\s\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
const unescaped = (path: string) => path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** What a mount has that an ordinary user cannot take away from it: asked for again, lest making it read-only is refused. */
function lockedOptions(path: string): string[] {
  const below = mounts().filter(({ folder }) => path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`));
  const options = below.toSorted((a, b) => b.folder.length - a.folder.length)[0]?.options ?? [];
  return options.filter((option) => ["nosuid", "nodev", "noexec", "noatime", "nodiratime", "relatime", "nosymfollow"].includes(option));
}

/** What is mounted on this machine, seen by the cloud (proc(5), /proc/[pid]/mountinfo). */
export function mounts(): { folder: string; options: string[] }[] {
  let text: string;
  try {
    text = readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return [];
  }
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" "))
    .map(([, , , , folder = "", options = ""]) => ({ folder: unescaped(folder), options: options.split(",") }));
}
