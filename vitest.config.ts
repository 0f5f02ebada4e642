import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What takes long has commands of its own: npm run test:diagnose, test:faults, test:updater, and the :lab ones of routing, diagnose, faults, updater and adopt.
    exclude: [
      ...configDefaults.exclude,
      'test/diagnose/**',
      'test/faults/**',
      'test/faults-lab/**',
      'test/updater/**',
      'test/updater-lab/**',
      'test/adopt-lab/**',
      'test/routing-lab/**',
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One more than the cores of the smallest machine that this runs on: tests of guards mostly wait.
    maxWorkers: 3,
  },
});
