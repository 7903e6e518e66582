/** Finds and reads Plinth's own modules at once: Node's way to them, over links, stats and manifests, takes longer than to compile them. */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * A relative import between files of our packages is the file beside it, with its ending. What such a package imports by name is looked for once,
 * not by each of its files. All else goes Node's way.
 * @param {string[]} folders where the packages' modules lie, as URLs that end in a slash
 */
export function findOwnModules(folders) {
  const named = new Map(folders.map((folder) => [folder, new Map()]));
  const folderOf = (url) => folders.find((folder) => url?.startsWith(folder));
  registerHooks({
    resolve(specifier, context, next) {
      const { parentURL } = context;
      const folder = folderOf(parentURL);
      if (folder === undefined || !context.conditions.includes("import")) return next(specifier, context);
      if (!specifier.startsWith(".")) {
        const known = named.get(folder);
        const found = known.get(specifier) ?? { ...next(specifier, context), shortCircuit: true };
        known.set(specifier, found);
        return found;
      }
      const url = new URL(specifier, parentURL).href;
      if (url.endsWith(".ts")) return { url, format: "module-typescript", shortCircuit: true };
      if (url.endsWith(".js")) return { url, format: "module", shortCircuit: true };
      return next(specifier, context);
    },
    load(url, context, next) {
      const isModule = context.format === "module-typescript" || context.format === "module";
      if (!isModule || folderOf(url) === undefined) return next(url, context);
      return { format: context.format, source: readFileSync(fileURLToPath(url), "utf8"), shortCircuit: true };
    },
  });
}
