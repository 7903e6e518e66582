/** The page's files, read once. */
import { readFile } from "node:fs/promises";

const types: Record<string, string> = {
  "index.html": "text/html; charset=utf-8",
  "hana.js": "text/javascript; charset=utf-8",
  "hana.css": "text/css; charset=utf-8",
};
const read = new Map<string, Promise<Buffer>>();

/** `name` is what stands behind `/api/`. */
export async function page(name: string): Promise<{ type: string; body: Buffer } | undefined> {
  const file = name === "" ? "index.html" : name;
  const type = Object.hasOwn(types, file) ? types[file] : undefined;
  if (type === undefined) return undefined;
  if (!read.has(file)) read.set(file, readFile(new URL(`../public/${file}`, import.meta.url)));
  return { type, body: await read.get(file)! };
}
