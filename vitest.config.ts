import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./scripts/test-order.ts";

const all = ["packages/*/test/**/*.test.ts", "examples/*/test/**/*.test.ts", "conformance/**/*.test.ts", "scripts/**/*.test.ts"];
/** Files that share their workers, so that the modules of the cloud are loaded once for many of them: quick ones, which leave nothing behind. */
const together = [
  "packages/{cloudformation,data-channel,deployer,language,policy,pricing}/test/**/*.test.ts",
  "packages/compiler/test/!(lint).test.ts",
  "packages/plinth/test/{plan-text,price-change,reach-text,seen-files,status-text,terminal}.test.ts",
  "packages/cloud/test/{cloudformation,identity,runtime/firewall}/**/*.test.ts",
  "packages/cloud/test/services/!(rds)/**/*.test.ts",
  "packages/cloud/test/wire/**/*.test.ts",
];

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: "apart", include: all, exclude: ["**/node_modules/**", ...together] } },
      { extends: true, test: { name: "together", include: together, isolate: false } },
    ],
    // Twice the processors that CI has: many files wait for what they have started.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // What tests write need not outlive a power cut: the clouds that their commands start do not wait for the disk.
    env: { PLINTH_UNSYNCED: "1", NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/plinth-compiled", import.meta.url)) },
    globalSetup: ["scripts/test-folder.ts"],
    // Modules are loaded by Node itself, as for users.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    setupFiles: ["scripts/test-modules.js"],
    // Limits for what hangs, not for what is slow: they hold on a machine ten times slower, too.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
