/** Everything that `npm test` checks: types, lint, format, unused code, packaging, then every test suite. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const tool = (name: string) => join(root, "node_modules", ".bin", name);

const checks: [name: string, command: string, ...args: string[]][] = [
  ["types", tool("tsc"), "-p", "."],
  ["lint", tool("oxlint"), "."],
  ["format", tool("oxfmt"), "--check", "."],
  ["unused code", tool("knip")],
  ["packaging", process.execPath, "scripts/pack.ts", "--check"],
];

const failed = checks.filter(([name, command, ...args]) => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name}`);
  if (status !== 0) console.log(stdout + stderr);
  return status !== 0;
});

const folder = mkdtempSync(join(tmpdir(), "plinth-test-"));
const report = join(folder, "report.json");
const { status } = spawnSync(
  tool("vitest"),
  ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: "inherit",
  },
);
let counts: {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: unknown[] }[];
};
try {
  counts = JSON.parse(readFileSync(report, "utf8"));
} catch {
  console.error("the test runner wrote no report");
  process.exit(1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
// A file that cannot be loaded has no tests to fail: it counts as one that failed.
const unloadable = counts.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
if (failed.length > 0) console.log(`\nfailed before the tests: ${failed.map(([name]) => name).join(", ")}`);
const skipped = counts.numPendingTests + counts.numTodoTests;
console.log(`\n${counts.numPassedTests} passed, ${counts.numFailedTests + unloadable} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(failed.length > 0 || status !== 0 ? 1 : 0);
