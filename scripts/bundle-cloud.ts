/**
 * The published cloud in a large module for each service instead of thirteen hundred small ones, each of which Node has to find, read and link.
 * Nobody imports its modules, so where they lie is its own affair (decision 55).
 */
import { dirname, join, relative } from "node:path";
import { rolldown } from "rolldown";

/** What is started, or resolved, by its path. */
const entries = [
  "index",
  "main",
  "runtime/postgres/pglite/main",
  "runtime/postgres/pglite/make-data",
  "runtime/redis/server/main",
  "runtime/tasks/psql/main",
];

/** @param source the folder of its TypeScript @param target where the modules go; what they read beside them lies there as it does in `source` */
export async function bundleCloud(source: string, target: string): Promise<void> {
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name, `${source}/${name}.ts`])),
    platform: "node",
    external: (id) => !id.startsWith(".") && !id.startsWith("/"),
    plugins: [
      {
        name: "own-place",
        /** A module finds what lies beside it where it was, whatever chunk it is in now. */
        transform(code, id) {
          const place = relative(source, id).replace(/\.ts$/, ".js");
          for (const [, program = ""] of code.matchAll(/ownProgram\("([^"]+)", import\.meta\.url\)/g)) {
            const entry = join(dirname(place), program);
            if (!entries.includes(entry))
              throw new Error(`${place} starts ${entry}, which is not among the entries of scripts/bundle-cloud.ts`);
          }
          return code.includes("import.meta.url")
            ? code.replaceAll("import.meta.url", `new URL(${JSON.stringify(place)}, bundledIn).href`)
            : undefined;
        },
      },
    ],
  });
  await bundle.write({
    dir: target,
    format: "esm",
    chunkFileNames: "[name]-[hash].js",
    intro: ({ fileName }) => `const bundledIn = new URL("./${"../".repeat(fileName.split("/").length - 1)}", import.meta.url);`,
  });
  await bundle.close();
}
