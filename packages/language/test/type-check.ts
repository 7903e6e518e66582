/** Runs the TypeScript compiler, as a process, on files that a test wrote: what it says is what a user's editor says. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const language = path.join(root, "packages/language/src/index.ts");

/** One error: its first line is what tsc says first, its last line the reason at the bottom of the chain. */
export interface TypeError {
  readonly code: string;
  readonly lines: readonly string[];
}

/** Type-checks each text as a file of its own; answers the errors of each. */
export function typeCheck(texts: Readonly<Record<string, string>>): Record<string, TypeError[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "plinth-types-"));
  try {
    for (const [name, text] of Object.entries(texts)) writeFileSync(path.join(folder, `${name}.ts`), text);
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(
      path.join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: path.join(root, "tsconfig.json"),
        compilerOptions: {
          paths: { plinth: [language], "@plinth/language": [language] },
          typeRoots: [path.join(root, "node_modules/@types")],
          noUnusedLocals: false,
        },
        include: ["*.ts"],
      }),
    );
    const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
    const { stdout, stderr } = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { encoding: "utf8" });
    const errors: Record<string, TypeError[]> = Object.fromEntries(Object.keys(texts).map((name) => [name, []]));
    let current: { code: string; lines: string[] } | undefined;
    for (const line of (stdout + stderr).split("\n")) {
      const first = /^(?:.*\/)?([^/(]+)\.ts\(\d+,\d+\): error (TS\d+): (.*)$/.exec(line);
      if (first) {
        current = { code: first[2]!, lines: [first[3]!] };
        const list = errors[first[1]!];
        if (!list) throw new Error(`an error outside the tested files: ${line}`);
        list.push(current);
      } else if (line.startsWith("  ")) current?.lines.push(line.trim());
      else if (line !== "") throw new Error(`tsc says: ${line}`);
    }
    return errors;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
