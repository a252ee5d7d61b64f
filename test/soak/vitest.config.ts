import { defineConfig } from "vitest/config";

/** What takes minutes: scripts/faults.mjs and scripts/kill.mjs name the file. */
export default defineConfig({
  test: {
    include: ["test/soak/**/*.test.ts"],
    testTimeout: 600_000,
    hookTimeout: 120_000,
    maxConcurrency: 32,
    env: { NO_COLOR: "1" },
  },
});
