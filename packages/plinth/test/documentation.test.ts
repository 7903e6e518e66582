import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commands } from "../src/commands/index.ts";
import { exitCode } from "../src/exit-code.ts";

const page = readFileSync(new URL("../../../docs/commands.md", import.meta.url), "utf8");

test("docs/commands.md has every command, in order, with its own options", async () => {
  const rows = [...page.matchAll(/^\| `plinth ((?:[a-z]+ ?)+)(.*?)` \|/gm)];
  expect(rows.map(([, name]) => name!.trim())).toEqual(Object.keys(commands));
  for (const [, name, rest] of rows) {
    const { command } = await commands[name!.trim()]!();
    const options = (command.options ?? []).map(({ flags }) => flags.split(" ")[0]);
    expect(rest!.match(/--[a-z-]+/g) ?? []).toEqual(options);
  }
});

test("and every exit code", () => {
  const codes = [...page.slice(page.indexOf("## Exit codes")).matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  expect(codes).toEqual(Object.values(exitCode));
});
