/** Everything that `npm test` checks: types, lint, format, unused code, packaging, then every test suite. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { summary, type RunnerReport } from "./test-summary.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const tool = (name: string) => join(root, "node_modules", ".bin", name);

const checks: [name: string, command: string, ...args: string[]][] = [
  ["types", tool("tsc"), "-p", "."],
  ["lint", tool("oxlint"), "."],
  ["format", tool("oxfmt"), "--check", "."],
  ["unused code", tool("knip")],
  ["packaging", process.execPath, "scripts/pack.ts", "--check"],
];

const checked = checks.map(([name, command, ...args]) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name}`);
  if (status !== 0) console.log(error?.message ?? stdout + stderr);
  return { name, passed: status === 0 };
});

const folder = mkdtempSync(join(tmpdir(), "plinth-test-"));
const file = join(folder, "report.json");
const { status } = spawnSync(
  tool("vitest"),
  [
    "run",
    "--reporter=default",
    "--reporter=json",
    "--reporter=./scripts/test-silence.ts",
    `--outputFile.json=${file}`,
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: "inherit",
  },
);
let report: RunnerReport | undefined;
try {
  report = JSON.parse(readFileSync(file, "utf8")) as RunnerReport;
  for (const tested of report.testResults) tested.name = relative(root, tested.name);
} catch {
  // The summary says so.
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const { lines, exitStatus } = summary({ checks: checked, report, status });
console.log(`\n${lines.join("\n")}`);
process.exitCode = exitStatus;
