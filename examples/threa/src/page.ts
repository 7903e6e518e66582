/** The page's files, read once. */
import { readFile } from "node:fs/promises";

const files: Record<string, { name: string; type: string }> = {
  "/": { name: "index.html", type: "text/html; charset=utf-8" },
  "/threa.js": { name: "threa.js", type: "text/javascript; charset=utf-8" },
  "/threa.css": { name: "threa.css", type: "text/css; charset=utf-8" },
};
const read = new Map<string, Promise<Buffer>>();

export async function page(path: string): Promise<{ type: string; body: Buffer } | undefined> {
  const file = Object.hasOwn(files, path) ? files[path] : undefined;
  if (!file) return undefined;
  if (!read.has(file.name)) read.set(file.name, readFile(new URL(`../public/${file.name}`, import.meta.url)));
  return { type: file.type, body: await read.get(file.name)! };
}
