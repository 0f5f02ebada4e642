import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What takes long has commands of its own: npm run test:faults, npm run test:faults:lab, npm run test:updater.
    exclude: [...configDefaults.exclude, 'test/faults/**', 'test/faults-lab/**', 'test/updater/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
