import { defineConfig } from "vitest/config";

/** The suite that needs a real S3 server: scripts/s3.mjs finds or starts it. */
export default defineConfig({
  test: {
    include: ["test/s3/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    env: { NO_COLOR: "1" },
  },
});
