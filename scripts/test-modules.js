/**
 * How the workers of the tests load modules: as Node does for users, compiled once for all of them. Our own files are found at once, and
 * without a word to the runner about each of them, which it would need only to watch them.
 */
import { readdirSync } from "node:fs";
import module from "node:module";
import { afterAll } from "vitest";
import { findOwnModules } from "../packages/cloud/bin/own-modules.js";

module.enableCompileCache();
// The runner ends its workers without leaving them the time for it.
afterAll(() => module.flushCompileCache());

const root = new URL("..", import.meta.url);
const rooms = ["packages", "examples"].flatMap((name) => readdirSync(new URL(`${name}/`, root)).map((room) => `${name}/${room}/`));
const folders = rooms.flatMap((room) => [`${room}src/`, `${room}test/`]);
findOwnModules([...folders, "conformance/", "benchmarks/", "scripts/"].map((folder) => new URL(folder, root).href));

// It imports JSON without saying so, which Node does not take.
module.registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const silent = specifier.endsWith(".json") && context.parentURL?.includes("/@actions/workflow-parser/");
    return silent ? { ...resolved, importAttributes: { type: "json" } } : resolved;
  },
});
