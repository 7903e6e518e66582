/** `npm test` ends with what failed, by name, and a line that counts a failed check as it counts a failed test. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const passing = "#!/bin/sh\n";
const report = {
  numPassedTests: 2,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [
    {
      name: "a.test.ts",
      status: "passed",
      assertionResults: [
        { fullName: "one", status: "passed" },
        { fullName: "two", status: "passed" },
      ],
    },
  ],
};

/** A workspace whose tools are scripts, in which the real script runs. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plinth-npm-test-"));
  mkdirSync(join(folder, "scripts"));
  mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
  for (const name of ["test.ts", "test-summary.ts"]) cpSync(fileURLToPath(new URL(name, import.meta.url)), join(folder, "scripts", name));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "scripts/pack.ts"), "");
  for (const name of ["tsc", "oxlint", "oxfmt", "knip"]) tool(name, passing);
  runner(report);
});
afterEach(() => rmSync(folder, { recursive: true }));

function tool(name: string, script: string): void {
  writeFileSync(join(folder, "node_modules/.bin", name), script, { mode: 0o755 });
}

/** A test runner that writes this report where it is told to. */
function runner(written: object, status = 0): void {
  writeFileSync(join(folder, "written.json"), JSON.stringify(written));
  tool("vitest", `#!/bin/sh\nfor word; do case $word in --outputFile.json=*) cp written.json "\${word#*=}";; esac; done\nexit ${status}\n`);
}

function npmTest(): { status: number | null; closing: string[] } {
  const { status, stdout } = spawnSync(process.execPath, ["scripts/test.ts"], { cwd: folder, encoding: "utf8" });
  return {
    status,
    closing: stdout
      .slice(stdout.lastIndexOf("\n\n") + 2)
      .trimEnd()
      .split("\n"),
  };
}

test("says how many passed, and exits with 0, when nothing failed", () => {
  expect(npmTest()).toEqual({ status: 0, closing: ["2 passed, 0 failed"] });
});

test("counts failed checks among the failed, names them last, and shows what they said", () => {
  tool("oxlint", "#!/bin/sh\necho 'a.ts:3: no-unused-vars'; exit 1\n");
  writeFileSync(join(folder, "scripts/pack.ts"), "process.exit(2);");
  expect(npmTest()).toEqual({ status: 1, closing: ["failed: check: lint", "failed: check: packaging", "2 passed, 2 failed"] });
});

test("counts a check whose tool is not there", () => {
  rmSync(join(folder, "node_modules/.bin/knip"));
  expect(npmTest()).toEqual({ status: 1, closing: ["failed: check: unused code", "2 passed, 1 failed"] });
});

test("names failed tests, and files that failed without a test that did", () => {
  const testResults = [
    {
      name: "a.test.ts",
      status: "failed",
      assertionResults: [
        { fullName: "one", status: "passed" },
        { fullName: "two", status: "failed" },
      ],
    },
    { name: join(folder, "unloadable.test.ts"), status: "failed", assertionResults: [] },
    { name: join(folder, "hook.test.ts"), status: "failed", assertionResults: [{ fullName: "three", status: "skipped" }] },
  ];
  runner({ numPassedTests: 1, numFailedTests: 1, numPendingTests: 1, numTodoTests: 0, testResults }, 1);
  expect(npmTest()).toEqual({
    status: 1,
    closing: [
      "failed: test file: unloadable.test.ts",
      "failed: test file: hook.test.ts",
      "failed: test: a.test.ts: two",
      "1 passed, 3 failed, 1 skipped",
    ],
  });
});

test("counts a run that failed although none of its tests did", () => {
  runner(report, 1);
  expect(npmTest()).toEqual({
    status: 1,
    closing: ["failed: the test run, which ended with 1 though no test failed: see the errors above", "2 passed, 1 failed"],
  });
});

test("counts a runner that wrote no report", () => {
  tool("vitest", "#!/bin/sh\nkill -9 $$\n");
  tool("tsc", "#!/bin/sh\nexit 1\n");
  expect(npmTest()).toEqual({
    status: 1,
    closing: ["failed: check: types", "failed: the test runner, which wrote no report", "0 passed, 2 failed"],
  });
});
