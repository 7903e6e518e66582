/** Builds what is published, into `dist/<package>/`: JavaScript with declarations, and a manifest that points to it. `--check` looks it over with publint. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { bundleCloud } from "./bundle-cloud.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const built = (path: string) => path.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, ".js");

const packages = readdirSync(join(root, "packages")).filter((name) => existsSync(join(root, "packages", name, "package.json")));
rmSync(join(root, "dist"), { recursive: true, force: true });

compile(packages.filter((name) => name !== "cloud"));

let faults = 0;
for (const name of packages) {
  const source = join(root, "packages", name);
  const target = join(root, "dist", name);
  mkdirSync(target, { recursive: true });
  if (name === "cloud") await bundleCloud(join(source, "src"), join(target, "dist"));
  // What is not TypeScript (schemas, scripts that run in tasks) lies beside the code, as in the source; templates that test a rule stay here.
  cpSync(join(source, "src"), join(target, "dist"), { recursive: true, filter: (path) => !/\.(?:ts|md|(?:pass|fail)\.yaml)$/.test(path) });
  if (existsSync(join(source, "bin"))) {
    for (const file of readdirSync(join(source, "bin"))) {
      mkdirSync(join(target, "bin"), { recursive: true });
      const text = readFileSync(join(source, "bin", file), "utf8").replace(/\.\.\/src\/([\w/-]+)\.ts/g, "../dist/$1.js");
      writeFileSync(join(target, "bin", file), text, { mode: 0o755 });
    }
  }
  for (const file of ["LICENSE", "README.md"]) cpSync(join(root, file), join(target, file));
  const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as Record<string, unknown>;
  const exports = Object.entries((manifest.exports ?? {}) as Record<string, string>);
  // What is exported as it is (a schema) lies at the package's root.
  const asTheyAre = exports.map(([, path]) => path).filter((path) => !path.startsWith("./src/"));
  for (const path of asTheyAre) cpSync(join(source, path), join(target, path));
  manifest.exports = Object.fromEntries(
    exports.map(([key, path]) => {
      if (name === "cloud" || asTheyAre.includes(path)) return [key, built(path)];
      return [key, { types: built(path).replace(/\.js$/, ".d.ts"), default: built(path) }];
    }),
  );
  manifest.files = ["dist", "bin", ...asTheyAre];
  manifest.engines = { node: ">=20" };
  delete manifest.devDependencies;
  writeFileSync(join(target, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  if (!process.argv.includes("--check")) continue;
  // All that lies there is published: npm need not be asked what it would pack.
  const { messages } = await publint({ pkgDir: target, pack: false, level: "warning", strict: true });
  for (const message of messages) console.error(`${name}: ${formatMessage(message, manifest)}`);
  faults += messages.length;
}
process.exitCode = faults > 0 ? 1 : 0;

/** JavaScript and declarations, module by module, of all in one go: what they import is read once. */
function compile(names: readonly string[]): void {
  const compiled = join(root, "dist", "compiled");
  const settings = join(root, "dist", "tsconfig.json");
  mkdirSync(compiled, { recursive: true });
  writeFileSync(
    settings,
    JSON.stringify({
      extends: "../tsconfig.json",
      compilerOptions: {
        noEmit: false,
        // Types are the check before this one (`tsc -p .`, which takes in all of these files); here they are only written down.
        noCheck: true,
        declaration: true,
        rewriteRelativeImportExtensions: true,
        rootDir: join(root, "packages"),
        outDir: compiled,
      },
      include: names.map((name) => join(root, "packages", name, "src")),
      exclude: [],
    }),
  );
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", settings], { stdio: "inherit" });
  rmSync(settings);
  for (const name of names) {
    mkdirSync(join(root, "dist", name), { recursive: true });
    renameSync(join(compiled, name, "src"), join(root, "dist", name, "dist"));
  }
  rmSync(compiled, { recursive: true });
}
