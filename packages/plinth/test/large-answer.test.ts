/** A pipe takes a large answer piece by piece; none of it is lost when the process ends. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("templates of a whole stage go through a pipe of the shell", () => {
  const program = fileURLToPath(new URL("../bin/plinth.js", import.meta.url));
  const folder = fileURLToPath(new URL("../../../examples/hana", import.meta.url));
  const line = '"$0" "$1" synth --app "$2" --stage prod --json | cat';
  const out = execFileSync("sh", ["-c", line, process.execPath, program, folder], { encoding: "utf8", maxBuffer: 10_000_000 });
  expect(out.length).toBeGreaterThan(2 * 65_536); // more than a pipe holds
  expect(Object.keys(JSON.parse(out) as object)).toContain("hana-prod-compute");
});
