import { defineConfig } from 'vitest/config';

export default defineConfig({
  // One file at a time and everything printed: the figures are half of what this is for.
  test: { include: ['test/updater/**/*.test.ts'], testTimeout: 900_000, hookTimeout: 60_000, maxWorkers: 1, disableConsoleIntercept: true },
});
