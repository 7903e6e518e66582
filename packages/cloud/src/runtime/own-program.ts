/** Programs of ours that run as processes of their own: TypeScript in the checkout, JavaScript as published. */
import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The file of the program `path` (without its ending), beside the module whose `import.meta.url` is `from`. */
export function ownProgram(path: string, from: string): string {
  return fileURLToPath(new URL(`${path}${from.endsWith(".ts") ? ".ts" : ".js"}`, from));
}

/** What such a program has in its environment so that it keeps its compiled modules where this process keeps its own: it starts in half the time. */
export function compiledOnce(): { NODE_COMPILE_CACHE?: string } {
  // Node appends its version to the folder that it is given.
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}
