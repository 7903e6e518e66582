/** Loaded by the programs that tests start (NODE_OPTIONS): the cloud's one takes its modules as published (published-cloud.ts) instead of from the sources. */
const { registerHooks } = require("node:module");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

const program = pathToFileURL(join(__dirname, "../packages/cloud/bin/plinth-cloud.js")).href;
const folder = process.env.PLINTH_TEST_CLOUD;

// Older Nodes have no such hooks: they only start a newer one.
if (folder && registerHooks) {
  const url = pathToFileURL(join(folder, "main.js")).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "../src/main.ts" && context.parentURL === program
        ? { url, format: "module", shortCircuit: true }
        : next(specifier, context),
  });
}
