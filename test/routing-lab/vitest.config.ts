import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/routing-lab/**/*.test.ts'], reporters: ['verbose'], maxWorkers: 1 },
});
