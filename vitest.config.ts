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
    // One more than the cores of the smallest machine that this runs on, as tests of guards mostly wait; beside the kernels of the lab there is no room for it.
    maxWorkers: process.env.PROVISION_LAB === 'require' ? 2 : 3,
  },
});
