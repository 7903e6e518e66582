/** Apps in AWS CDK (`cdk/`): installed and compiled when they are first measured, outside the workspaces. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { node, root, wallMs } from "../measure.ts";

const folder = join(root, "benchmarks/peers/cdk");

/** That of examples/hana. */
export const cdkApp = join(folder, "app.ts");

/** As teams run it: CommonJS, compiled beforehand. @returns the program that synthesizes. */
export async function prepareCdk(name: "app" | "large" = "app"): Promise<string> {
  if (!existsSync(join(folder, "node_modules/aws-cdk-lib"))) {
    console.error("  installing aws-cdk-lib …");
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
  }
  const program = join(folder, `dist/${name}.js`);
  if (!existsSync(program) || statSync(program).mtimeMs < statSync(join(folder, `${name}.ts`)).mtimeMs) {
    await run(node, [compiler, `${name}.ts`, ...compilerOptions, "--outDir", "dist"]);
  }
  return program;
}

const compiler = join(root, "node_modules/typescript/bin/tsc");
const compilerOptions = ["--ignoreConfig", "--module", "nodenext", "--target", "es2023", "--skipLibCheck", "--strict", "--types", ""];

/** The type check of the app, which comes before each synthesis of a changed one. */
export const checkCdk = (): Promise<number> => wallMs([compiler, "app.ts", ...compilerOptions, "--noEmit"], { cwd: folder });

/** One synthesis in a process of its own, without CDK's command and without its validation of templates. */
export async function synthesizeCdk(program: string, ...args: string[]): Promise<number> {
  const out = mkdtempSync(join(tmpdir(), "plinth-cdk-"));
  try {
    return await wallMs([program, ...args], { cwd: folder, env: { ...process.env, CDK_OUTDIR: out, CDK_VALIDATION: "false" } });
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${program} ${args[0]} ended with ${code}`);
}
