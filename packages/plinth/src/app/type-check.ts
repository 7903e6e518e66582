/**
 * The type check of plinth.config.ts by TypeScript's own binary, beside the compile. When the files that it read are as they
 * were at the last check without an error, it is not run again.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { makeOwnFolder, ownFolder } from "./own-folder.ts";
import { isAsSeen, see, type SeenFile } from "./seen-files.ts";

export interface TypeFault {
  /** `plinth.config.ts:7` */
  source: string;
  /** What is declared there, where it can be told: `web`. */
  key?: string;
  /** The last line of TypeScript's chain: the sentence that says it. */
  message: string;
  /** `TS2322` */
  code: string;
}

const options = (
  "--noEmit --pretty false --strict --skipLibCheck --target es2024 --lib es2024 --module nodenext --moduleResolution nodenext " +
  "--allowImportingTsExtensions --erasableSyntaxOnly --ignoreConfig --listFiles"
).split(" ");

/** The faults of the file, in its order; empty when it type-checks. @throws when TypeScript is not installed. */
export async function typeCheck(config: string, appFolder: string): Promise<TypeFault[]> {
  const cacheFile = join(ownFolder(appFolder), "type-check.json");
  const executable = typescriptExecutable(config);
  const folder = dirname(config);
  const types =
    existsSync(join(folder, "node_modules/@types/node")) || canResolve(config, "@types/node/package.json") ? ["--types", "node"] : [];
  const salt = [executable, ...options, ...types].join(" ");
  if (isAsBefore(cacheFile, salt)) return [];
  const output = await run(executable, [...options, ...types, config], folder);
  const { faults: all, files } = readOutput(output, folder);
  const faults = all.filter(({ file }) => !isForeign(file));
  const named = await Promise.all(faults.map(async ({ file, line, ...fault }) => withKey(fault, file, line)));
  // Where it cannot be kept (a read-only folder, a full disk) the next check only takes longer.
  if (faults.length === 0) await remember(appFolder, cacheFile, salt, files).catch(() => undefined);
  return named;
}

function typescriptExecutable(config: string): string {
  const name = `@typescript/typescript-${process.platform}-${process.arch}/package.json`;
  for (const from of [import.meta.url, config]) {
    try {
      const typescript = createRequire(from).resolve("typescript/package.json");
      const found = createRequire(typescript).resolve(name);
      return join(dirname(found), "lib", process.platform === "win32" ? "tsc.exe" : "tsc");
    } catch {
      // not from there
    }
  }
  throw new Error(
    `TypeScript 7 is not installed for ${process.platform}-${process.arch}: the app cannot be type-checked. npm install typescript@7`,
  );
}

function canResolve(from: string, name: string): boolean {
  try {
    createRequire(from).resolve(name);
    return true;
  } catch {
    return false;
  }
}

async function run(executable: string, args: string[], cwd: string): Promise<string> {
  const child = spawn(executable, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on("error", reject);
  child.on("close", resolve);
  const code = await promise;
  // 0: sound, 1 and 2: with errors, which the output has. Anything else is no answer.
  if (code !== 0 && code !== 1 && code !== 2) throw new Error(`TypeScript ended with ${code}: ${output.slice(0, 500)}`);
  return output;
}

/** Faults in packages, Plinth's own among them, are not the app's: as when the app has no types of Node, which they would need. */
function isForeign(file: string): boolean {
  return file.includes("/node_modules/") || ownPackages().some((folder) => file.startsWith(folder));
}

function ownPackages(): string[] {
  const require = createRequire(import.meta.url);
  const names = ["@plinth/language", "@plinth/cloudformation", "@plinth/compiler"];
  return [...names.map((name) => dirname(require.resolve(name))), join(import.meta.dirname, "..")].map(
    (folder) => `${realpathSync(folder)}/`,
  );
}

interface RawFault extends TypeFault {
  file: string;
  line: number;
}

/** `file(line,column): error TS2322: …`, indented lines that go on, and by --listFiles the files that were read. */
function readOutput(output: string, folder: string): { faults: RawFault[]; files: string[] } {
  const faults: RawFault[] = [];
  const files: string[] = [];
  for (const text of output.split(/\r?\n/)) {
    const [, file, line, code, message] = /^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/.exec(text) ?? [];
    if (file !== undefined && code !== undefined) {
      const absolute = join(folder, file);
      faults.push({ file: absolute, line: Number(line), source: `${relative(folder, absolute)}:${line}`, code, message: message ?? "" });
    } else if (/^\s+\S/.test(text) && faults.length > 0) faults.at(-1)!.message = text.trim();
    else if (/^error TS\d+: /.test(text)) {
      const [, bare = "", rest = text] = /^error (TS\d+): (.*)$/.exec(text) ?? [];
      faults.push({ file: "", line: 0, source: "plinth.config.ts", code: bare, message: rest });
    } else if (/^(\/|[A-Za-z]:)/.test(text)) files.push(text);
  }
  return { faults, files };
}

/** The name that is declared at, or last before, the line: `const web = service({`. */
async function withKey(fault: TypeFault, file: string, line: number): Promise<TypeFault> {
  if (file === "") return fault;
  const lines = (await readFile(file, "utf8")).split("\n").slice(0, line);
  for (const text of lines.toReversed()) {
    const [, name] = /^\s*(?:export\s+)?(?:const|let)\s+(\w+)\s*=/.exec(text) ?? [];
    if (name !== undefined) return { ...fault, key: name };
    if (/^\s*(export\s+(default\s+)?)?(async\s+)?(function|app)\b/.test(text) || /=>\s*\{\s*$/.test(text)) break;
  }
  return fault;
}

type Remembered = { salt: string; seen: Record<string, SeenFile> };

function isAsBefore(cacheFile: string, salt: string): boolean {
  try {
    const before = JSON.parse(readFileSync(cacheFile, "utf8")) as Remembered;
    return before.salt === salt && Object.entries(before.seen).every(([file, seen]) => isAsSeen(file, seen));
  } catch {
    return false; // never checked, a file is gone, or the note is torn: check again
  }
}

/** TypeScript's own libraries change only with it, and its path is in the salt. */
async function remember(appFolder: string, cacheFile: string, salt: string, files: readonly string[]): Promise<void> {
  const own = files.filter((file) => !/\/typescript-[^/]+\/lib\/lib\.[^/]*\.d\.ts$/.test(file));
  const seen = Object.fromEntries(own.map((file) => [file, see(file, Date.now())]));
  makeOwnFolder(appFolder);
  const temporary = `${cacheFile}.${process.pid}`;
  try {
    await writeFile(temporary, JSON.stringify({ salt, seen } satisfies Remembered));
    await rename(temporary, cacheFile);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
