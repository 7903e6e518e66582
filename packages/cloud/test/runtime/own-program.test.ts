/** Where a program of ours lies, in the checkout and as published. */
import { expect, test } from "vitest";
import { ownProgram } from "../../src/runtime/own-program.ts";

test.each([
  ["file:///cloud/src/runtime/tasks/postgres-tools.ts", "/cloud/src/runtime/tasks/psql/main.ts"],
  ["file:///cloud/dist/runtime/tasks/postgres-tools.js", "/cloud/dist/runtime/tasks/psql/main.js"],
  ["file:///a%20b/dist/runtime/tasks/postgres-tools.js", "/a b/dist/runtime/tasks/psql/main.js"],
])("beside %s", (from, expected) => expect(ownProgram("./psql/main", from)).toBe(expected));
