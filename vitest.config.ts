import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The fault matrices have commands of their own: npm run test:faults, npm run test:faults:lab.
    exclude: [...configDefaults.exclude, 'test/faults/**', 'test/faults-lab/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
