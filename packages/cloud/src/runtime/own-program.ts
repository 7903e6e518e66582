/** Programs of ours that run as processes of their own: TypeScript in the checkout, JavaScript as published. */
import { fileURLToPath } from "node:url";

/** The file of the program `path` (without its ending), beside the module whose `import.meta.url` is `from`. */
export function ownProgram(path: string, from: string): string {
  return fileURLToPath(new URL(`${path}${from.endsWith(".ts") ? ".ts" : ".js"}`, from));
}
