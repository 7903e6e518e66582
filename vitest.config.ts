import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "examples/*/test/**/*.test.ts", "conformance/**/*.test.ts", "scripts/**/*.test.ts"],
    // Of the default's half of the processors one would be left on two.
    maxWorkers: 2,
    // What tests write need not outlive a power cut: the clouds that their commands start do not wait for the disk.
    env: { PLINTH_UNSYNCED: "1" },
    // It imports JSON without saying so, which Node does not take.
    server: { deps: { inline: [/@actions\/workflow-parser/] } },
    // Limits for what hangs, not for what is slow: they hold on a machine ten times slower, too.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
