import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "examples/*/test/**/*.test.ts", "conformance/**/*.test.ts", "scripts/**/*.test.ts"],
    // Of the default's half of the processors one would be left on two.
    maxWorkers: 2,
    // It imports JSON without saying so, which Node does not take.
    server: { deps: { inline: [/@actions\/workflow-parser/] } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
