import { defineConfig } from "vitest/config";

/** The suite that needs Python beside it: scripts/cross.mjs says where that is. */
export default defineConfig({
  test: {
    include: ["test/cross/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    env: { NO_COLOR: "1" },
  },
});
