import { closeSync, openSync, readFileSync, rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { reportingConsole } from "../src/reports.ts";

test("a report goes to its file at once", () => {
  const folder = mkdtempSync(join(tmpdir(), "plinth-reports-"));
  const file = openSync(join(folder, "log"), "a");
  const { error } = reportingConsole(file);
  error("first:", new TypeError("x").message);
  error("second");
  expect(readFileSync(join(folder, "log"), "utf8")).toBe("first: x\nsecond\n");
  closeSync(file);
  rmSync(folder, { recursive: true });
});

test.skipIf(process.platform !== "linux")("on a full disk it is given up, without another error", async () => {
  const full = openSync("/dev/full", "w");
  const unseen: unknown[] = [];
  const note = (error: unknown) => void unseen.push(error);
  process.on("uncaughtException", note);
  for (let count = 0; count < 3; count++) reportingConsole(full).error("lost");
  await new Promise((done) => setImmediate(done));
  process.off("uncaughtException", note);
  expect(unseen).toEqual([]);
  closeSync(full);
});
