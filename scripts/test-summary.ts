/** What `npm test` says at its very end: what failed, by name, and one line that counts the tests, and among the failed the checks before them, too. */

/** The part of the runner's report (`--reporter=json`) that is counted. */
export interface RunnerReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; assertionResults: { fullName: string; status: string }[] }[];
}

export interface Run {
  checks: { name: string; passed: boolean }[];
  /** Absent where the runner ended before it wrote one. */
  report: RunnerReport | undefined;
  /** The runner's exit status; `null` where a signal ended it. */
  status: number | null;
}

/** The closing lines, and the status to exit with: 0 only where nothing has failed. */
export function summary({ checks, report, status }: Run): { lines: string[]; exitStatus: 0 | 1 } {
  const failedChecks = checks.filter(({ passed }) => !passed).map(({ name }) => `check: ${name}`);
  const files = report?.testResults ?? [];
  // A file that cannot be loaded has no tests to fail: it counts as one that failed.
  const unloadable = files.filter((file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"));
  const failedTests = files.flatMap((file) =>
    file.assertionResults.filter((test) => test.status === "failed").map((test) => `test: ${file.name}: ${test.fullName}`),
  );
  const failed = [...failedChecks, ...unloadable.map(({ name }) => `test file: ${name}`), ...failedTests];
  if (report === undefined) failed.push("the test runner, which wrote no report");
  // Errors that no test waited for (an unhandled rejection) fail the run alone.
  else if (status !== 0 && failed.length === failedChecks.length) {
    failed.push(`the test run, which ended with ${status ?? "a signal"} though no test failed: see the errors above`);
  }
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  const counts = `${report?.numPassedTests ?? 0} passed, ${failed.length} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  return {
    lines: [...failed.map((what) => `failed: ${what}`), counts],
    exitStatus: failed.length > 0 ? 1 : 0,
  };
}
